"""Which pods may go when the number is lowered, so that no task is cut short."""

from controller.scaling.decision import Proposal, Situation, Victims

DEFAULT_GRACE_SECONDS = 30.0
"""`terminationGracePeriodSeconds` of a pod that does not set it."""

GRACE_SHARE = 0.5
"""Share of the grace period that a task may take, on average, for a busy pod to be asked to finish."""


def victims(situation: Situation, proposal: Proposal) -> Victims:
    """Idle pods only, where a running task may not end within the grace period."""
    grace = situation.observation.grace_seconds
    limit = GRACE_SHARE * (DEFAULT_GRACE_SECONDS if grace is None else grace)
    longest = situation.spec.task_duration_seconds.max or 0.0
    if proposal.need is not None:
        longest = max(longest, proposal.need.service_seconds)
    return Victims.IDLE_ONLY if longest > limit else Victims.IDLE
