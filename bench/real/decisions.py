"""The operator's decisions, out of its log: `decisions.txt` for people, `decisions.jsonl` for programs."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

Decision = dict[str, Any]

TEXT, LINES = "decisions.txt", "decisions.jsonl"


def decisions(log: Iterable[str], begin: float) -> Iterator[Decision]:
    """Every decision of a log with debug lines, `at_seconds` after a moment.

    Args:
        log: Lines as JSON; others are passed over.
        begin: Unix time.
    """
    for line in log:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "steps" in entry and "desired_replicas" in entry:
            at = datetime.fromisoformat(entry["timestamp"]).timestamp() - begin
            yield {"at_seconds": round(at, 2), **entry}


def changes(taken: Iterable[Decision]) -> Iterator[str]:
    """Those that changed the replicas, with their steps."""
    for decision in taken:
        current, desired = decision["current_replicas"], decision["desired_replicas"]
        if desired is not None and desired != current:
            yield f"{decision['at_seconds']:.1f} s: {current} -> {desired} {decision['reason']}\n"
            yield from (f"    {step}\n" for step in decision["steps"])


def write(folder: Path, taken: Iterable[Decision]) -> None:
    """Write a run's decisions into its folder."""
    taken = list(taken)
    (folder / TEXT).write_text("".join(changes(taken)))
    (folder / LINES).write_text("".join(json.dumps(decision) + "\n" for decision in taken))
