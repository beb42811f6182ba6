"""What would change a decision, in status: found only when status is written, since it takes about 20 decisions."""

import asyncio

from controller.api.model import TaskType, timestamp
from controller.api.status import NextChange as NextChangeStatus
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.passes import PassResult
from controller.scaling.what_if import NextChange, next_change


async def with_next_change(status: TemporalWorkerPoolStatus, result: PassResult | None) -> TemporalWorkerPoolStatus:
    """The status with what would change its decision; without a decision nothing would.

    In a thread, so that other pools' passes go on meanwhile: the decision of a pool with hundreds of pods takes
    milliseconds.
    """
    last = status.last_decision
    if last is None:
        return status
    found = await asyncio.to_thread(next_change, result.situation, result.decision, result.memory) if result else None
    changed = last.model_copy(update={"next_change": next_change_status(found) if found else None})
    return status.model_copy(update={"last_decision": changed})


def next_change_status(change: NextChange) -> NextChangeStatus | None:
    """As status has it; `None` where nothing was found."""
    if change == NextChange():
        return None
    up, later = change.up, change.later
    return NextChangeStatus(
        task_queue=up and up.task_queue,
        task_type=TaskType(up.task_type) if up else None,
        up_at_backlog=up and up.backlog,
        up_replicas=up and up.replicas,
        time=timestamp(later.at) if later else None,
        replicas=later and later.replicas,
    )
