"""Scaling a pool down whose workers never report what they run.

A source that was never there (an old server or SDK, reports switched off) does not come back by waiting, and must not
keep every replica for ever. The number then follows what the dispatch rate lets expect, one replica at a time, each
after `WINDOW_SECONDS` in which fewer were recommended.
"""

from dataclasses import replace

from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted

WINDOW_SECONDS = 300.0
"""How long fewer replicas must have been recommended before one goes: the HPA's own window for scaling down."""


def without_in_flight(situation: Situation, proposal: Proposal) -> Proposal:
    """Removes one at most, and slowly, while it is not known what the workers run."""
    current = situation.observation.replicas
    if not situation.observation.never_reported or proposal.replicas >= current:
        return replace(proposal, memory=replace(proposal.memory, unneeded_since=None))
    since = situation.memory.unneeded_since
    since = situation.now if since is None else since
    seconds = situation.now - since
    if seconds < WINDOW_SECONDS:
        proposal = replace(proposal, memory=replace(proposal.memory, unneeded_since=since))
        message = (
            f"Scale-down delayed: slot usage is unknown, so {counted(proposal.replicas, 'replica')} must suffice for "
            f"{WINDOW_SECONDS:.0f} s ({seconds:.0f} s so far)."
        )
        return proposal.step(Rule.IN_FLIGHT, StepReason.IN_FLIGHT_UNKNOWN, message, current)
    proposal = replace(proposal, memory=replace(proposal.memory, unneeded_since=situation.now))
    message = (
        f"Only 1 replica at a time is removed while slot usage is unknown; for {WINDOW_SECONDS:.0f} s "
        f"{counted(proposal.replicas, 'replica')} would have sufficed."
    )
    return proposal.step(Rule.IN_FLIGHT, StepReason.ONE_AT_A_TIME, message, max(proposal.replicas, current - 1))
