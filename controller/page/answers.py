"""The answers of the page's endpoint as JSON values: renderings of what passes reported, and nothing that is secret.

Times are seconds since the Unix epoch. What is unknown is null, and never 0.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

from controller.api.status import Condition
from controller.page.history import PoolHistory
from controller.page.pass_record import PassRecord
from controller.page.series import Row
from controller.page.text_log import Entry
from controller.scaling.recording import poll_line, start_line

STEP: Final = ("rule", "reason", "message", "before", "after")
ROW: Final = ("backlog", "backlogAgeSeconds", "slotsUsed", "slots", "requested", "ready", "desired", "max")
"""The names of the fields of a step and of a row of numbers, as the endpoint has them."""

DRIFTING: Final = ("explanation", "needed", "steps")
"""What differs between two decisions that came to the same."""


def summary(pool: PoolHistory) -> dict[str, Any]:
    """One line of the list of pools."""
    last, read = pool.last, pool.last_decided
    return {
        "namespace": last.namespace,
        "name": last.name,
        "ready": last.ready and _condition(last.ready),
        "lastReconcileAt": last.at,
        "numbers": {"at": read.at, **_row(read.row)} if read else None,
        "minReplicas": last.spec and last.spec.min_replicas,
        "maxReplicas": last.spec and last.spec.max_replicas,
        "mode": last.spec and last.spec.mode,
        "objective": _objective(last),
    }


def whole(pool: PoolHistory) -> dict[str, Any]:
    """One pool with its hours."""
    status = pool.last.status
    rows = list(pool.series)
    columns = {name: [_known(row[i]) for _, row in rows] for i, name in enumerate(ROW)}
    return {
        "pool": summary(pool),
        "conditions": [_condition(condition) for condition in status.conditions],
        "override": status.override and status.override.to_manifest(),
        "schedule": status.schedule and status.schedule.to_manifest(),
        "nextChange": _next_change(pool),
        "series": {"time": [time for time, _ in rows], **columns},
        "decisions": list(_changes(pool.decisions)),
        "events": [{"at": entry.at, **entry.content} for entry in pool.events],
    }


def moment(pool: PoolHistory, at: float) -> dict[str, Any] | None:
    """What was decided at a time, with the numbers of that time; `None` where that is not known any more."""
    entry, after = pool.decided_at(at)
    if entry is None:
        return None
    numbers = pool.series.at(at)
    return {
        "at": at,
        "namespace": pool.last.namespace,
        "name": pool.last.name,
        "numbers": numbers and {"at": numbers[0], **_row(numbers[1])},
        "decision": {"at": entry.at, "until": after and after.at, **_decision(entry.content)},
    }


def known_since(pool: PoolHistory) -> float | None:
    """The time of the first decision that is still known."""
    return next((entry.at for entry in pool.decisions), None)


def situation(pool: PoolHistory) -> dict[str, Any] | None:
    """The last decision with everything it was made from, as the lines of a recording (`controller.scaling.recording`)
    from which it can be made again; `None` before the first decision.
    """
    record = pool.last_decided
    if record is None or record.decided is None:
        return None
    decided = record.decided
    last = decided.situation
    return {
        "at": record.at,
        "start": json.loads(start_line("/".join(record.key), last.spec, last.memory)),
        "poll": json.loads(poll_line(last, decided.decision, decided.action)),
    }


def _changes(decisions: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The decisions that came to something else than the one before, without their steps."""
    before: dict[str, Any] | None = None
    for entry in decisions:
        kept = {name: value for name, value in entry.content.items() if name not in DRIFTING}
        ready = kept.get("ready") or {}
        now = {**kept, "ready": {name: ready.get(name) for name in ("status", "reason")}}
        if now != before:
            yield {"at": entry.at, **now}
        before = now


def _decision(kept: dict[str, Any]) -> dict[str, Any]:
    """A decision as it was kept, with names for the parts of its steps; a pass that failed has none."""
    if "steps" not in kept:
        return kept
    return {**kept, "steps": [dict(zip(STEP, step, strict=True)) for step in kept["steps"]]}


def _objective(record: PassRecord) -> dict[str, Any] | None:
    if record.spec is None:
        return None
    asked, met = record.spec.objective, record.status.objective
    return {
        "scheduleToStartSeconds": asked.schedule_to_start_seconds,
        "backlogPerReplica": asked.backlog_per_replica,
        "attainedPercent": met and met.attained_percent,
        "windowSeconds": met and met.window_seconds,
    }


def _next_change(pool: PoolHistory) -> dict[str, Any] | None:
    """What would change the decision, as status has it."""
    decision = pool.last.status.last_decision
    return decision.next_change.to_manifest() if decision and decision.next_change else None


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "since": condition.last_transition_time.timestamp(),
    }


def _row(row: Row) -> dict[str, float | None]:
    return {name: _known(value) for name, value in zip(ROW, row, strict=True)}


def _known(value: float) -> float | None:
    """A number as JSON has it: whole ones without a point, rounded to hundredths; `None` if unknown."""
    if math.isnan(value):
        return None
    return int(value) if value == int(value) else round(value, 2)
