"""From zero at once, to zero only with named evidence.

Zero is reached when, for `scaleToZero.idleSeconds`, nothing waited, nothing was dispatched, and nothing ran in slots of
any type (local activities included). Each reading counts for the time that it is of, not for the time of the poll:

* Slots in use count up to the report that still has some. Only reports within the no-dispatch window say that nothing
  runs now: what is dispatched after a report is not in it.
* A dispatch counts up to the time that the server's rates leave open (`no_dispatch`), so that idleness begins with
  the last dispatch, and not when it has left the mean of 30 s.
* Unknown is never idle.

What is dispatched within the age of the server's cache (5 s) before an order of zero can't be seen by anybody, and one
more poll would leave the same gap before itself: its worker finishes it within the grace period, or it waits and wakes
the pool.
"""

from dataclasses import replace

from controller.scaling.decision import Proposal, Situation
from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, PodObservation, TaskQueueObservation, Unknown, used
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.server_times import CLOCK_SECONDS
from controller.scaling.text import are, brief, does


def zero_gate(situation: Situation, proposal: Proposal) -> Proposal:
    """Lets the number be zero only after proven idleness."""
    no_dispatch = NoDispatchWindow.after(situation.memory.no_dispatch, situation.observation, situation.now)
    blindly = situation.spec.scale_to_zero.without_in_flight_evidence and situation.observation.never_reported
    signs = Signs(situation.observation, no_dispatch, blindly=blindly)
    proposal = replace(proposal, memory=_remember(situation, proposal.memory, signs))
    if situation.observation.replicas == 0:
        return _from_zero(situation, proposal)
    if proposal.replicas > 0 or situation.min_replicas > 0:
        return proposal
    if sign := signs.of_work_now or signs.of_work_lately:
        return proposal.step(Rule.ZERO_GATE, StepReason.NO_IDLE_EVIDENCE, f"1 replica stays: {sign}.", 1)
    return _to_zero(situation, proposal, signs)


def _remember(situation: Situation, memory: Memory, signs: "Signs") -> Memory:
    """Notes when there was work, or when it was not known."""
    memory = replace(memory, no_dispatch=signs.no_dispatch)
    if memory.busy_at is None or signs.of_work_now:
        return memory.busy(situation.now)
    ran_at = [r.reported_at for pod in situation.observation.pods for r in pod.slots if r.slots_used]
    return memory.busy(min(max(ran_at), situation.now)) if ran_at else memory


def _from_zero(situation: Situation, proposal: Proposal) -> Proposal:
    if proposal.replicas == 0 and (waiting := _waits_for_unknown_slots(situation)):
        message = f"Tasks wait in {waiting}: 1 replica is started to learn how many slots it has."
        return proposal.step(Rule.ZERO_GATE, StepReason.WOKEN, message, 1)
    if proposal.replicas == 0:
        return proposal.step(Rule.ZERO_GATE, StepReason.ASLEEP, "No replica runs, and no task is known to wait.")
    tasks = _waiting_tasks(situation.observation)
    why = does(tasks, "task", "wait") if tasks else f"{are(proposal.replicas, 'replica')} recommended"
    return proposal.step(Rule.ZERO_GATE, StepReason.WOKEN, f"{why} and no replica runs.")


def _waiting_tasks(observation: Observation) -> int:
    """Tasks that wait in all the queues that could be read."""
    read = (queue.statistics for queue in observation.task_queues if not isinstance(queue.statistics, Unknown))
    return sum(statistics.backlog for statistics in read)


def _waits_for_unknown_slots(situation: Situation) -> str | None:
    """A queue whose waiting tasks the deadline policy can't plan for, for want of the slots of a replica."""
    if situation.spec.objective.schedule_to_start_seconds is None:
        return None
    for queue in situation.observation.task_queues:
        waits = not isinstance(queue.statistics, Unknown) and queue.statistics.backlog > 0
        if waits and isinstance(queue.slots_per_replica, Unknown):
            return brief(queue.name)
    return None


