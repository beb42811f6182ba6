"""Chosen by the spec: one way to name the need, one way to pace the change."""

from controller.scaling.decision import Proposal, Situation
from controller.scaling.rules.backlog_per_replica import backlog_per_replica
from controller.scaling.rules.behavior import behavior
from controller.scaling.rules.keep_time import keep_time
from controller.scaling.rules.running_work import running_work
from controller.scaling.rules.schedule_to_start import learn, schedule_to_start


def demand(situation: Situation, proposal: Proposal) -> Proposal:
    """What the work asks for: by the deadline law, or by KEDA's formula and the floor of running work."""
    if situation.spec.objective.schedule_to_start_seconds is not None:
        return schedule_to_start(situation, proposal)
    learned, _ = learn(situation, proposal)
    return running_work(situation, backlog_per_replica(situation, learned))


def pace(situation: Situation, proposal: Proposal) -> Proposal:
    """How fast the number may change: by `behavior` if it is set or the objective is KEDA's, else by keep time."""
    if situation.spec.behavior is None and situation.spec.objective.schedule_to_start_seconds is not None:
        return keep_time(situation, proposal)
    return behavior(situation, proposal)
