"""With `objective.backlogPerReplica`: how many replicas the waiting tasks ask for. The most asking queue wins.

This is KEDA's way with the HPA's formula for an average value: the task types of one queue
are summed, each queue is divided by the target and rounded up, and the largest result counts. A need that differs from
the replicas that are there by no more than the tolerance is no need to change.
"""

from collections import defaultdict
from math import ceil

from controller.api.spec import Behavior, ScalingRules
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import TaskQueueObservation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are, counted, does

TOLERANCE = 0.1
"""autoscaling/v2: the tolerance of an unset `behavior.scaleUp.tolerance` and `behavior.scaleDown.tolerance`."""


def backlog_per_replica(situation: Situation, proposal: Proposal) -> Proposal:
    """The need of the queue that needs most, from the readings that are there."""
    backlogs = backlog_by_task_queue(situation.observation.task_queues)
    if not backlogs:
        return proposal
    task_queue, backlog = max(backlogs.items(), key=lambda item: item[1])
    current = situation.observation.replicas
    target = situation.spec.objective.backlog_per_replica or 1
    activation = situation.spec.objective.activation_backlog or 0
    if current == 0 and 0 < backlog <= activation:
        message = f"{does(backlog, 'task', 'wait')} in {task_queue}; a pool at zero wakes for more than {activation}."
        return proposal.step(Rule.DEMAND, StepReason.NOT_ACTIVATED, message, 0)
    figures = f"{does(backlog, 'task', 'wait')} in {task_queue}, {target} per replica"
    if current > 0 and within_tolerance(backlog / (target * current), situation.spec.behavior):
        message = f"{figures}: {are(current, 'replica')} within the tolerance."
        return proposal.step(Rule.DEMAND, StepReason.WITHIN_TOLERANCE, message, current)
    if backlog == 0:
        return proposal.step(Rule.DEMAND, StepReason.NO_BACKLOG, f"No task waits in {', '.join(backlogs)}.", 0)
    replicas = ceil(backlog / target)
    return proposal.step(
        Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, f"{figures}: {counted(replicas, 'replica')}.", replicas
    )


def within_tolerance(ratio: float, behavior: Behavior | None) -> bool:
    """Whether the ratio of need to replicas is close enough to one to leave them alone.

    Written as in the HPA's `Tolerances.isWithin`, so that a ratio of exactly 1.1 falls on the same side.
    """
    behavior = behavior or Behavior()
    return 1 - _tolerance(behavior.scale_down) <= ratio <= 1 + _tolerance(behavior.scale_up)


def _tolerance(rules: ScalingRules | None) -> float:
    return TOLERANCE if rules is None or rules.tolerance is None else rules.tolerance


def backlog_by_task_queue(queues: tuple[TaskQueueObservation, ...]) -> dict[str, int]:
    """Waiting tasks of each queue, its task types summed; unknown readings are left out."""
    backlogs: defaultdict[str, int] = defaultdict(int)
    for queue in queues:
        if not isinstance(queue.statistics, Unknown):
            backlogs[queue.task_queue] += queue.statistics.backlog
    return dict(backlogs)
