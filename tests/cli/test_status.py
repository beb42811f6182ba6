"""`twp status`: one screen, live, and an exit status for pipelines."""

from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from controller.cli.exit_status import ExitStatus
from controller.cli.output import Screen
from controller.cli.status import exit_status, screen_of
from tests.cli.fake_api_server import FakeApi
from tests.cli.scene import NOW, api, pool, run

UNKNOWN = {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "Provisioning", "message": "Pods wait.",
                           "lastTransitionTime": "2026-11-30T11:00:00Z"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ExitStatus.OK),
        (UNKNOWN, ExitStatus.UNKNOWN),
        ({"conditions": None}, ExitStatus.UNKNOWN),
        ({"observedGeneration": 1}, ExitStatus.UNKNOWN),
        ({"lastReconcileTime": "2026-11-30T11:54:59Z"}, ExitStatus.UNKNOWN),
        ({"lastReconcileTime": None}, ExitStatus.OK),
    ],
    ids=["ready", "unknown", "never reconciled", "changed since", "operator gone", "an operator that does not say"],
)
def test_a_pipeline_goes_on_only_with_a_pool_that_is_ready_by_now(
    changed: dict[str, Any], expected: ExitStatus
) -> None:
    """Its condition may be that of an earlier spec, or of an operator that is gone."""
    assert exit_status([pool("orders", **changed)], NOW) == expected


def test_one_pool_that_is_not_ready_decides_over_those_that_are_not_known() -> None:
    """And no pool at all is not ready either."""
    assert exit_status([pool("orders"), pool("invoices", **UNKNOWN)], NOW) == ExitStatus.UNKNOWN
    assert exit_status([pool("invoices", **UNKNOWN), pool("mails")], NOW) == ExitStatus.NO
    assert exit_status([], NOW) == ExitStatus.NOT_FOUND


def test_a_pool_without_a_status_is_shown_with_what_to_check() -> None:
    """Nothing is known of it; nothing raises."""
    bare = pool("orders")
    text = screen_of([type(bare).of({**bare.manifest, "status": {}})], NOW, Screen(), one=True)
    assert "NotReconciled" in text
    assert "check that the operator runs" in text


def test_what_was_not_checked_is_named_and_not_listed_as_a_problem() -> None:
    """One line for all of them."""
    unchecked = [
        {"type": kind, "status": "Unknown", "reason": "NotChecked", "message": "See TargetFound.",
         "lastTransitionTime": "2026-11-30T11:00:00Z"}
        for kind in ("InFlightKnown", "SlotsEffective")
    ]  # fmt: skip
    text = screen_of([pool("orders", conditions=unchecked)], NOW, Screen(), one=True)
    assert "Not checked: InFlightKnown, SlotsEffective" in text
    assert "See TargetFound." not in text


def test_colour_is_for_terminals() -> None:
    """Red is what is not ready."""
    coloured = screen_of([pool("mails")], NOW, Screen(100, colour=True), one=True)
    assert coloured.startswith("\x1b[31m")
    assert "\x1b" not in screen_of([pool("mails")], NOW, Screen(), one=True)


class _Recovering(FakeApi):
    """A pool that is ready from the third read on."""

    reads = 0

    @override
    async def answer(self, request: Any) -> Any:
        if request.path.endswith("/orders"):
            self.reads += 1
            self.objects[request.path] = dict(
                (pool("orders") if self.reads > 2 else pool("orders", **UNKNOWN)).manifest
            )
        return await super().answer(request)


def test_with_a_timeout_it_waits_until_the_pool_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And prints it once, as it is then."""
    monkeypatch.setattr("controller.cli.status.REFRESH_SECONDS", 0.01)
    server = _Recovering(api().objects)
    result = run("twp status orders --timeout 60s", tmp_path, server)
    assert (result.exit_code, server.reads) == (ExitStatus.OK, 3)
    assert result.stdout.count("prod/orders") == 1


def test_when_the_time_is_over_it_ends_with_the_status_of_the_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not ready stays not ready."""
    monkeypatch.setattr("controller.cli.status.REFRESH_SECONDS", 0.01)
    assert run("twp status mails --timeout 1s", tmp_path).exit_code == ExitStatus.NO


def test_watching_prints_each_change_below_in_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is ended; here by its timeout."""
    monkeypatch.setattr("controller.cli.status.REFRESH_SECONDS", 0.01)
    result = run("twp status orders -w --timeout 1s", tmp_path, _Recovering(api().objects))
    assert [line for line in result.stdout.splitlines() if line.startswith("prod/orders")] == [
        "prod/orders  Ready Unknown  Provisioning",
        "prod/orders  Ready True  Autoscaling",
    ]
    assert "\x1b" not in result.stdout


def test_it_needs_no_more_than_to_read_pools(tmp_path: Path) -> None:
    """Nothing else is asked for, so that nothing else has to be allowed."""
    server = api()
    run("twp status", tmp_path, server)
    asked = [path for path in server.asked if not path.startswith("/version")]
    assert all("temporalworkerpools" in path or "selfsubjectreviews" in path for path in asked)


def test_a_length_of_time_that_is_none_is_refused(tmp_path: Path) -> None:
    """In one line."""
    result = run("twp status --timeout soon", tmp_path)
    assert result.exit_code == ExitStatus.USAGE
    assert len(result.stderr.splitlines()) == 1
