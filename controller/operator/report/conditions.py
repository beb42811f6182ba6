"""The conditions of a pool: what a pass says of each, and what becomes of those that it could not check.

| condition                    | applies to                                           | checked by a pass that  |
|------------------------------|------------------------------------------------------|-------------------------|
| Ready                        | each pool                                            | begins                  |
| Stalled                      | pools that a person had to help, once that was so    | begins                  |
| AnnotationsValid, Overridden | pools with such an annotation, once they had one     | begins                  |
| Connected, TargetFound       | each pool                                            | can read the spec       |
| CertificateCurrent           | pools with a certificate, once they had one          | can read the connection |
| ObjectiveMet                 | pools with `scheduleToStartSeconds`                  | finds the target        |
| ObjectsReadable              | pools with an unreadable object, once they had one   | finds the target        |
| SchedulesValid               | pools with an unreadable schedule, likewise          | finds the target        |
| every other one              | each pool                                            | finds the target        |

A condition that does not apply to the spec of a pass is removed. One that applies and was not checked is `Unknown` with
the reason `NotChecked`, and names the condition that says why: what earlier passes found, such as 3 ready pods, need no
longer be true. Only where a pass failed with an error, which may be over at the next try, conditions stay as they were,
with the generation that they are about, until `KEPT_FAILURES` passes in a row have failed.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from controller.api.condition_reasons import (
    AnnotationsValid,
    CertificateCurrent,
    ObjectsReadable,
    Overridden,
    SchedulesValid,
    Stalled,
)
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.model import timestamp
from controller.api.status import Condition, ConditionStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.pool import Pool
from controller.operator.report.report import Report
from controller.operator.report.summary import by_type, stalled, summarize

NEEDED: Final = (
    ConditionType.CONNECTED,
    ConditionType.TARGET_FOUND,
    ConditionType.SCALING_ACTIVE,
    ConditionType.ABLE_TO_SCALE,
)
"""What a pass needs to do its work: without it, it is tried again sooner."""

KEPT_FAILURES: Final = 3
"""Passes in a row that may fail with an error before conditions become `Unknown`: with the pauses between, 35 s."""

_ONCE_SHOWN: Final = {
    ConditionType.STALLED: Stalled.NOT_STALLED,
    ConditionType.CERTIFICATE_CURRENT: CertificateCurrent.NO_CERTIFICATE,
    ConditionType.ANNOTATIONS_VALID: AnnotationsValid.ANNOTATIONS_VALID,
    ConditionType.OVERRIDDEN: Overridden.NOT_OVERRIDDEN,
    ConditionType.OBJECTS_READABLE: ObjectsReadable.OBJECTS_READABLE,
    ConditionType.SCHEDULES_VALID: SchedulesValid.SCHEDULES_VALID,
}
"""Conditions of something that most pools never have, with the reason that is left out until they had it."""


def in_the_way(updates: Iterable[ConditionUpdate]) -> ConditionUpdate | None:
    """What keeps a pool from being scaled as it should be: the first by `ConditionType`."""
    order = list(ConditionType)
    failing = (u for u in updates if u.condition in NEEDED and u.reason.status != ConditionStatus.TRUE)
    return min(failing, key=lambda update: order.index(update.condition), default=None)


def conditions(pool: Pool, report: Report, previous: Iterable[Condition], now: float) -> tuple[Condition, ...]:
    """The conditions of a pool after a pass.

    Args:
        pool: The pool that the pass worked on.
        report: What it found, at most one update for each condition.
        previous: The conditions as they were last written.
        now: Seconds since the Unix epoch; becomes the transition time of what changed its status.
    """
    known = by_type(previous)
    summary = summarize(report, known, now)
    stall = stalled(summary, report, known.get(ConditionType.READY), now)
    checked = {
        update.condition: _Said(update.reason.status, update.reason, update.message) for update in report.updates
    }
    checked[ConditionType.READY] = _Said(summary.status, summary.reason, summary.message)
    checked[ConditionType.STALLED] = _Said(stall.reason.status, stall.reason, stall.message)
    made = []
    for type_ in ConditionType:
        before = known.get(type_)
        said = _said(type_, pool, report, checked, before)
        if said and said.reason == NOT_CHECKED and before and report.keeps_unchecked:
            made.append(before)
        elif said:
            made.append(_condition(type_, said, before, pool.metadata.generation, now))
    return tuple(made)


class _Said(NamedTuple):
    """What a condition says."""

    status: ConditionStatus
    reason: str
    message: str


def _said(
    type_: ConditionType,
    pool: Pool,
    report: Report,
    checked: Mapping[ConditionType, _Said],
    before: Condition | None,
) -> _Said | None:
    """What a condition says after a pass; `None` if the pool does not have it."""
    if said := checked.get(type_):
        is_hidden = before is None and said.reason == _ONCE_SHOWN.get(type_)
        return None if is_hidden else said
    if not _applies(type_, pool, before):
        return None
    return _Said(
        ConditionStatus.UNKNOWN, NOT_CHECKED, report.not_checked.get(type_) or _why_not_checked(type_, checked)
    )


def _why_not_checked(type_: ConditionType, checked: Mapping[ConditionType, _Said]) -> str:
    """What a condition that was not checked waits for."""
    needed = ConditionType.CONNECTED if type_ == ConditionType.CERTIFICATE_CURRENT else ConditionType.TARGET_FOUND
    cause = needed if needed in checked else ConditionType.READY
    return f"Not checked while {cause} is {checked[cause].status} ({checked[cause].reason})."


def _applies(type_: ConditionType, pool: Pool, before: Condition | None) -> bool:
    """Whether a pool has the condition; where its spec can't be read, it has what it had."""
    if type_ in _ONCE_SHOWN:
        return before is not None
    if type_ != ConditionType.OBJECTIVE_MET:
        return True
    return pool.may_have_objective and (before is not None or not isinstance(pool.spec, str))


def _condition(
    type_: ConditionType, said: _Said, before: Condition | None, generation: int | None, now: float
) -> Condition:
    unchanged = before is not None and before.status == said.status
    return Condition(
        type=type_,
        status=said.status,
        observed_generation=generation,
        last_transition_time=before.last_transition_time if before and unchanged else timestamp(now),
        reason=said.reason,
        message=said.message,
    )
