"""With `objective.scheduleToStartSeconds`: the need by the deadline law. The queue that needs most wins."""

from dataclasses import replace

from controller.scaling.deadline.queue_need import QueueMemory, QueueNeed, QueueReading, queue_need
from controller.scaling.deadline.start_up import Terms, seconds_until_ready
from controller.scaling.deadline.workers import workers_of
from controller.scaling.decision import Need, Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import TaskQueueObservation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.without_in_flight import never_reported

STEPS = (Rule.BACKLOG, Rule.BOTTLENECK, Rule.SERVICE_TIME, Rule.ARRIVAL_RATE, Rule.LOAD, Rule.BACKLOG_SLOTS)
"""The steps of the law, in the order of `QueueNeed.estimates`."""

NOMINAL_SECONDS = 30.0
"""The objective that is reckoned with where the pool has another one, and the law only learns."""

ASSUMED_TASK_SECONDS = 5.0
"""What a task is assumed to take before anything was measured or hinted, whatever the objective."""


def schedule_to_start(situation: Situation, proposal: Proposal) -> Proposal:
    """The need of the queue that needs most, from the readings that are there."""
    proposal, needs = learn(situation, proposal)
    if not needs:
        return proposal
    largest = _largest(needs)
    for rule, estimate in zip(STEPS, largest.estimates, strict=True):
        proposal = proposal.step(rule, estimate.reason, f"{largest.name}: {estimate.message}")
    return proposal.step(Rule.DEMAND, StepReason.SCHEDULE_TO_START, largest.message, largest.replicas)


def learn(situation: Situation, proposal: Proposal) -> tuple[Proposal, list[QueueNeed]]:
    """What the law learns of this pass, whatever the objective: how long tasks run decides also who may go.

    Returns:
        The proposal with what is to be remembered and with `need`, and what each queue that was read needs.
    """
    scale_ups = (action.at for action in proposal.memory.scale_actions if action.change > 0)
    start_up = proposal.memory.start_up.observe(situation.observation, scale_ups, situation.capacity)
    memory = replace(proposal.memory, start_up=start_up)
    terms = _terms(situation, memory)
    coming = tuple(
        seconds_until_ready(pod, terms.start_up_seconds, start_up.node_seconds, situation.now)
        for pod in situation.observation.pods
        if situation.capacity.is_coming(pod)
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
        orders_are_late=terms.orders_are_late,
        service_seconds=max(need.duration.likely for need in needs),
        longest_seconds=max(need.duration.longest for need in needs),
        assumed=_largest(needs).duration.assumed,
        unmeasured=any(need.duration.assumed and need.active for need in needs),
    )
    return replace(proposal, need=found), needs


def _largest(needs: list[QueueNeed]) -> QueueNeed:
    return max(needs, key=lambda need: need.replicas)


def _terms(situation: Situation, memory: Memory) -> Terms:
    spec = situation.spec
    objective = float(spec.objective.schedule_to_start_seconds or NOMINAL_SECONDS)
    start_up = memory.start_up.cost_seconds(situation.observation.start_up_seconds)
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
        queue.name, queue.statistics, workers, queue.slots_per_replica, not never_reported(situation.observation)
    )
    remembered = situation.memory.queues.get(queue.name) or QueueMemory()
    return queue_need(reading, remembered, terms, situation.now)
