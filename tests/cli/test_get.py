"""`twp get` and `twp top`: pools for people and for programs."""

import json
from pathlib import Path

import yaml

from controller.cli.exit_status import ExitStatus
from controller.cli.get import lateness
from tests.cli.fake_api_server import FakeApi
from tests.cli.scene import NOW, pool, run


def test_objects_are_printed_as_the_api_server_has_them(tmp_path: Path) -> None:
    """One that was named as itself, several as a list."""
    one = json.loads(run("twp get orders -o json", tmp_path).stdout)
    several = yaml.safe_load(run("twp get -o yaml", tmp_path).stdout)
    assert (one["kind"], one["metadata"]["name"]) == ("TemporalWorkerPool", "orders")
    assert several["kind"] == "List"
    assert [item["metadata"]["name"] for item in several["items"]] == ["invoices", "mails", "orders"]


def test_names_are_fit_for_kubectl(tmp_path: Path) -> None:
    """With kind and group."""
    assert run("twp get orders -o name", tmp_path).stdout == "temporalworkerpool.workerpools.dev/orders\n"


def test_top_has_the_latest_first() -> None:
    """By the share of the objective that the oldest task has waited, then by backlog."""
    pools = [
        pool("invoices"),
        pool("orders", oldestTaskTime="2026-11-30T11:58:20Z"),
        pool("mails"),
        pool("invoices", backlog=5),
    ]
    found = sorted(pools, key=lambda each: lateness(each, NOW), reverse=True)
    assert [(each.name, each.status.backlog) for each in found] == [
        ("orders", 24),
        ("mails", 420),
        ("invoices", 5),
        ("invoices", 0),
    ]


def test_an_empty_namespace_is_no_error(tmp_path: Path) -> None:
    """As with kubectl; where else to search is said."""
    result = run("twp get -n dev", tmp_path, FakeApi({}))
    assert result.exit_code == ExitStatus.OK
    assert result.stdout == "No TemporalWorkerPool was found; -A lists those of all namespaces.\n"


def test_all_namespaces_have_a_column(tmp_path: Path) -> None:
    """The first one."""
    assert run("twp get -A", tmp_path).stdout.startswith("NAMESPACE   NAME")
    assert run("twp status -A", tmp_path).stdout.startswith("NAMESPACE   NAME")
