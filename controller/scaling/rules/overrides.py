"""What an on-call engineer asks for by annotation: a number of replicas, a least one, or a pause. Each ends by itself.

They come after every rule that estimates, so that the steps before them say what the work asks for meanwhile.
"""

from dataclasses import replace

from controller.api.model import written
from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, LeastReplicas, Override
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted, now_and_recommended


def override(situation: Situation, proposal: Proposal) -> Proposal:
    """Sets the number that an annotation gives, or raises to the least one that it gives; at most `maxReplicas`."""
    fixed, least = situation.overrides.fixed, situation.overrides.least
    if fixed is None:
        return proposal if least is None else _at_least(situation, proposal, least)
    replicas = min(fixed.replicas, situation.spec.max_replicas)
    capped = f" (maxReplicas; {fixed.replicas} requested)" if replicas < fixed.replicas else ""
    message = (
        f"Fixed at {counted(replicas, 'replica')}{capped} until {written(fixed.until)} by annotation {OVERRIDE}"
        f"{_said(fixed)}; {proposal.replicas} recommended without it."
    )
    return proposal.step(Rule.OVERRIDE, StepReason.OVERRIDDEN, message, replicas)


def _at_least(situation: Situation, proposal: Proposal, least: LeastReplicas) -> Proposal:
    """Raises the number; what the work asks for beyond it stays."""
    replicas = min(least.replicas, situation.spec.max_replicas)
    capped = f" (maxReplicas; {least.replicas} requested)" if replicas < least.replicas else ""
    message = (
        f"At least {counted(replicas, 'replica')}{capped} until {written(least.until)} by annotation {OVERRIDE}"
        f"{_said(least)}; {proposal.replicas} recommended without it."
    )
    return proposal.step(Rule.OVERRIDE, StepReason.MIN_REPLICAS_RAISED, message, max(replicas, proposal.replicas))


def pause(situation: Situation, proposal: Proposal) -> Proposal:
    """Leaves the replicas as they are, within bounds or not."""
    paused, current = situation.overrides.pause, situation.observation.replicas
    if paused is None:
        return proposal
    figures = now_and_recommended(current, proposal.replicas)
    message = f"Paused until {written(paused.until)} by annotation {PAUSED_UNTIL}{_said(paused)} {figures}."
    return replace(proposal, suspended=message).step(Rule.PAUSE, StepReason.PAUSED, message, current)


def _said(override: Override) -> str:
    """Who set it and why, as far as the annotation says."""
    said = ": ".join(part for part in (override.by, override.reason) if part)
    return f" ({said})" if said else ""
