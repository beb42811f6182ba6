"""What the work asks for, by the objective. The queue that needs most wins.

With `scheduleToStartSeconds` it is the deadline policy (the room `deadline`). With `backlogPerReplica` it is KEDA's way
with the HPA's formula for an average value: the task types of one queue are summed, each queue is divided by the target
and rounded up, and the largest result counts; but never fewer replicas than running tasks fill. A need that differs
from the replicas that are there by no more than the tolerance is no need to change.
"""

from collections import defaultdict
from dataclasses import replace
from math import ceil

from controller.api.spec import Behavior, ScalingRules
from controller.api.text import listed
from controller.scaling.deadline.queue_need import QueueMemory, QueueNeed, QueueReading, queue_need
from controller.scaling.deadline.start_up import Terms, seconds_until_ready
from controller.scaling.deadline.workers import workers_of
from controller.scaling.decision import Need, Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import TaskQueueObservation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.running_work import running_work
from controller.scaling.text import after_colon, brief, counted, does

STEPS = (Rule.BACKLOG, Rule.BOTTLENECK, Rule.SERVICE_TIME, Rule.ARRIVAL_RATE, Rule.LOAD, Rule.BACKLOG_SLOTS)
"""The steps of the deadline policy, in the order of `QueueNeed.estimates`."""

NOMINAL_SECONDS = 30.0
"""The objective that is assumed where the pool has another one, and the deadline policy only learns."""

ASSUMED_TASK_SECONDS = 5.0
"""What a task is assumed to take before anything was measured or hinted, whatever the objective."""

TOLERANCE = 0.1
"""autoscaling/v2: the tolerance of an unset `behavior.scaleUp.tolerance` and `behavior.scaleDown.tolerance`."""


def demand(situation: Situation, proposal: Proposal) -> Proposal:
    """What the work asks for: by the deadline policy, or by KEDA's formula and the floor of running work."""
    if situation.spec.objective.schedule_to_start_seconds is not None:
        return schedule_to_start(situation, proposal)
    learned, _ = learn(situation, proposal)
    return running_work(situation, backlog_per_replica(situation, learned))


def schedule_to_start(situation: Situation, proposal: Proposal) -> Proposal:
    """The need of the queue that needs most, from the readings that are there."""
    proposal, needs = learn(situation, proposal)
    if not needs:
        return proposal
    largest = _largest(needs)
    for rule, estimate in zip(STEPS, largest.estimates, strict=True):
        proposal = proposal.step(rule, estimate.reason, f"{brief(largest.name)}: {after_colon(estimate.message)}")
    message = largest.message if largest.replicas else "No tasks wait or run."
    return proposal.step(Rule.DEMAND, StepReason.SCHEDULE_TO_START, message, largest.replicas)


def learn(situation: Situation, proposal: Proposal) -> tuple[Proposal, list[QueueNeed]]:
    """What the deadline policy learns in this pass, whatever the objective: service times also decide which pods go.

    Returns:
        The proposal with what is to be remembered and with `need`, and what each queue that was read needs.
    """
    scale_ups = (action.at for action in proposal.memory.scale_actions if action.change > 0)
    cannot_start = {blocked.pod.name for blocked in situation.capacity.cannot_start}
    start_up = proposal.memory.start_up.observe(situation.observation, scale_ups, cannot_start)
    memory = replace(proposal.memory, start_up=start_up)
    terms = _terms(situation, memory)
    coming = tuple(
        seconds_until_ready(pod, terms.start_up_seconds, start_up.node_seconds, situation.now)
        for pod in situation.observation.pods
        if situation.capacity.will_start(pod)
    )
    needs = [need for queue in situation.observation.task_queues if (need := _need(situation, queue, terms, coming))]
    known = {queue.name: situation.memory.queues.get(queue.name) for queue in situation.observation.task_queues}
    queues = {name: learned for name, learned in known.items() if learned is not None}
    queues.update({need.name: need.memory for need in needs})
    proposal = replace(proposal, memory=replace(memory, queues=queues))
    if not needs:
        return proposal, []
    found = Need(
        steady_replicas=max(need.steady_replicas for need in needs),
        stands=any(need.stands for need in needs),
        start_up_seconds=terms.start_up_seconds,
        idle_poll_seconds=terms.idle_poll_seconds,
        starts_are_late=terms.starts_are_late,
        service_seconds=max(need.duration.likely for need in needs),
        longest_seconds=max(need.duration.longest for need in needs),
        assumed=_largest(needs).duration.assumed,
        unmeasured=any(need.duration.assumed and need.active for need in needs),
        rate_limited=any(need.rate_limited for need in needs),
    )
    return replace(proposal, need=found), needs


def _largest(needs: list[QueueNeed]) -> QueueNeed:
    return max(needs, key=lambda need: need.replicas)


def _terms(situation: Situation, memory: Memory) -> Terms:
    spec = situation.spec
    objective = float(spec.objective.schedule_to_start_seconds or NOMINAL_SECONDS)
    start_up = memory.start_up.cost_seconds
    typical = spec.task_duration_seconds.typical
    return Terms(objective, start_up, typical or ASSUMED_TASK_SECONDS, hinted=typical is not None)


def _need(
    situation: Situation, queue: TaskQueueObservation, terms: Terms, ready_in_seconds: tuple[float, ...]
) -> QueueNeed | None:
    """What one queue needs; `None` where its statistics or slots are not known."""
    if isinstance(queue.statistics, Unknown) or isinstance(queue.slots_per_replica, Unknown):
        return None
    workers = workers_of(situation.observation, queue, ready_in_seconds)
    reading = QueueReading(
        queue.name, queue.statistics, workers, queue.slots_per_replica, not situation.observation.never_reported
    )
    remembered = situation.memory.queues.get(queue.name) or QueueMemory()
    return queue_need(reading, remembered, terms, situation.now)


def backlog_per_replica(situation: Situation, proposal: Proposal) -> Proposal:
    """The need of the queue that needs most, from the readings that are there."""
    backlogs = backlog_by_task_queue(situation.observation.task_queues)
    if not backlogs:
        return proposal
    task_queue, backlog = max(backlogs.items(), key=lambda item: item[1])
    current = situation.observation.replicas
    target = situation.spec.objective.backlog_per_replica or 1
    activation = situation.spec.objective.activation_backlog or 0
    waiting = f"{does(backlog, 'task', 'wait')} in {brief(task_queue)}"
    figures = f"{counted(backlog, 'waiting task')} (backlogPerReplica {target})"
    if current == 0 and 0 < backlog <= activation:
        message = f"Staying at 0 replicas: {waiting} (activationBacklog {activation})."
        return proposal.step(Rule.DEMAND, StepReason.NOT_ACTIVATED, message, 0)
    if current > 0 and within_tolerance(backlog / (target * current), situation.spec.behavior):
        message = f"{brief(task_queue)} stays at {counted(current, 'replica')}: within the tolerance for {figures}."
        return proposal.step(Rule.DEMAND, StepReason.WITHIN_TOLERANCE, message, current)
    if backlog == 0:
        return proposal.step(Rule.DEMAND, StepReason.NO_BACKLOG, f"No tasks wait in {listed(list(backlogs))}.", 0)
    replicas = ceil(backlog / target)
    message = f"{brief(task_queue)} needs {counted(replicas, 'replica')} for {figures}."
    return proposal.step(Rule.DEMAND, StepReason.BACKLOG_PER_REPLICA, message, replicas)


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
