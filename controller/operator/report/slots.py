"""What `SlotsEffective` says: the slots that are in force, or why other ones are."""

from controller.api.condition_reasons import SlotsEffective
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate, SlotPlan
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown


def slots_effective(plan: SlotPlan, observation: Observation, *, rolling_out: bool) -> ConditionUpdate:
    """What keeps the planned slots from being in force, else how they compare with what the workers report.

    While a rollout runs, workers of two templates report: that is no difference.
    """
    if plan.problem:
        return plan.problem
    differing = [
        f"{queue.name} {queue.slots_per_replica} instead of {stated}"
        for queue in observation.task_queues
        if isinstance(stated := plan.in_force.get((queue.task_queue, queue.task_type)), int)
        and queue.slots_per_replica != stated
    ]
    if differing and not rolling_out:
        reason = SlotsEffective.SLOTS_DIFFER
        message = f"Workers report other slots than the pool or the Deployment states: {listed(differing)}."
        return ConditionUpdate(reason, f"{message} The reported slots count. {reason.remedy}")
    slots = listed([_per_replica(queue) for queue in observation.task_queues])
    return ConditionUpdate(SlotsEffective.SLOTS_IN_FORCE, f"Slots per replica: {slots}.")


def _per_replica(queue: TaskQueueObservation) -> str:
    if isinstance(queue.slots_per_replica, Unknown):
        return f"{queue.name} unknown until a worker reports them"
    source = " as reported" if queue.slots_reported == queue.slots_per_replica else ""
    return f"{queue.name} {queue.slots_per_replica}{source}"
