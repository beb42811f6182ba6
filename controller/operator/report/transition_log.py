"""One line of the log for each transition of a condition."""

from collections.abc import Iterable

import structlog

from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.operator.pool import Pool
from controller.operator.report.events import is_warning

log = structlog.get_logger()


def log_transitions(pool: Pool, before: Iterable[Condition], after: Iterable[Condition]) -> None:
    """Logs each condition that has another status, or another reason while it is not True.

    Of a new pool only `Ready`, and what is wrong with it.
    """
    known = {condition.type: condition for condition in before}
    for condition in after:
        if not _is_news(known.get(condition.type), condition):
            continue
        past = known.get(condition.type)
        write = log.warning if needs_attention(condition) else log.info
        write(
            "condition_changed",
            namespace=pool.metadata.namespace,
            pool=pool.metadata.name,
            condition=condition.type,
            status=str(condition.status),
            reason=condition.reason,
            status_before=str(past.status) if past else None,
            reason_before=past.reason if past else None,
            message=condition.message,
        )


def needs_attention(condition: Condition) -> bool:
    """Whether it is a problem: one that an Event warns of, a pool that is not ready, or tasks that start late."""
    of_itself = condition.type in {ConditionType.READY, ConditionType.OBJECTIVE_MET}
    return is_warning(condition) or (of_itself and condition.status == ConditionStatus.FALSE)


def _is_news(before: Condition | None, after: Condition) -> bool:
    if before is None:
        return after.type == ConditionType.READY or needs_attention(after)
    if before.status != after.status:
        return True
    return after.status != ConditionStatus.TRUE and after.reason not in {before.reason, NOT_CHECKED}
