"""Rule 7: which pods may go when the number is lowered, so that no task is cut short.

A pod that is asked to stop finishes what it runs within its grace period. Where tasks take long, on average or by what
was seen of pods that drained, only pods that report no slot in use may go: the number is then reached later.
"""

from dataclasses import replace

from controller.scaling.decision import Proposal, Situation, Victims
from controller.scaling.observation import used
from controller.scaling.reasons import Reason, Rule

DEFAULT_GRACE_SECONDS = 30.0
"""`terminationGracePeriodSeconds` of a pod that does not set it."""

GRACE_SHARE = 0.5
"""Share of the grace period that a task may take for a busy pod to be asked to finish."""

OUTLASTED_SECONDS = 1200.0
"""How long it counts that a drain took more than that share."""


def victims(situation: Situation, proposal: Proposal) -> Proposal:
    """Says who may go, and why, when the number is lowered."""
    grace = situation.observation.grace_seconds
    limit = GRACE_SHARE * (DEFAULT_GRACE_SECONDS if grace is None else grace)
    if _outlasts(situation, limit):
        proposal = replace(proposal, memory=replace(proposal.memory, outlasted_at=situation.now))
    why = _why_idle_only(situation, proposal, limit)
    proposal = replace(proposal, victims=Victims.IDLE_ONLY if why else Victims.IDLE)
    if proposal.replicas >= situation.observation.replicas:
        return proposal
    if why:
        return proposal.step(Rule.VICTIMS, Reason.IDLE_ONLY, f"Only pods that report no slot in use may go: {why}.")
    message = f"Starting pods go first, then the least used: tasks end within {limit:.0f} s, half of the grace period."
    return proposal.step(Rule.VICTIMS, Reason.LEAST_USED, message)


def _outlasts(situation: Situation, limit_seconds: float) -> bool:
    """Whether pods that were asked to stop longer ago than the limit still run tasks."""
    removed_at = max((a.at for a in situation.memory.scale_actions if a.change < 0), default=None)
    if removed_at is None or situation.now - removed_at < limit_seconds:
        return False
    return any(used(pod.slots) for pod in situation.observation.pods if pod.terminating)


def _why_idle_only(situation: Situation, proposal: Proposal, limit_seconds: float) -> str | None:
    """Why a busy pod may not be asked to stop; `None` if it may."""
    hint = situation.spec.task_duration_seconds.max
    if hint is not None and hint > limit_seconds:
        return f"taskDurationSeconds.max is {hint:.0f} s, and half of the grace period {limit_seconds:.0f} s"
    if proposal.need is not None and proposal.need.service_seconds > limit_seconds:
        return (
            f"a task takes {proposal.need.service_seconds:.0f} s, and half of the grace period is {limit_seconds:.0f} s"
        )
    outlasted_at = proposal.memory.outlasted_at
    if outlasted_at is not None and situation.now - outlasted_at < OUTLASTED_SECONDS:
        return f"pods that drained lately still ran tasks after {limit_seconds:.0f} s, half of their grace period"
    return None
