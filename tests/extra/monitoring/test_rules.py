"""The rules as promtool sees them."""

from pathlib import Path
from typing import Final

import yaml

from localcluster.prometheus import promtool
from tests.extra.monitoring.faster_rules import faster
from tests.monitoring.manifests import RULES, alerts

CASES: Final = Path(__file__).with_name("rules_test.yaml")


def test_the_rules_are_valid(programs: Path) -> None:
    """Promtool's lint included."""
    promtool(programs, "check", "rules", "--lint=all", "--lint-fatal", str(RULES))


def test_alerts_fire_and_end_at_the_times_that_are_installed(programs: Path) -> None:
    """Each alert is in a case, with its texts."""
    promtool(programs, "test", "rules", str(CASES))
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
    fired = {case["alertname"] for test in cases for case in test["alert_rule_test"] if case.get("exp_alerts")}
    ended = {case["alertname"] for test in cases for case in test["alert_rule_test"] if not case.get("exp_alerts")}
    names = {alert["alert"] for alert in alerts()}
    assert fired == names
    # Certificates are renewed by a person: what that ends is staged.
    assert ended == names - {"TemporalWorkerPoolCertificateExpiring"}


def test_faster_rules_differ_only_in_their_times(programs: Path, tmp_path: Path) -> None:
    """Ranges, `for`, and thresholds in seconds are divided; the rest is as it is installed."""
    installed = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    faster_ones = faster(installed, 40)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(faster_ones))
    promtool(programs, "check", "rules", str(tmp_path / "rules.yaml"))
    burning = faster_ones["groups"][0]["rules"][0]
    assert "[7500ms]" in burning["expr"]
    assert burning["for"] == "3000ms"
    assert {rule["alert"] for rule in faster_ones["groups"][0]["rules"]} == {alert["alert"] for alert in alerts()}
