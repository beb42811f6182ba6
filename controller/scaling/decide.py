"""`decide`: the rules in their order. Everything else in this room is one rule or the data that rules exchange."""

from controller.api.worker_pool import TemporalWorkerPoolSpec
from controller.scaling.behavior import behavior
from controller.scaling.bounds import bounds
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.demand import demand
from controller.scaling.freshness import freshness
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from controller.scaling.running_work import running_work
from controller.scaling.unpolled import unpolled
from controller.scaling.zero_gate import zero_gate

RULES = (
    demand,  # what do the waiting tasks ask for, by the objective?
    running_work,  # what do the running tasks fill?
    freshness,  # what is not known must not lower
    unpolled,  # would more replicas take these tasks at all?
    behavior,  # how fast may it change?
    zero_gate,  # from zero at once, to zero only with evidence
    bounds,  # minReplicas and maxReplicas
)
"""The whole decision, in order: each rule gets the number of the one before it and says what it made of it."""


def decide(spec: TemporalWorkerPoolSpec, observation: Observation, memory: Memory, now: float) -> Decision:
    """Decides how many replicas a pool should have.

    Pure: no I/O, no clock, no randomness; the same arguments give the same decision.

    Args:
        spec: What the owner asks for.
        observation: What was seen just now.
        memory: What the last decision asked to remember; an empty one after a restart.
        now: Seconds since the Unix epoch. Remembered times that lie after it (the clock went back) count as now.
    """
    situation = Situation(spec, observation, memory.not_after(now), now)
    proposal = Proposal(observation.replicas, situation.memory)
    for rule in RULES:
        proposal = rule(situation, proposal)
    return Decision(observation.replicas, proposal.replicas, proposal.steps, proposal.memory)