def _to_zero(situation: Situation, proposal: Proposal, signs: "Signs") -> Proposal:
    idle_since = proposal.memory.idle_since
    idle_seconds = situation.now - (situation.now if idle_since is None else idle_since)
    figures = f"idle for {idle_seconds:.0f} s (idleSeconds {situation.spec.scale_to_zero.idle_seconds})"
    if stale := signs.stale_reports(situation.now):
        message = f"1 replica stays: {figures}, but {stale} has not reported since."
        return proposal.step(Rule.ZERO_GATE, StepReason.NOT_IDLE_LONG_ENOUGH, message, 1)
    if idle_seconds < situation.spec.scale_to_zero.idle_seconds:
        return proposal.step(Rule.ZERO_GATE, StepReason.NOT_IDLE_LONG_ENOUGH, f"1 replica stays: {figures}.", 1)
    message = f"{figures[0].upper()}{figures[1:]}: no backlog, no slot in use, no dispatch."
    return proposal.step(Rule.ZERO_GATE, StepReason.IDLE, message)


class Signs:
    """What keeps a pool from being provably idle, in words; `None` where nothing does."""

    def __init__(self, observation: Observation, no_dispatch: NoDispatchWindow, *, blindly: bool) -> None:
        """Judges what was seen.

        Args:
            observation: It.
            no_dispatch: Since when nothing was handed to a worker.
            blindly: Whether the pool may count as idle although no source ever said what its workers run.
        """
        self.no_dispatch = no_dispatch
        self._observation = observation
        self._blindly = blindly

    @property
    def of_work_now(self) -> str | None:
        """That tasks wait, or that it is not known whether tasks wait or run."""
        signs = (_waits(queue) for queue in self._observation.task_queues)
        return next((sign for sign in signs if sign), None) or self._unknown_in_pods

    @property
    def of_work_lately(self) -> str | None:
        """That tasks ran when a pod last reported, or came within the time of a rate."""
        if running := used(report for pod in self._observation.pods for report in pod.slots):
            return f"{are(running, 'slot')} in use"
        signs = (_came_lately(queue) for queue in self._observation.task_queues)
        return next((sign for sign in signs if sign), None)

    @property
    def _unknown_in_pods(self) -> str | None:
        if not self._observation.pods or self._blindly:
            return None
        if isinstance(self._observation.in_flight, Unknown):
            return "slot usage is unknown"
        unreported = [pod for pod in self._observation.pods_without_reports if not self._never_got_a_task(pod)]
        return f"pod {unreported[0].name} has not reported its slots" if unreported else None

    def _never_got_a_task(self, pod: PodObservation) -> bool:
        """Whether nothing was dispatched since a pod may have taken its first tasks, so that no report means none.

        A worker that ends again and again before it reports must not keep the pool from zero.
        """
        return pod.never_worked and self.no_dispatch.since <= pod.tasks_since

    def stale_reports(self, now: float) -> str | None:
        """A pod whose last report of some slots is from before the no-dispatch window, or from the future."""
        for pod in self._observation.staying_pods:
            if any(not self.no_dispatch.since <= report.reported_at <= now + CLOCK_SECONDS for report in pod.slots):
                return f"pod {pod.name}"
        return None


def _waits(queue: TaskQueueObservation) -> str | None:
    if isinstance(queue.statistics, Unknown):
        return f"{brief(queue.name)} could not be read"
    if queue.statistics.backlog > 0 and queue.statistics.backlog_age_seconds > 0:
        return f"{does(queue.statistics.backlog, 'task', 'wait')} in {brief(queue.name)}"
    return None


def _came_lately(queue: TaskQueueObservation) -> str | None:
    if isinstance(queue.statistics, Unknown):
        return None
    if queue.statistics.dispatch_rate_per_second > 0:
        return f"tasks of {brief(queue.name)} were dispatched within the last 30 s"
    if queue.statistics.add_rate_per_second > 0:
        return f"tasks of {brief(queue.name)} were added within the last 30 s"
    return None
