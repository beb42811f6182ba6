"""What an on-call engineer said by annotation: his number of replicas, or a pause. Both end by themselves.

They speak after every rule that reckons, so that the steps before them tell what the work asks for meanwhile.
"""

from dataclasses import replace

from controller.api.model import written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, FixedReplicas
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted


def override(situation: Situation, proposal: Proposal) -> Proposal:
    """Sets the number that an annotation gives, at most `maxReplicas`."""
    fixed = situation.overrides.fixed
    if fixed is None:
        return proposal
    replicas = min(fixed.replicas, situation.spec.max_replicas)
    capped = (
        f", of {fixed.replicas} that were asked for: maxReplicas is {replicas}" if replicas < fixed.replicas else ""
    )
    message = (
        f"{counted(replicas, 'replica')}{capped}, by annotation {OVERRIDE}{_said(fixed)}, until "
        f"{written(fixed.until)}; without it {proposal.replicas}."
    )
    return proposal.step(Rule.OVERRIDE, StepReason.OVERRIDDEN, message, replicas)


def pause(situation: Situation, proposal: Proposal) -> Proposal:
    """Leaves the replicas as they are, within bounds or not."""
    paused, current = situation.overrides.pause, situation.observation.replicas
    if paused is None:
        return proposal
    message = (
        f"Paused by annotation {PAUSED_UNTIL} until {written(paused.until)}: left at {counted(current, 'replica')}; "
        f"without it {proposal.replicas}."
    )
    return replace(proposal, suspended=message).step(Rule.PAUSE, StepReason.PAUSED, message, current)


def _said(fixed: FixedReplicas) -> str:
    """Who wanted it and why, as far as he said."""
    by = f" of {fixed.by}" if fixed.by else ""
    return f"{by} ({fixed.reason})" if fixed.reason else by
