"""`decide`: the rules in their order. Each is a file of `rules`; the rest are the data that they exchange."""

from dataclasses import replace

from controller.api.overrides import NO_OVERRIDES, Overrides
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.next_poll import next_poll_seconds
from controller.scaling.observation import Observation
from controller.scaling.plausibility import without_contradictions
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.behavior import behavior
from controller.scaling.rules.bounds import bounds, scheduled
from controller.scaling.rules.capacity import capacity, capacity_of
from controller.scaling.rules.contention import contested, external_scale
from controller.scaling.rules.demand import demand
from controller.scaling.rules.freshness import freshness
from controller.scaling.rules.grace import grace
from controller.scaling.rules.overrides import override, pause
from controller.scaling.rules.rollout import rolled_out, rollout
from controller.scaling.rules.running_work import running_work_stays
from controller.scaling.rules.unpolled import unpolled
from controller.scaling.rules.without_in_flight import without_in_flight
from controller.scaling.rules.zero_gate import zero_gate
from controller.scaling.scale_down.disruption import disruption
from controller.scaling.slot_tuning import tuning

NOTES = (
    external_scale,  # did another field manager set the replicas?
    rolled_out,  # was what is learned of starts learned from this template?
)
"""What happened since the last pass: noted in the memory before the rules read it; the replicas stay as they are."""

RULES = (
    demand,  # what does the work ask for, by the objective?
    freshness,  # what is not known must not lower
    unpolled,  # would more replicas take these tasks at all?
    capacity,  # could more replicas start at all?
    behavior,  # how fast may it change?
    running_work_stays,  # what runs has to fit, whatever is planned
    without_in_flight,  # what while no worker reports what it runs?
    rollout,  # not fewer while pods are being replaced
    zero_gate,  # from zero at once, to zero only with evidence
    bounds,  # minReplicas, schedules and maxReplicas
    grace,  # what a person set a short while ago stays
    override,  # the number that an on-call engineer gave
    pause,  # an on-call engineer wants nothing changed
    contested,  # does anything else scale this Deployment?
    disruption,  # who may go, and how many of them now?
    tuning,  # how many tasks should each take at once?
)
"""The whole decision, in order: each rule gets the number of the one before it and says what it made of it."""


def decide(
    spec: TemporalWorkerPoolSpec,
    observation: Observation,
    memory: Memory,
    now: float,
    overrides: Overrides = NO_OVERRIDES,
) -> Decision:
    """Decides how many replicas a pool should have.

    Pure: no I/O, no clock, no randomness; the same arguments give the same decision.

    Args:
        spec: What the owner asks for.
        observation: What was seen just now.
        memory: What the last decision asked to remember; an empty one after a restart.
        now: Seconds since the Unix epoch. If this is before the last decision (a clock step), that counts as made now.
        overrides: What the annotations of the pool say; what is over by now does not count.
    """
    observation = without_contradictions(observation, _declared_slots(spec))
    blocked = capacity_of(observation, spec.provisioning_deadline_seconds, now)
    schedule = scheduled(spec.schedules, now)
    situation = Situation(spec, observation, memory.for_decision(now), now, schedule, blocked, overrides.at(now))
    proposal = Proposal(observation.replicas, replace(situation.memory, forgotten=None))
    if memory.forgotten:
        proposal = proposal.step(Rule.MEMORY, StepReason.FORGOTTEN, memory.forgotten)
    for note in NOTES:
        proposal = note(situation, proposal)
    situation = replace(situation, memory=proposal.memory)
    for rule in RULES:
        proposal = rule(situation, proposal)
    return Decision(
        current_replicas=observation.replicas,
        desired_replicas=proposal.replicas,
        steps=proposal.steps,
        memory=proposal.memory,
        deletion_costs=proposal.deletion_costs,
        need=proposal.need,
        needed=proposal.needed if proposal.need else None,
        kept_until=proposal.kept_until,
        scheduled=situation.scheduled,
        capacity=blocked,
        suspended=proposal.suspended,
        slots=proposal.slots,
        restarts=proposal.restarts,
        next_poll_seconds=next_poll_seconds(situation, proposal),
    )


def _declared_slots(spec: TemporalWorkerPoolSpec) -> dict[tuple[str, str], int]:
    tasks = ((queue.name, task) for queue in spec.task_queues for task in queue.tasks)
    return {(name, str(task.type)): task.slots for name, task in tasks if task.slots}
