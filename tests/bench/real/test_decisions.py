"""The operator's decisions, out of its log."""

import json
from datetime import UTC, datetime

from bench.real.decisions import changes, decisions


def line(at: int, current: int, desired: int | None) -> str:
    """A line of the operator's log."""
    entry = {
        "event": "decided",
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        "current_replicas": current,
        "desired_replicas": desired,
        "reason": "Woken",
        "steps": ["ZeroGate/Woken: Tasks wait."],
    }
    return json.dumps(entry) + "\n"


def test_decisions_are_picked_out_of_other_lines() -> None:
    """In seconds since the load's beginning; what is no JSON is passed over."""
    log = ["Traceback\n", '{"event": "ready"}\n', "[1]\n", line(1012, 0, 2)]
    assert [decision["at_seconds"] for decision in decisions(log, 1000)] == [12]


def test_changes_are_written_with_their_steps() -> None:
    """A decision that leaves the replicas, or holds them as they are, is none."""
    taken = decisions([line(1005, 0, 0), line(1012, 0, 2), line(1020, 2, None)], 1000)
    assert "".join(changes(taken)) == "12.0 s: 0 -> 2 Woken\n    ZeroGate/Woken: Tasks wait.\n"
