"""The number lies between `minReplicas`, or that of a schedule, and `maxReplicas`, whatever was read or not."""

from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are, counted


def bounds(situation: Situation, proposal: Proposal) -> Proposal:
    """Brings the number within the bounds of the spec and its schedules."""
    for problem in situation.scheduled.problems:
        proposal = proposal.step(Rule.BOUNDS, StepReason.INVALID_SCHEDULE, f"{problem[0].upper()}{problem[1:]}.")
    low, high, wanted = situation.min_replicas, situation.spec.max_replicas, proposal.replicas
    if wanted < low > situation.spec.min_replicas:
        message = f'{are(wanted, "replica")} wanted; minReplicas of the schedule "{situation.scheduled.cron}" is {low}.'
        return proposal.step(Rule.BOUNDS, StepReason.SCHEDULED, message, low)
    if wanted < low:
        message = f"{are(wanted, 'replica')} wanted; minReplicas is {low}."
        return proposal.step(Rule.BOUNDS, StepReason.TOO_FEW_REPLICAS, message, low)
    if wanted > high:
        message = (
            f"{are(wanted, 'replica')} wanted; maxReplicas is {high}: raise it if the cluster and Temporal can bear it."
        )
        return proposal.step(Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS, message, high)
    return proposal.step(
        Rule.BOUNDS, StepReason.DESIRED_WITHIN_RANGE, f"{wanted} is within {low} to {counted(high, 'replica')}."
    )
