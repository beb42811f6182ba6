"""`twp history` and `twp events`: what happened, once each, with who and why."""

import json
from pathlib import Path

from controller.cli.exit_status import ExitStatus
from tests.cli.scene import api, run


def test_scale_actions_and_transitions_are_on_one_time_line(tmp_path: Path) -> None:
    """Each once: the Event about a scale action that status has is left out."""
    entries = json.loads(run("twp history orders -o json", tmp_path).stdout)
    assert [(entry["what"], entry["who"]) for entry in entries] == [
        ("Scaled 2 → 6 (3 changes)", "operator"),
        ("Connected False TimedOut", "operator"),
        ("Connected True Connected", "operator"),
        ("Scaled 6 → 3", "operator"),
        ("Scaled 3 → 5", "kubectl"),
        ("Scaled 5 → 4", "operator"),
    ]
    assert entries[4]["why"] == "ScaledByOther: kubectl set the replicas 3 → 5; the decision starts from them."


def test_it_reaches_back_as_far_as_asked(tmp_path: Path) -> None:
    """By the clock of now."""
    assert len(json.loads(run("twp history orders --since 30m -o json", tmp_path).stdout)) == 2
    assert run("twp history orders --since 5m", tmp_path).stdout == "Nothing happened in the last 5m.\n"


def test_without_the_right_to_events_the_scale_actions_are_shown(tmp_path: Path) -> None:
    """And it is said what is missing, on standard error: the output stays the same kind of list."""
    result = run("twp history orders -o json", tmp_path, api("/events"))
    assert result.exit_code == ExitStatus.OK
    assert len(json.loads(result.stdout)) == 4
    assert result.stderr == "twp: Events: not allowed to list events in namespace prod.\n"


def test_events_are_those_of_the_pool_and_of_its_deployment(tmp_path: Path) -> None:
    """Not those of an earlier pool of its name: they are asked for by its UID."""
    server = api()
    found = json.loads(run("twp events orders -o json", tmp_path, server).stdout)
    assert [event["object"] for event in found] == [
        *["TemporalWorkerPool/orders"] * 2,
        "Deployment/orders-worker",
        "TemporalWorkerPool/orders",
    ]
    assert any(
        "involvedObject.uid%3Duid-orders" in path or "involvedObject.uid=uid-orders" in path for path in server.asked
    )


def test_events_that_may_not_be_listed_are_an_error(tmp_path: Path) -> None:
    """Without them the command is of no use."""
    result = run("twp events orders", tmp_path, api("/events"))
    assert result.exit_code == ExitStatus.FORBIDDEN
    assert result.stderr == "twp: not allowed to list events in namespace prod; ask for the permission.\n"
