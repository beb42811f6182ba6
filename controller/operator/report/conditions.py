"""The conditions of a pool: what a pass says of each, and what becomes of those that it could not check.

| condition                    | applies to                                           | checked by a pass that  |
|------------------------------|------------------------------------------------------|-------------------------|
| Ready                        | each pool                                            | begins                  |
| AnnotationsValid, Overridden | pools with such an annotation, once they had one     | begins                  |
| Connected, TargetFound       | each pool                                            | can read the spec       |
| CertificateCurrent           | pools with a certificate, once they had one          | can read the connection |
| ObjectiveMet                 | pools with `scheduleToStartSeconds`                  | finds the target        |
| ObjectsReadable              | pools with an unreadable object, once they had one   | finds the target        |
| every other one              | each pool                                            | finds the target        |

A condition that does not apply to the spec of a pass is removed. One that applies and was not checked is `Unknown` with
the reason `NotChecked`, and names the condition that says why: what earlier passes found, such as 3 ready pods, need no
longer be true. Only where a pass failed with an error, which may be over at the next try, conditions stay as they were,
with the generation that they are about, until `KEPT_FAILURES` passes in a row have failed.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from controller.api.condition_reasons import AnnotationsValid, CertificateCurrent, ObjectsReadable, Overridden
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.model import timestamp
from controller.api.status import Condition, ConditionStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.pool import Pool
from controller.operator.report.report import Report

NEEDED: Final = (
    ConditionType.CONNECTED,
    ConditionType.TARGET_FOUND,
    ConditionType.SCALING_ACTIVE,
    ConditionType.ABLE_TO_SCALE,
)
"""What `Ready` needs. Slots that wait for a free moment and pods that do not report may stay so in a healthy pool: a
wait for `Ready` must not hang on them."""

KEPT_FAILURES: Final = 3
"""Passes in a row that may fail with an error before conditions become `Unknown`: with the pauses between, 35 s."""

_ONCE_SHOWN: Final = {
    ConditionType.CERTIFICATE_CURRENT: CertificateCurrent.NO_CERTIFICATE,
    ConditionType.ANNOTATIONS_VALID: AnnotationsValid.ANNOTATIONS_VALID,
    ConditionType.OVERRIDDEN: Overridden.NOT_OVERRIDDEN,
    ConditionType.OBJECTS_READABLE: ObjectsReadable.OBJECTS_READABLE,
}
"""Conditions of something that most pools never have, with the reason that is left out until they had it."""


def in_the_way(updates: Iterable[ConditionUpdate]) -> ConditionUpdate | None:
    """What keeps a pool from being scaled as it should be, which `Ready` repeats: the first by `ConditionType`."""
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
    known = {condition.type: condition for condition in previous}
    checked = {update.condition: update for update in report.updates} | {ConditionType.READY: report.ready}
    made = []
    for type_ in ConditionType:
        before = known.get(type_)
        said = _said(type_, pool, checked, before)
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
    checked: Mapping[ConditionType, ConditionUpdate],
    before: Condition | None,
) -> _Said | None:
    """What a condition says after a pass; `None` if the pool does not have it."""
    if update := checked.get(type_):
        is_hidden = before is None and update.reason == _ONCE_SHOWN.get(type_)
        return None if is_hidden else _Said(update.reason.status, update.reason, update.message)
    if not _applies(type_, pool, before):
        return None
    needed = ConditionType.CONNECTED if type_ == ConditionType.CERTIFICATE_CURRENT else ConditionType.TARGET_FOUND
    cause = checked.get(needed, checked[ConditionType.READY])
    message = f"Not checked while {cause.condition} is {cause.reason.status} ({cause.reason})."
    return _Said(ConditionStatus.UNKNOWN, NOT_CHECKED, message)


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
