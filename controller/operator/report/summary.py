"""What `Ready` and `Stalled` say: the worst thing that is true of a pool, by one table.

`TABLE` is the order. What stops a release comes first, and its reason makes `Ready` not `True`: the pool does not do
its work, and does not get better by itself. What follows is worth knowing of a pool that works: `Ready` stays `True`
with its reason, since a wait for `Ready` must not hang on a pause, on a pool at zero or on pods that start.

`Stalled` is for what follows kstatus, where it means failed: `Ready` has not been `True` for `STALLED_SECONDS`, its
reason is one that only a person ends, and no rollout runs that may be the fix.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from controller.api.condition_reasons import (
    AbleToScale,
    AnnotationsValid,
    CapacityAvailable,
    CertificateCurrent,
    Connected,
    InFlightKnown,
    ObjectiveMet,
    ObjectsReadable,
    Overridden,
    Ready,
    ScalingActive,
    ScalingLimited,
    SchedulesValid,
    SlotsEffective,
    Stalled,
    TargetFound,
    WorkersPolling,
)
from controller.api.conditions import FALSE, TRUE, UNKNOWN, ConditionReason, ConditionType
from controller.api.model import written
from controller.api.overrides import PAUSED_UNTIL
from controller.api.status import Condition, ConditionStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.report.report import Report
from controller.scaling.decision import Step
from controller.scaling.observation import Rollout
from controller.scaling.reasons import Rule
from controller.scaling.text import counted, duration

STALLED_SECONDS: Final = 120.0
"""For so long a pool that needs a person is in progress: objects that are applied together come in any order."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What `Ready` says, and whether only a person ends it."""

    status: ConditionStatus
    reason: ConditionReason
    message: str
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """When a row counts."""

    text: str
    holds: Callable[[Report], bool]


def _is_template(report: Report) -> bool:
    return report.result is None or report.result.decision.capacity.stops_template


ALWAYS: Final = When("", lambda _: True)

LATE: Final = When("while a task is late now", lambda report: report.attainment.is_late)
"""Tasks of the last hour that were late are no reason to stop anything."""

TEMPLATE: Final = When("where the next pods of a ReplicaSet could not start either", _is_template)
"""One pod may have a trouble of its own, such as its node."""


@dataclass(frozen=True, slots=True)
class Row:
    """What `Ready` makes of one reason of another condition."""

    reason: ConditionReason
    status: ConditionStatus = TRUE
    needs_person: bool = False
    when: When = ALWAYS
    shown_as: ConditionReason | None = None
    """The reason in `Ready`, where that of the other condition says too little."""


def _rows(status: ConditionStatus, *reasons: ConditionReason, when: When = ALWAYS) -> Iterator[Row]:
    return (Row(reason, status, when=when) for reason in reasons)


def _person(*reasons: ConditionReason, when: When = ALWAYS) -> Iterator[Row]:
    return (Row(r, UNKNOWN if r.status == UNKNOWN else FALSE, needs_person=True, when=when) for r in reasons)


_STOPS: Final = (
    _rows(FALSE, Ready.RECONCILE_ERROR),
    _person(Ready.INVALID_SPEC),
    _person(
        Connected.CONNECTION_NOT_FOUND,
        Connected.CREDENTIALS_NOT_FOUND,
        Connected.CREDENTIALS_NOT_LABELLED,
        Connected.CREDENTIALS_NOT_READABLE,
        Connected.CREDENTIALS_INVALID,
        Connected.TLS_MISMATCH,
        Connected.SERVER_CERTIFICATE_NOT_TRUSTED,
        Connected.SERVER_NAME_MISMATCH,
        Connected.CLIENT_CERTIFICATE_REFUSED,
        Connected.UNAUTHENTICATED,
        Connected.PERMISSION_DENIED,
        Connected.TEMPORAL_NAMESPACE_NOT_FOUND,
        Connected.SERVER_TOO_OLD,
    ),
    _rows(
        FALSE,
        Connected.NAME_NOT_RESOLVED,
        Connected.CONNECTION_REFUSED,
        Connected.TIMED_OUT,
        Connected.SERVER_UNREACHABLE,
        Connected.THROTTLED,
        Connected.REQUEST_FAILED,
    ),
    _person(
        TargetFound.TARGET_NOT_FOUND,
        TargetFound.CONTAINER_NOT_FOUND,
        TargetFound.CONTAINER_NAME_REQUIRED,
        TargetFound.TARGET_NOT_ALLOWED,
        TargetFound.TARGET_UNREADABLE,
    ),
    _rows(FALSE, ObjectsReadable.WATCH_FAILED),
    _person(AbleToScale.TARGET_CONTESTED),
    _rows(FALSE, AbleToScale.REPLICAS_REVERSED),
    _person(AbleToScale.FAILED_UPDATE_SCALE, AbleToScale.FAILED_SET_DELETION_COSTS),
    _rows(FALSE, AbleToScale.FAILED_GET_SCALE),
    _person(
        CapacityAvailable.FAILED_CREATE,
        CapacityAvailable.CRASH_LOOP_BACK_OFF,
        CapacityAvailable.IMAGE_PULL_BACK_OFF,
        CapacityAvailable.CONTAINER_NOT_CREATED,
        CapacityAvailable.UNSCHEDULABLE,
        when=TEMPLATE,
    ),
    _person(WorkersPolling.NOT_POLLING, ScalingActive.SLOTS_UNKNOWN),
    _rows(FALSE, ScalingActive.FAILED_GET_BACKLOG),
    _rows(FALSE, ObjectiveMet.AT_MAX_REPLICAS, ObjectiveMet.RATE_LIMITED, when=LATE),
    _person(SchedulesValid.INVALID_SCHEDULE),
)
"""A release should stop: `Ready` is not `True`."""

