"""What an on-call engineer asks for by annotation: a number of replicas, or a pause. Both end by themselves.

They come after every rule that estimates, so that the steps before them say what the work asks for meanwhile.
"""

from dataclasses import replace

from controller.api.model import written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, FixedReplicas
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted, now_and_recommended


def override(situation: Situation, proposal: Proposal) -> Proposal:
    """Sets the number that an annotation gives, at most `maxReplicas`."""
    fixed = situation.overrides.fixed
    if fixed is None:
        return proposal
    replicas = min(fixed.replicas, situation.spec.max_replicas)
    capped = f" (maxReplicas; {fixed.replicas} requested)" if replicas < fixed.replicas else ""
    message = (
        f"Fixed at {counted(replicas, 'replica')}{capped} until {written(fixed.until)} by annotation {OVERRIDE}"
        f"{_said(fixed)}; {proposal.replicas} recommended without it."
    )
    return proposal.step(Rule.OVERRIDE, StepReason.OVERRIDDEN, message, replicas)


def pause(situation: Situation, proposal: Proposal) -> Proposal:
    """Leaves the replicas as they are, within bounds or not."""
    paused, current = situation.overrides.pause, situation.observation.replicas
    if paused is None:
        return proposal
    figures = now_and_recommended(current, proposal.replicas)
    message = f"Paused until {written(paused.until)} by annotation {PAUSED_UNTIL} {figures}."
    return replace(proposal, suspended=message).step(Rule.PAUSE, StepReason.PAUSED, message, current)


def _said(fixed: FixedReplicas) -> str:
    """Who set it and why, as far as the annotation says."""
    said = ": ".join(part for part in (fixed.by, fixed.reason) if part)
    return f" ({said})" if said else ""
