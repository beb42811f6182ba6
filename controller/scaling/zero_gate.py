"""Rule 5: from zero at once, to zero only with named evidence.

Zero is reached when, for `scaleToZero.idleSeconds`, nothing waited, nothing was dispatched, and nothing ran in slots of
any type (local activities included), by reports that are newer than the last sign of work. Unknown is never idle.
"""

from dataclasses import replace

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown, used
from controller.scaling.reasons import Reason, Rule
from controller.scaling.without_in_flight import never_reported
from controller.scaling.words import are, does


def zero_gate(situation: Situation, proposal: Proposal) -> Proposal:
    """Lets the number be zero only after proven idleness."""
    sign = sign_of_work(situation.observation, blindly=situation.spec.scale_to_zero.without_in_flight_evidence)
    if sign or situation.memory.busy_at is None:
        proposal = replace(proposal, memory=proposal.memory.busy(situation.now))
    if situation.observation.replicas == 0:
        return _from_zero(situation, proposal)
    if proposal.replicas > 0 or situation.min_replicas > 0:
        return proposal
    if sign:
        return proposal.step(Rule.ZERO_GATE, Reason.NO_IDLE_EVIDENCE, f"One replica stays: {sign}.", 1)
    return _to_zero(situation, proposal)


def _from_zero(situation: Situation, proposal: Proposal) -> Proposal:
    if proposal.replicas == 0 and (waiting := _waits_for_unknown_slots(situation)):
        message = f"Tasks wait in {waiting}, and it is not known how many one replica takes at once: one will tell."
        return proposal.step(Rule.ZERO_GATE, Reason.WOKEN, message, 1)
    if proposal.replicas == 0:
        return proposal.step(Rule.ZERO_GATE, Reason.ASLEEP, "There are no replicas, and no task is known to wait.")
    return proposal.step(Rule.ZERO_GATE, Reason.WOKEN, f"Tasks wait and there are no replicas: {proposal.replicas}.")


def _waits_for_unknown_slots(situation: Situation) -> str | None:
    """A queue whose waiting tasks the deadline law can't reckon with, for want of the slots of a replica."""
    if situation.spec.objective.schedule_to_start_seconds is None:
        return None
    for queue in situation.observation.task_queues:
        waits = not isinstance(queue.statistics, Unknown) and queue.statistics.backlog > 0
        if waits and isinstance(queue.slots_per_replica, Unknown):
            return queue.name
    return None


def _to_zero(situation: Situation, proposal: Proposal) -> Proposal:
    busy_at = proposal.memory.busy_at or situation.now
    if stale := _reports_before(situation.observation, busy_at):
        message = f"One replica stays: {stale} reported last before the last sign of work."
        return proposal.step(Rule.ZERO_GATE, Reason.NOT_IDLE_LONG_ENOUGH, message, 1)
    idle_seconds = situation.spec.scale_to_zero.idle_seconds
    quiet_seconds = situation.now - busy_at
    figures = f"nothing waited, ran or was dispatched for {quiet_seconds:.0f} of {idle_seconds} s"
    if quiet_seconds < idle_seconds:
        return proposal.step(Rule.ZERO_GATE, Reason.NOT_IDLE_LONG_ENOUGH, f"One replica stays: {figures}.", 1)
    return proposal.step(Rule.ZERO_GATE, Reason.IDLE, f"Zero replicas: {figures}.")


def sign_of_work(observation: Observation, *, blindly: bool) -> str | None:
    """What keeps the pool from being provably idle, in words; `None` when nothing does.

    Args:
        observation: What was seen.
        blindly: Whether a pool may count as idle although no source ever said what its workers run.
    """
    signs = (_sign_in_queue(queue) for queue in observation.task_queues)
    return next((sign for sign in signs if sign), None) or _sign_in_pods(observation, blindly=blindly)


def _sign_in_queue(queue: TaskQueueObservation) -> str | None:
    if isinstance(queue.statistics, Unknown):
        return f"{queue.name} could not be read"
    if queue.statistics.backlog > 0 and queue.statistics.backlog_age_seconds > 0:
        return f"{does(queue.statistics.backlog, 'task', 'wait')} in {queue.name}"
    if queue.statistics.dispatch_rate_per_second > 0:
        return f"tasks of {queue.name} were dispatched within the last 30 s"
    return None


def _sign_in_pods(observation: Observation, *, blindly: bool) -> str | None:
    if not observation.pods:
        return None
    if blindly and never_reported(observation):
        return None
    if isinstance(observation.in_flight, Unknown):
        return "it is not known what the workers run"
    if running := used(report for pod in observation.pods for report in pod.slots):
        return f"{are(running, 'slot')} in use"
    if observation.silent_pods:
        return f"pod {observation.silent_pods[0].name} has not reported its slots"
    return None


def _reports_before(observation: Observation, time: float) -> str | None:
    """A pod whose last report of some slots is older than a time, ready or not."""
    for pod in observation.staying_pods:
        if pod.reported_at is not None and pod.reported_at < time:
            return f"pod {pod.name}"
    return None
