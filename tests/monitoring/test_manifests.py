"""Alerts and dashboard ask only for what the operator serves, and each alert has its page."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import promql_parser
import pytest
import yaml

from controller.api.condition_reasons import CONDITIONS
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import ConditionStatus
from controller.telemetry.definition import Kind
from controller.telemetry.pod_state import PodState
from controller.telemetry.reference import rows
from localcluster.folders import PROJECT_FOLDER
from tests.monitoring.manifests import (
    DASHBOARD,
    FOLDER,
    PROMETHEUS_RULE,
    RULES,
    alerts,
    filled_in,
    panel_queries,
    prometheus_rule,
)

RUNBOOKS: Final = PROJECT_FOLDER / "docs" / "runbook"
HISTOGRAM_SUFFIXES: Final = ("_bucket", "_count", "_sum")
IN_TEMPLATES: Final = re.compile(r'printf "(?P<query>[^"]*)" \$labels\.namespace \$labels\.name \| query')
PLAIN: Final = re.compile(r'range query "(?P<query>[^"]*)"')

REASONS: Final = {str(reasons.condition): {*map(str, reasons), NOT_CHECKED} for reasons in CONDITIONS}
REASONS["Ready"] = set().union(*REASONS.values())  # it shows those of all others
VALUES: Final[dict[str, set[str]]] = {
    "type": {*map(str, ConditionType)},
    "status": {status.lower() for status in ConditionStatus},
    "state": {*map(str, PodState)},
    "kind": {"pause", "replicas", "min_replicas"},
}
"""Closed sets of values, by label."""


def _served() -> dict[str, set[str]]:
    """Labels of each series that the operator serves, by its name."""
    served: dict[str, set[str]] = {}
    for row in rows():
        suffixes = HISTOGRAM_SUFFIXES if row.kind == Kind.HISTOGRAM else ("",)
        served |= {f"{row.series}{suffix}": {*row.labels, "le"} for suffix in suffixes}
    return served


SERVED: Final = _served()


def _selectors(query: str) -> Iterator[promql_parser.VectorSelector]:
    """Every selector of a query.

    Raises:
        ValueError: It is no valid query.
    """
    found: list[promql_parser.VectorSelector] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)

    promql_parser.walk(promql_parser.parse(query), visit)
    yield from found


def _values(matcher: Any) -> set[str]:
    """The values that a matcher names."""
    return set(matcher.value.split("|")) - {".*", "%s"}


def _mistakes(query: str) -> Iterator[str]:
    """What a query asks for that no operator serves."""
    for selector in _selectors(query):
        if selector.name not in SERVED:
            yield f"no metric {selector.name}"
            continue
        matchers = {matcher.name: matcher for matcher in selector.matchers.matchers}
        for name in matchers.keys() - SERVED[selector.name]:
            yield f"no label {name} of {selector.name}"
        for name, allowed in VALUES.items():
            if name in matchers and not _values(matchers[name]) <= allowed:
                yield f"no such value of {name}: {matchers[name].value}"
        if "reason" in matchers and not _values(matchers["reason"]) <= REASONS[matchers["type"].value]:
            yield f"no such reason of {matchers['type'].value}: {matchers['reason'].value}"


def _queries(alert: dict[str, Any]) -> Iterator[str]:
    """The expression of an alert, and the queries in its texts."""
    yield alert["expr"]
    for text in alert["annotations"].values():
        yield from (match["query"] for pattern in (IN_TEMPLATES, PLAIN) for match in pattern.finditer(text))


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_what_the_operator_serves(alert: dict[str, Any]) -> None:
    """Its metrics, labels, conditions and reasons are those of the code."""
    assert [mistake for query in _queries(alert) for mistake in _mistakes(query)] == []


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_is_with_numbers_and_has_a_page(alert: dict[str, Any]) -> None:
    """Summary, description, and the page with its name."""
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert re.search(r"\$value|\.Value|\d", alert["annotations"]["description"])
    assert alert["annotations"]["runbook_url"].endswith(f"/docs/runbook/{alert['alert']}.md")
    page = (RUNBOOKS / f"{alert['alert']}.md").read_text(encoding="utf-8")
    assert re.findall(r"^#+ .*$", page, re.MULTILINE) == [
        f"# {alert['alert']}",
        *("## Meaning", "## Impact", "## Diagnosis", "## Mitigation"),
    ]


def test_every_page_is_of_an_alert() -> None:
    """Nothing is left of alerts that are gone, and the list of pages is whole."""
    names = {alert["alert"] for alert in alerts()}
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == {*names, "README"}
    listed = re.findall(
        r"^\| \[(\w+)\]\(\1\.md\) \|", (RUNBOOKS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed == [alert["alert"] for alert in alerts()]


def test_the_rule_of_the_prometheus_operator_has_the_same_alerts() -> None:
    """`make docs` writes it."""
    assert PROMETHEUS_RULE.read_text(encoding="utf-8") == prometheus_rule()
    assert yaml.safe_load(prometheus_rule())["spec"] == yaml.safe_load(RULES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("panel", panel_queries())
def test_a_panel_asks_for_what_the_operator_serves(panel: str) -> None:
    """With the variables filled in."""
    assert list(_mistakes(filled_in(panel_queries()[panel]))) == []


def test_the_dashboard_shows_what_is_measured() -> None:
    """Except what only an alert needs, and a setting that does not change over time."""
    shown = {selector.name for query in panel_queries().values() for selector in _selectors(filled_in(query))}
    not_shown = {row.series for row in rows()} - {re.sub(r"_bucket$", "", str(name)) for name in shown}
    assert not_shown == {
        "temporal_worker_pool_objective_backlog_per_replica_tasks",
        "temporal_worker_pool_override_start_timestamp_seconds",
    }


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """It has no number of a database, and its only data source is a variable."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert dashboard["id"] is None
    sources = set(re.findall(r'"uid": "([^"]*)"', DASHBOARD.read_text(encoding="utf-8")))
    assert sources == {"${datasource}", dashboard["uid"]}
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(numbers) == len(set(numbers))


def test_the_pod_monitor_finds_the_operator() -> None:
    """By the labels and the port that the Deployment has; and samples keep the namespace of their pool."""
    monitor = yaml.safe_load((FOLDER / "podmonitor.yaml").read_text(encoding="utf-8"))["spec"]
    base = FOLDER.parent / "base" / "deployment.yaml"
    template = yaml.safe_load(base.read_text(encoding="utf-8"))["spec"]["template"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert monitor["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert endpoint["port"] in {port["name"] for each in template["spec"]["containers"] for port in each["ports"]}
    assert endpoint["honorLabels"]


def test_one_command_installs_all_of_it() -> None:
    """Every manifest of the folder is in the kustomization, but for the rules that one is made from."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    files = {*kustomization["resources"], *kustomization["configMapGenerator"][0]["files"], "kustomization.yaml"}
    assert files == {path.name for path in FOLDER.iterdir()} - {RULES.name}
