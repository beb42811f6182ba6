"""Every alert is fired by its incident and by no other pool, its runbook works, and it ends with its cause."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from localcluster.cluster import LocalCluster
from localcluster.prometheus import Prometheus, promtool, running_prometheus
from tests.extra.monitoring import runbook
from tests.extra.monitoring.faster_rules import faster
from tests.extra.monitoring.incidents import ALERTS, NAMESPACE, Scene, staged
from tests.extra.monitoring.operator_deployment import NAME, DeployedOperator
from tests.monitoring.manifests import RULES, filled_in, panel_queries
from tests.support.waiting import wait_for
from tests.system.place import Place
from tests.system.relay import relay_to

FACTOR: Final = 40
"""By which the times of the rules are divided: a pause of two hours becomes one of 3 minutes."""

SENSITIVE: Final = "TemporalWorkerPoolDataStale"
"""Its 10 minutes are 15 s here, which a reconcile may take on a busy machine."""

PATIENCE_SECONDS: Final = 420.0
"""How long the last of the alerts may take; 200 s on an idle machine with 2 cores."""

CONFIG: Final = {
    "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
    "rule_files": ["rules.yaml"],
    "scrape_configs": [
        {
            "job_name": "temporal-worker-pools",
            "honor_labels": True,
            "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "1s"}],
        }
    ],
}

Alert = tuple[str, str]
"""Name, and the pool, which is empty for alerts about the operator."""


@pytest.fixture
def operator(cluster: LocalCluster, tmp_path: Path) -> Iterator[DeployedOperator]:
    """The operator, which reaches the API server by a relay."""
    with relay_to(cluster.server.removeprefix("https://")) as api:
        api.open()
        running = DeployedOperator(cluster, tmp_path, api)
        running.deploy()
        yield running


@pytest.fixture
def prometheus(programs: Path, operator: DeployedOperator) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the operator and evaluates the rules each second."""
    rules = faster(yaml.safe_load(RULES.read_text(encoding="utf-8")), FACTOR)
    (operator.folder / "rules.yaml").write_text(yaml.safe_dump(rules))
    with running_prometheus(programs, operator.folder, CONFIG) as running:
        yield running


@pytest.fixture
def scene(cluster: LocalCluster, tmp_path: Path) -> Iterator[Scene]:
    """All the incidents."""
    cluster.api.create_namespace(NAMESPACE)
    cluster.create_temporal_namespace(NAMESPACE)
    with staged(Place(cluster, NAMESPACE, NAMESPACE), tmp_path) as scene:
        yield scene


@pytest.mark.long
def test_each_alert_is_fired_by_its_incident_and_ends_with_it(
    programs: Path, operator: DeployedOperator, prometheus: Prometheus, scene: Scene, say: Callable[[str], None]
) -> None:
    """The runbook's commands are run while it fires and print what the page says; its mitigation ends the alert."""
    follower = Follower(prometheus, scene, say)
    follower.diagnose(ALERTS)
    follower.wait_for_all(ALERTS)
    follower.follow(runbook.ON_CALL)
    check_what_is_scraped(programs, operator, prometheus)
    follower.mitigate(sorted(ALERTS))

    operator_alert = ("TemporalWorkerPoolDataStale", "orders")
    take_right_away(operator.cluster)
    operator.break_connections()
    follower.diagnose({operator_alert}, others=True)
    follower.mitigate([operator_alert])

    take_right_away(operator.cluster)
    scene.place.cluster.kubectl("scale", "-n", NAME, f"deployment/{NAME}", "--replicas=0")
    down, leaderless = ("TemporalWorkerPoolOperatorDown", ""), ("TemporalWorkerPoolLeaderMissing", "")
    follower.diagnose({down})
    follower.run_mitigation(down)
    operator.scrape()
    follower.wait_for_end({down})
    follower.diagnose({leaderless})
    follower.mitigate([leaderless])


