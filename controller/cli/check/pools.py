"""One pool, by its conditions: what the operator says of connection, target, workers, heartbeats and grace period."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from controller.api.condition_reasons import (
    CertificateCurrent,
    Connected,
    InFlightKnown,
    TargetFound,
    TargetSafe,
)
from controller.api.conditions import ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.cli.check.finding import Finding, Group, Outcome, not_checked
from controller.cli.kube import PoolRecord
from controller.cli.output import as_json
from controller.cli.pool_text import unreported_seconds
from controller.scaling.text import duration

CHECKS: Final[Mapping[ConditionType, str]] = {
    ConditionType.CONNECTED: "connection",
    ConditionType.CERTIFICATE_CURRENT: "certificate",
    ConditionType.TARGET_FOUND: "target",
    ConditionType.ABLE_TO_SCALE: "scaling",
    ConditionType.CAPACITY_AVAILABLE: "capacity",
    ConditionType.WORKERS_POLLING: "workers polling",
    ConditionType.IN_FLIGHT_KNOWN: "heartbeats",
    ConditionType.TARGET_SAFE: "grace period",
    ConditionType.ANNOTATIONS_VALID: "annotations",
}
"""The conditions that a check shows, in the order of dependence, and their names."""

ADVICE: Final = {ConditionType.IN_FLIGHT_KNOWN, ConditionType.TARGET_SAFE}
"""Those without which a pool scales, if not as well."""

NOT_ALWAYS: Final = {ConditionType.CERTIFICATE_CURRENT, ConditionType.ANNOTATIONS_VALID}
"""Those that a pool has only if there is something to say."""

NEEDS: Final[Mapping[ConditionType, ConditionType]] = {
    ConditionType.CERTIFICATE_CURRENT: ConditionType.CONNECTED,
    ConditionType.ABLE_TO_SCALE: ConditionType.TARGET_FOUND,
    ConditionType.CAPACITY_AVAILABLE: ConditionType.TARGET_FOUND,
    ConditionType.WORKERS_POLLING: ConditionType.CONNECTED,
    ConditionType.IN_FLIGHT_KNOWN: ConditionType.CONNECTED,
    ConditionType.TARGET_SAFE: ConditionType.TARGET_FOUND,
}
"""What must be True before another condition says anything."""


def page_of(condition: ConditionType) -> str:
    """Where the docs list its reasons."""
    return f"docs/conditions.md#{condition.lower()}"


def pool(record: PoolRecord, now: float) -> Iterator[Finding]:
    """What the conditions of a pool say; nothing that its operator did not say lately."""
    name = f"{record.namespace}/{record.name}"
    because = _stale(record, now)
    for condition, check in CHECKS.items():
        found = record.condition(condition)
        needed = NEEDS.get(condition)
        before = record.condition(needed) if needed else None
        if found is None and condition in NOT_ALWAYS:
            continue
        if because:
            yield not_checked(Group.POOL, check, because, page_of(condition), name)
        elif needed and before and before.status == ConditionStatus.FALSE and not _says_no(found):
            yield not_checked(Group.POOL, check, f"{CHECKS[needed]} failed", page_of(condition), name)
        else:
            yield _finding(record, condition, found)


def _stale(record: PoolRecord, now: float) -> str:
    """Why the conditions say nothing of now; empty where they do."""
    if not record.has_status:
        return "the operator has not reported on this pool"
    seconds = unreported_seconds(record, now)
    return "" if seconds is None else f"the operator last reconciled this pool {duration(seconds)} ago"


def _says_no(condition: Condition | None) -> bool:
    return condition is not None and condition.status == ConditionStatus.FALSE


def _finding(record: PoolRecord, type_: ConditionType, condition: Condition | None) -> Finding:
    name, check, page = f"{record.namespace}/{record.name}", CHECKS[type_], page_of(type_)
    if condition is None:
        return Finding(Group.POOL, check, Outcome.UNKNOWN, f"The pool has no condition {type_}.", page, pool=name)
    outcome = _outcome(record, type_, condition)
    fix = "" if outcome == Outcome.OK else fix_of(record, condition)
    return Finding(Group.POOL, check, outcome, f"{condition.reason}: {condition.message}", page, fix, name)


def _outcome(record: PoolRecord, type_: ConditionType, condition: Condition) -> Outcome:
    if condition.status == ConditionStatus.TRUE:
        return Outcome.OK
    if condition.status == ConditionStatus.UNKNOWN:
        # At zero nothing polls and nothing reports, as it should be.
        return Outcome.UNKNOWN if record.status.replicas else Outcome.OK
    is_advice = type_ in ADVICE or condition.reason == CertificateCurrent.CERTIFICATE_EXPIRING
    return Outcome.WARNING if is_advice else Outcome.FAILED


_CHANGES: Final[Mapping[str, Mapping[str, Any]]] = {
    TargetFound.TARGET_NOT_FOUND: {"scaleTargetRef": {"name": "DEPLOYMENT"}},
    TargetFound.CONTAINER_NOT_FOUND: {"containerName": "CONTAINER"},
    TargetFound.CONTAINER_NAME_REQUIRED: {"containerName": "CONTAINER"},
    InFlightKnown.SOURCE_SWITCHED_OFF: {"inFlight": {"source": "Auto"}},
    InFlightKnown.HEARTBEATS_MISSING: {"inFlight": {"podMetrics": {"port": "PORT"}}},
    InFlightKnown.POD_METRICS_MISSING: {"inFlight": {"podMetrics": {"port": "PORT"}}},
    Connected.TEMPORAL_NAMESPACE_NOT_FOUND: {"temporalNamespace": "NAMESPACE"},
}
"""What to change in a pool, by the reason; capitals are to be filled in."""


def fix_of(record: PoolRecord, condition: Condition) -> str:
    """The one command that fixes what a condition says; what is written in capitals is to be filled in.

    The command of the message itself, where it has one.
    """
    if commands := re.findall(r"`((?:kubectl|twp) [^`]*)`", condition.message):
        command = str(commands[0])
        logs = "kubectl logs "
        return command.replace(logs, f"{logs}-n {record.namespace} ", 1) if command.startswith(logs) else command
    if condition.reason in _CHANGES:
        return _patch(record, _CHANGES[condition.reason])
    make = _BY_TYPE.get(ConditionType(condition.type))
    return make(record, condition) if make else ""


def _connection(record: PoolRecord, _: Condition) -> str:
    """Where the address and the credentials are set."""
    reference = record.spec.connection_ref if record.spec else None
    if reference is not None:
        return f"kubectl edit twc -n {record.namespace} {reference.name}"
    return _patch(record, {"connection": {"address": "HOST:PORT"}})


def _deployment(record: PoolRecord, condition: Condition) -> str:
    if record.spec is None:
        return ""
    where = f"deployment -n {record.namespace} {record.spec.scale_target_ref.name}"
    match condition.reason:
        case TargetSafe.GRACE_PERIOD_TOO_SHORT | TargetSafe.PRE_STOP_TOO_LONG:
            # The message has the number, which counts preStop and what the tasks were seen to take.
            seconds = re.search(r"terminationGracePeriodSeconds: (\d+)", condition.message)
            pod = {"terminationGracePeriodSeconds": int(seconds[1]) if seconds else "SECONDS"}
            return _merge(where, {"spec": {"template": {"spec": pod}}})
        case TargetSafe.RECREATE_STRATEGY:
            return _merge(where, {"spec": {"strategy": {"type": "RollingUpdate"}}})
        case TargetSafe.NO_RESOURCE_REQUESTS:
            container = f" -c {record.spec.container_name}" if record.spec.container_name else ""
            return f"kubectl set resources {where}{container} --requests=cpu=CPU,memory=MEMORY"
        case _:
            return f"kubectl edit {where}"


def _edit(record: PoolRecord, _: Condition) -> str:
    return f"kubectl edit twp -n {record.namespace} {record.name}"


def _resume(record: PoolRecord, _: Condition) -> str:
    return f"twp resume -n {record.namespace} {record.name}"


def _patch(record: PoolRecord, spec: Mapping[str, Any]) -> str:
    return _merge(f"twp -n {record.namespace} {record.name}", {"spec": spec})


def _merge(what: str, change: Mapping[str, Any]) -> str:
    return f"kubectl patch {what} --type=merge -p {shlex.quote(' '.join(as_json(change).split()))}"


_BY_TYPE: Final[Mapping[ConditionType, Callable[[PoolRecord, Condition], str]]] = {
    ConditionType.CONNECTED: _connection,
    ConditionType.TARGET_SAFE: _deployment,
    ConditionType.WORKERS_POLLING: _edit,
    ConditionType.ANNOTATIONS_VALID: _resume,
}
"""Makes the command for the reasons of a condition that have none of their own."""
