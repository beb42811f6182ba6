"""Rule 2: never fewer replicas than the tasks that run now fill.

A pod that may have taken tasks and has not reported since may be busy: it counts as full against lowering, and as idle
against raising.
"""

from dataclasses import dataclass
from math import ceil

from typing_extensions import override

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation, SlotType, TaskQueueObservation, Unknown
from controller.scaling.reasons import Reason, Rule
from controller.scaling.words import are, counted


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
        return f"{are(self.slots_used, 'slot')} in use in {self.queue.name}, {self.slots_per_replica} per replica"


def running_work(situation: Situation, proposal: Proposal) -> Proposal:
    """Raises the number to what running work needs."""
    observation = situation.observation
    if isinstance(observation.in_flight, Unknown):
        return proposal
    floor = largest_floor(observation)
    if floor is None:
        return proposal
    unheard = len(observation.unheard_pods)
    needed = max(floor.replicas, min(floor.replicas + unheard, observation.replicas))
    figures = f"{floor}, and {are(unheard, 'pod')} still to report" if unheard else str(floor)
    if needed <= proposal.replicas:
        message = f"{figures}: {counted(needed, 'replica')} can hold what runs."
        return proposal.step(Rule.RUNNING_WORK, Reason.RUNNING_WORK_FITS, message)
    message = f"{figures}: {are(needed, 'replica')} needed for what runs."
    return proposal.step(Rule.RUNNING_WORK, Reason.RUNNING_WORK, message, needed)


def largest_floor(observation: Observation) -> Floor | None:
    """The (task queue, task type) whose running tasks fill the most replicas; `None` without a known slot count."""
    floors = [
        Floor(queue, observation.slots_used(queue.task_queue, SlotType(queue.task_type)), queue.slots_per_replica)
        for queue in observation.task_queues
        if not isinstance(queue.slots_per_replica, Unknown)
    ]
    return max(floors, key=lambda floor: floor.replicas, default=None)