_INFORMS: Final = (
    _rows(TRUE, AnnotationsValid.INVALID_ANNOTATION, AnnotationsValid.UNKNOWN_ANNOTATION),
    _rows(TRUE, Overridden.PAUSED, Overridden.REPLICAS_FIXED, Overridden.MIN_REPLICAS_RAISED),
    _rows(
        TRUE,
        CapacityAvailable.CRASH_LOOP_BACK_OFF,
        CapacityAvailable.IMAGE_PULL_BACK_OFF,
        CapacityAvailable.CONTAINER_NOT_CREATED,
        CapacityAvailable.UNSCHEDULABLE,
        CapacityAvailable.PODS_NOT_READY,
    ),
    _rows(TRUE, ObjectiveMet.START_UP_TOO_SLOW, ObjectiveMet.STARTING, when=LATE),
    (Row(ObjectiveMet.CAUSE_UNKNOWN, when=LATE, shown_as=Ready.TASKS_LATE),),
    _rows(TRUE, AbleToScale.SCALED_BY_OTHER),
    _rows(TRUE, CapacityAvailable.PROVISIONING),
    _rows(TRUE, WorkersPolling.NO_TASK_EVER_SEEN),
    _rows(TRUE, CertificateCurrent.CERTIFICATE_EXPIRED, CertificateCurrent.CERTIFICATE_EXPIRING),
    _rows(
        TRUE,
        InFlightKnown.WORKERS_NOT_MATCHED,
        InFlightKnown.HEARTBEATS_LOST,
        InFlightKnown.POD_METRICS_LOST,
        InFlightKnown.HEARTBEATS_MISSING,
        InFlightKnown.POD_METRICS_MISSING,
    ),
    _rows(TRUE, ObjectsReadable.OBJECT_UNREADABLE),
    _rows(
        TRUE,
        SlotsEffective.SLOTS_CONFLICT,
        SlotsEffective.SLOTS_VALUE_FROM,
        SlotsEffective.SLOTS_VARIABLE_NOT_FOUND,
        SlotsEffective.SLOTS_VARIABLE_DUPLICATE,
        SlotsEffective.SLOTS_VARIABLE_INVALID,
        SlotsEffective.FAILED_UPDATE_SLOTS,
    ),
    _rows(TRUE, Ready.CRD_OUTDATED, Ready.CRD_NEWER),
    _rows(TRUE, ScalingLimited.TOO_MANY_REPLICAS, Connected.READS_SLOWED),
    _rows(TRUE, ScalingActive.RECOMMEND_ONLY, Ready.AUTOSCALING),
)
"""The pool works: `Ready` is `True`, and its reason is worth knowing."""

TABLE: Final = tuple(chain(*_STOPS, *_INFORMS))
"""The worst first. Reasons that are not in it, such as those of `TargetSafe`, are advice, or nothing to know of at a
glance."""


def summarize(report: Report, previous: Mapping[str, Condition], now: float) -> Summary:
    """What `Ready` says after a pass.

    Args:
        report: What the pass found.
        previous: The conditions as they were last written, by type.
        now: Seconds since the Unix epoch.
    """
    crd = (report.crd,) if report.crd else ()
    found = {(update.condition, str(update.reason)): update for update in (*report.updates, *crd, report.ready)}
    for row in TABLE:
        update = found.get((row.reason.condition, str(row.reason)))
        if update and row.when.holds(report):
            message = _paused(report, previous, now) if row.reason is Overridden.PAUSED else None
            return Summary(row.status, row.shown_as or row.reason, message or update.message, row.needs_person)
    return Summary(report.ready.reason.status, report.ready.reason, report.ready.message)


def stalled(summary: Summary, report: Report, ready: Condition | None, now: float) -> ConditionUpdate:
    """Whether the pool can't go on until a person changes something.

    Args:
        summary: What `Ready` says now.
        report: What the pass found.
        ready: What `Ready` said before.
        now: Seconds since the Unix epoch.
    """
    rolls_out = report.result is not None and report.result.situation.observation.rollout == Rollout.RUNNING
    lasts = ready is not None and ready.status == summary.status and _age(ready, now) >= STALLED_SECONDS
    if summary.needs_person and lasts and not rolls_out:
        return ConditionUpdate(Stalled.ACTION_REQUIRED, summary.message)
    return ConditionUpdate(Stalled.NOT_STALLED, Stalled.NOT_STALLED.cause)


def by_type(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """Conditions by their types."""
    return {condition.type: condition for condition in conditions}


def _age(condition: Condition, now: float) -> float:
    return now - condition.last_transition_time.timestamp()


def _paused(report: Report, previous: Mapping[str, Condition], now: float) -> str | None:
    """For how long the pool has been paused, until when, and what it would do now; `None` where that is not known."""
    result, before = report.result, previous.get(ConditionType.OVERRIDDEN)
    step = result and result.decision.step(Rule.PAUSE)
    pause = result and result.situation.overrides.pause
    if not step or not pause:
        return None
    since = f" for {duration(_age(before, now))}" if before and before.reason == Overridden.PAUSED else ""
    said = ": ".join(filter(None, (pause.by, pause.reason)))
    until = f"until {written(pause.until)} by annotation {PAUSED_UNTIL}{f' ({said})' if said else ''}"
    return f"Paused{since}, {until}: {_would(step)} {Overridden.PAUSED.remedy}"


def _would(step: Step) -> str:
    kept = f"{counted(step.replicas_after, 'replica')} {'stays' if step.replicas_after == 1 else 'stay'}"
    if step.replicas_before == step.replicas_after:
        return f"{kept}, as recommended."
    return f"{kept}; {step.replicas_before} are recommended now."
