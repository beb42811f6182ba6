"""When to poll again: as often as the objective needs, and as often as the server's cache while a read can change it.

A pool with `scheduleToStartSeconds` at rest is polled so often that tasks which arrive meanwhile can still be served in
time; `pollingIntervalSeconds` is the upper end.
"""

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Unknown
from controller.scaling.server_times import FASTEST_POLL_SECONDS


def next_poll_seconds(situation: Situation, proposal: Proposal) -> float:
    """Seconds until the next poll may change the number.

    Args:
        situation: What was seen.
        proposal: What was decided.
    """
    at_rest = _at_rest_seconds(float(situation.spec.polling_interval_seconds), situation, proposal)
    if not _grows(situation, proposal) and proposal.next_poll_seconds is not None:
        return min(proposal.next_poll_seconds, at_rest)
    if _grows(situation, proposal) or _shrinks(situation, proposal):
        return min(FASTEST_POLL_SECONDS, at_rest)
    if (
        proposal.replicas == 1
        and proposal.needed == 0
        and situation.min_replicas == 0
        and proposal.memory.busy_at is not None
    ):
        idle_at = proposal.memory.busy_at + situation.spec.scale_to_zero.idle_seconds
        return min(at_rest, max(FASTEST_POLL_SECONDS, idle_at - situation.now))
    return at_rest


def _at_rest_seconds(polling_seconds: float, situation: Situation, proposal: Proposal) -> float:
    if proposal.need is None or situation.spec.objective.schedule_to_start_seconds is None:
        return polling_seconds
    return min(polling_seconds, proposal.need.idle_poll_seconds)


def _grows(situation: Situation, proposal: Proposal) -> bool:
    """Whether replicas were just requested, or those that are may not be enough; blocked pods may stay so for days."""
    if proposal.replicas > situation.observation.replicas:
        return True
    if situation.capacity.stops_growth:
        return False
    falls_behind = proposal.need is not None and proposal.need.stands
    if falls_behind and situation.spec.objective.schedule_to_start_seconds is not None:
        return proposal.replicas < situation.spec.max_replicas or _starts(situation)
    return _waits(situation) and _starts(situation)


def _starts(situation: Situation) -> bool:
    return len(situation.observation.ready_pods) < situation.observation.replicas


def _shrinks(situation: Situation, proposal: Proposal) -> bool:
    """Whether replicas are kept that are not needed: which pods are idle is known for seconds only."""
    least = max(proposal.needed, situation.min_replicas, 1)
    return proposal.memory.awaiting_costs_since is not None or least < proposal.replicas <= situation.spec.max_replicas


def _waits(situation: Situation) -> bool:
    queues = situation.observation.task_queues
    read = (queue.statistics for queue in queues if not isinstance(queue.statistics, Unknown))
    return any(statistics.backlog > 0 and statistics.backlog_age_seconds > 0 for statistics in read)