class Follower:
    """Someone on call, who does what the runbooks say."""

    def __init__(self, prometheus: Prometheus, scene: Scene, say: Callable[[str], None]) -> None:
        """Watches the alerts of this Prometheus."""
        self._prometheus = prometheus
        self._scene = scene
        self._say = say
        self._started = time.monotonic()

    def firing(self) -> set[Alert]:
        """The alerts that fire now."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("name", ""))
            for alert in self._prometheus.alerts()
            if alert["state"] == "firing"
        }

    def diagnose(self, expected: set[Alert], *, others: bool = False) -> None:
        """Wait for each alert, and do the diagnosis of its page while it fires; `others` may have it, too."""
        waiting = set(expected)
        while waiting:
            alert = self._next(waiting)
            self._report(f"{' of '.join(filter(None, alert))} fires")
            self._check_texts(alert)
            self.follow(runbook.of_alert(alert[0]))
            waiting -= {alert}
            if not others:
                assert {alert for alert in self.firing() if alert[0] != SENSITIVE} <= expected

    def _next(self, waiting: set[Alert]) -> Alert:
        """The first of some alerts that fires."""
        return wait_for(lambda: next(iter(waiting & self.firing()), None), PATIENCE_SECONDS, f"alerts {waiting}")

    def mitigate(self, alerts: list[Alert]) -> None:
        """Do the mitigation of each page, and wait until none of the alerts fires."""
        for alert in alerts:
            self.run_mitigation(alert)
        self.wait_for_end(set(alerts))

    def run_mitigation(self, alert: Alert) -> None:
        """Do the mitigation of a page."""
        self.follow(runbook.of_alert(alert[0]), mitigates=True)

    def follow(self, page: Path, *, mitigates: bool = False) -> None:
        """Do the diagnosis of a page, or its mitigation."""
        for step in runbook.steps(page):
            if step.mitigates == mitigates:
                runbook.follow(self._scene.place.cluster, step, self._scene.variables)

    def wait_for_all(self, alerts: set[Alert]) -> None:
        """Wait until all of the alerts fire at the same time."""
        wait_for(lambda: alerts <= self.firing(), PATIENCE_SECONDS, f"all of {alerts}")

    def wait_for_end(self, alerts: set[Alert]) -> None:
        """Wait until none of the alerts fires."""
        wait_for(lambda: not alerts & self.firing(), PATIENCE_SECONDS, f"alerts {alerts} to end")
        self._report(f"ended: {', '.join(sorted(name for name, _ in alerts))}")

    def _check_texts(self, alert: Alert) -> None:
        """The texts of an alert are whole: with numbers, and nothing that could not be filled in."""
        for found in self._prometheus.alerts():
            if (found["labels"]["alertname"], found["labels"].get("name", "")) == alert:
                texts = found["annotations"]
                assert "<no value>" not in str(texts), texts
                assert "error" not in str(texts), texts
                assert any(letter.isdigit() for letter in texts["description"]), texts
                self._report(f"  {texts['summary']} {texts['description']}")

    def _report(self, line: str) -> None:
        self._say(f"{time.monotonic() - self._started:4.0f} s  {line}")


def check_what_is_scraped(programs: Path, operator: DeployedOperator, prometheus: Prometheus) -> None:
    """It is as Prometheus wants it, and every query of the dashboard finds something."""
    promtool(programs, "check", "metrics", input=operator.metrics())
    empty = {
        title for title, query in panel_queries().items() if not prometheus.query(filled_in(query, NAMESPACE, ".+"))
    }
    assert empty == set()


def take_right_away(cluster: LocalCluster) -> None:
    """The operator may not list pods any more: what it watches is not renewed once its connection ends."""
    role = json.loads(cluster.kubectl("get", "clusterrole", NAME, "-o", "json"))
    pods = next(number for number, rule in enumerate(role["rules"]) if rule["resources"] == ["pods"])
    change = [{"op": "replace", "path": f"/rules/{pods}/verbs", "value": ["get", "patch"]}]
    cluster.kubectl("patch", "clusterrole", NAME, "--type=json", "--patch", json.dumps(change))
