"""A Prometheus beside the incidents, with the rules of alerts as they are installed, in fewer seconds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
import yaml

from localcluster.operator_process import OperatorProcess
from localcluster.prometheus import Prometheus, prepare, running_prometheus
from tests.extra.incidents.watch import PREFIX, Alert
from tests.extra.monitoring.faster_rules import faster
from tests.monitoring.manifests import RULES
from tests.system.place import Object

FACTOR: Final = 60
"""By which the times of the alert rules are divided: a pause of two hours becomes one of 2 minutes."""

CONFIG: Final = {
    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
    "rule_files": ["rules.yaml"],
}


def scraping(operator: OperatorProcess) -> Object:
    """How Prometheus is configured to scrape an operator."""
    target = {"targets": [urlsplit(operator.url).netloc]}
    job = {"job_name": "temporal-worker-pools", "honor_labels": True, "static_configs": [target]}
    return {**CONFIG, "scrape_configs": [job]}


@pytest.fixture
def prometheus(operator: OperatorProcess, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the operator, with the rules in fewer seconds."""
    rules = faster(yaml.safe_load(RULES.read_text(encoding="utf-8")), FACTOR)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    with running_prometheus(prepare(lambda _line: None), tmp_path, scraping(operator)) as running:
        yield running


def firing(prometheus: Prometheus) -> Iterator[Alert]:
    """The alerts that fire."""
    for alert in prometheus.alerts():
        labels = alert["labels"]
        if alert["state"] == "firing":
            yield labels["alertname"].removeprefix(PREFIX), labels.get("namespace", ""), labels.get("name", "")
