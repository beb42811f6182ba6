"""Never fewer replicas than the tasks that run now fill.

`running_work` is for the objective that counts waiting tasks: a pod that may have taken tasks and has not reported
since may be busy, so it counts as full against lowering, and as idle against raising. `running_work_stays` is for every
objective: whatever is planned, the number falls no further than what runs fits into.
"""

from dataclasses import dataclass
from math import ceil, inf

from typing_extensions import override

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.decision import Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, PodObservation, SlotType, TaskQueueObservation, Unknown, used
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.scale_down.grace import known_longest_task
from controller.scaling.text import are, brief, counted


@dataclass(frozen=True, slots=True)
class Floor:
    """The replicas that the running tasks of one (task queue, task type) fill."""

    queue: TaskQueueObservation
    slots_used: int
    slots_per_replica: int

    @property
    def replicas(self) -> int:
        """Slots in use divided by the slots of one replica, rounded up."""
        return ceil(self.slots_used / self.slots_per_replica)

    @override
    def __str__(self) -> str:
        return (
            f"{are(self.slots_used, 'slot')} in use in {brief(self.queue.name)}, {self.slots_per_replica} per replica"
        )


def running_work(situation: Situation, proposal: Proposal) -> Proposal:
    """Raises the number to what running work needs."""
    observation = situation.observation
    if isinstance(observation.in_flight, Unknown):
        return proposal
    floor = largest_floor(observation)
    if floor is None:
        return proposal
    unreported = len(observation.unreported_pods)
    needed = max(floor.replicas, min(floor.replicas + unreported, observation.replicas))
    figures = f"{floor}; {_counts_as_full(unreported)}" if unreported else str(floor)
    if needed <= proposal.replicas:
        message = f"{are(needed, 'replica')} enough for the running tasks ({figures})."
        return proposal.step(Rule.RUNNING_WORK, StepReason.RUNNING_WORK_FITS, message)
    message = f"Running tasks need {counted(needed, 'replica')} ({figures})."
    return proposal.step(Rule.RUNNING_WORK, StepReason.RUNNING_WORK, message, needed)


def _counts_as_full(pods: int) -> str:
    return f"{counted(pods, 'pod')} without a report {'counts' if pods == 1 else 'count'} as full"


def largest_floor(observation: Observation) -> Floor | None:
    """The (task queue, task type) whose running tasks fill the most replicas; `None` without a known slot count."""
    floors = [
        Floor(queue, observation.slots_used(queue.task_queue, SlotType(queue.task_type)), queue.slots_per_replica)
        for queue in observation.task_queues
        if not isinstance(queue.slots_per_replica, Unknown)
    ]
    return max(floors, key=lambda floor: floor.replicas, default=None)


def running_work_stays(situation: Situation, proposal: Proposal) -> Proposal:
    """Lowers the number no further than what runs fits into, by the reports and by what is not reported."""
    observation, current = situation.observation, situation.observation.replicas
    if proposal.replicas >= current or isinstance(observation.in_flight, Unknown):
        return proposal
    longest = known_longest_task(situation, proposal)
    floors = [
        _possible_floor(observation, queue, slots, proposal.memory, longest.seconds if longest else inf)
        for queue in observation.task_queues
        if not isinstance(slots := queue.slots_per_replica, Unknown)
    ]
    floor = max(floors, key=lambda floor: floor.replicas, default=None)
    if floor is None or floor.replicas <= proposal.replicas:
        return proposal
    held, unreported = min(current, floor.replicas), len(observation.pods_without_reports)
    also = f"; {_counts_as_full(unreported)}" if unreported else ""
    message = f"Running tasks need {counted(held, 'replica')} ({floor}{also})."
    return proposal.step(Rule.RUNNING_WORK, StepReason.RUNNING_WORK, message, held)


def _possible_floor(
    observation: Observation, queue: TaskQueueObservation, slots: int, memory: Memory, longest_seconds: float
) -> Floor:
    """The slots that may be in use by tasks that were there before the last reports; pods that do not report are full.

    A report that is older than the longest task says nothing of now. What was dispatched after the reports is left out:
    the objective plans with it.
    """
    reports = [
        report
        for pod in observation.staying_pods
        for report in pod.slots
        if (report.task_queue, report.slot_type) == (queue.task_queue, SlotType(queue.task_type))
        and observation.observed_at - report.reported_at <= longest_seconds
    ]
    dispatched = memory.queues.get(queue.name, QueueMemory()).dispatched
    new = [pod for pod in observation.pods_without_reports if _was_counted(dispatched, pod)]
    full = slots * (len(observation.pods_without_reports) - len(new))
    since = min((pod.tasks_since for pod in new), default=inf)
    came = (
        ceil(dispatched.totals[-1] - dispatched.total_at(max(since, observation.observed_at - longest_seconds)))
        if new
        else 0
    )
    return Floor(queue, used(reports) + full + min(slots * len(new), came), slots)


def _was_counted(dispatched: TaskCount, pod: PodObservation) -> bool:
    """Whether all that a pod may have got was counted: it never reported, and began to take tasks since."""
    return not pod.has_reported and bool(dispatched.times) and pod.tasks_since >= dispatched.times[0]
