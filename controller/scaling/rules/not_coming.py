"""Pods that don't come: more of them would not come either, so no more are piled up.

It only stops growth, and only at the replicas that are there: pods that are not coming never hold up a scale-down, and
the first one to become ready sets growth free.
"""

from controller.scaling.capacity import Capacity
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import are

NAMED_PODS = 3
"""Pods that a message names."""


def not_coming(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds growth while more replicas would not come."""
    capacity, current = situation.capacity, situation.observation.replicas
    if not capacity.stops_growth or proposal.replicas <= current:
        return proposal
    reason, why = obstacles(capacity, situation.now)
    message = f"{are(proposal.replicas, 'replica')} wanted, but no order goes beyond {current}: {why}"
    return proposal.step(Rule.CAPACITY, reason, message, current)


def obstacles(capacity: Capacity, now: float) -> tuple[StepReason, str]:
    """What keeps pods from coming: the kind, and which pods with what Kubernetes says of the first."""
    if capacity.creation_failure:
        return StepReason.FAILED_CREATE, f"pods can't be created: {capacity.creation_failure.rstrip('.')}."
    hindered = capacity.blocked or capacity.not_coming
    first = hindered[0]
    names = ", ".join(each.pod.name for each in hindered[:NAMED_PODS]) + (", …" if hindered[NAMED_PODS:] else "")
    reason = StepReason.UNSCHEDULABLE if first.is_unschedulable else StepReason.CONTAINERS_NOT_STARTING
    since = f" for {first.seconds(now):.0f} s" if first.is_unschedulable else ""
    what = f"{first.obstacle.reason}{since}: {first.obstacle.message.rstrip('.')}"
    return reason, f"{are(len(hindered), 'pod')} not coming ({names}), {what}."
