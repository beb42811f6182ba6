"""The last rule: how many tasks each replica should take at once, where the pool lets the operator choose.

More, when every replica that may be there is there, tasks start too late all the same, no slot is free, and the hosts
have room. Fewer, when the hosts are saturated or a container ran out of memory. A change restarts every pod: it waits
for a moment that restarts them anyway, unless that pays off, and nothing is changed again soon after.
"""

from dataclasses import dataclass, replace
from math import ceil, floor, inf

from typing_extensions import override

from controller.api.text import listed
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.slot_shortage import SATURATED, Hosts, LateQueue, hosts_of, late_queues
from controller.scaling.slots import TunedSlots, Variable, fixed_slots, tuned_variables
from controller.scaling.text import after_colon, are, brief, counted, per_second, percent

COOL_DOWN_SECONDS = 600.0
"""No change follows another one sooner: by then pods are replaced, reports (up to 130 s old) and rates (means of 30 s)
are those of the new ones, and the backlog of the restart is worked off."""

EVIDENCE_SECONDS = 60.0
"""For so long must all speak for a change, at every poll: as long as the interval of the workers' reports, so that it
is more than one report, and never the first."""

MAX_TEXT_BYTES = 900
"""UTF-8 bytes of what a step says of all its variables."""

UNTIL_FREE = "applied when replicas are 0 or a rollout runs; `kubectl rollout restart` applies it now."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of one variable."""

    reason: StepReason
    message: str
    memory: TunedSlots
    restarts: bool = False
    replaces: int | None = None
    """What the variable should be for now in place of what was chosen."""

    @property
    def slots(self) -> int | None:
        """What the variable should be; `None`: whatever it is."""
        return self.memory.chosen if self.replaces is None else self.replaces


def tuning(situation: Situation, proposal: Proposal) -> Proposal:
    """Says what each slot variable should be, and whether a restart of the pods pays off for it."""
    slots = fixed_slots(situation.spec)
    verdicts = {
        variable.name: _judge(situation, proposal, variable)
        for variable in tuned_variables(situation.spec, situation.observation)
    }
    for reason in dict.fromkeys(verdict.reason for verdict in verdicts.values()):
        those = {name: verdict for name, verdict in verdicts.items() if verdict.reason == reason}
        texts = [f"{brief(name)}: {after_colon(verdict.message)}" for name, verdict in those.items()]
        proposal = proposal.step(Rule.SLOTS, reason, listed(texts, separator=" ", max_bytes=MAX_TEXT_BYTES))
    return replace(
        proposal,
        slots=slots | {name: verdict.slots for name, verdict in verdicts.items() if verdict.slots is not None},
        restarts=any(verdict.restarts for verdict in verdicts.values()),
        memory=replace(proposal.memory, slots={name: verdict.memory for name, verdict in verdicts.items()}),
    )


def _judge(situation: Situation, proposal: Proposal, variable: Variable) -> Verdict:
    now, observation = situation.now, situation.observation
    memory = situation.memory.slots.get(variable.name, TunedSlots()).observe(variable.value, now)
    memory = replace(memory, chosen=_standing_choice(observation, variable, memory))
    in_force = variable.in_force
    paused = proposal.suspended or _why_paused(observation, variable)
    if in_force is None or paused:
        return _held(variable, memory, paused or "how many slots a replica has is not known until a worker reports it")
    out_of_memory = _ran_out_of_memory(observation, memory, now)
    if out_of_memory:
        memory = memory.out_of_memory(in_force, now)
    hosts = hosts_of(observation.ready_pods)
    change = fewer(variable, hosts, in_force, out_of_memory=out_of_memory)
    late = () if change else late_queues(situation, proposal, variable.queues)
    useless = why_not_more(late, hosts, memory, in_force) if late else None
    if late and not useless:
        change = more(hosts, late, in_force, memory.highest(variable.range.max_slots, now))
    memory = memory.note(now, more=bool(change and change.late), fewer=bool(change and not change.late))
    if change is None:
        message = f"More slots would not help: {useless}. {late[0]}." if useless else None
        return _settled(variable, memory, in_force, message)
    # What is in force may lie so far outside of the range that one step does not lead into it.
    return _weigh(situation, memory, replace(change, slots=variable.within_range(change.slots)), in_force)


def _standing_choice(observation: Observation, variable: Variable, memory: TunedSlots) -> int | None:
    """What was chosen before, or is to begin with; `None` while what is there may stay, whichever writer it is of."""
    choice = memory.chosen
    if choice is None and variable.name in observation.slot_variables.owned:
        choice = variable.value
    if choice is None:
        choice = variable.start
    if choice is None and variable.value is not None and variable.within_range(variable.value) != variable.value:
        choice = variable.value
    return None if choice is None else variable.within_range(choice)


def _why_paused(observation: Observation, variable: Variable) -> str | None:
    """Why slots can't be tuned for now."""
    seen = observation.slot_variables
    if variable.name in seen.refused:
        return seen.refused[variable.name]
    if not seen.rolling_out and (queue := variable.ignored_by):
        return (
            f"workers report {queue.slots_per_replica} slots for {brief(queue.name)}, not {variable.value}. Let their "
            "image read the variable, or remove tuning"
        )
    if seen.unsafe:
        return f"a restart may cost work (condition TargetSafe): {seen.unsafe}"
    return None


def _held(variable: Variable, memory: TunedSlots, why: str) -> Verdict:
    """Slots stay as they are: what was chosen and not written yet waits, in free moments too."""
    message = f"Slot tuning is paused: {why.rstrip('.')}."
    memory = memory.note(0.0, more=False, fewer=False)
    stays = variable.value if memory.chosen is not None and variable.value is not None else memory.chosen
    allowed = None if stays is None else variable.within_range(stays)
    return Verdict(StepReason.SLOTS_HELD, message, memory, replaces=allowed)


def _ran_out_of_memory(observation: Observation, memory: TunedSlots, now: float) -> bool:
    """Whether a container lately did so with the slots that are in force."""
    if observation.slot_variables.rolling_out:
        return False
    since = max(memory.changed_at or 0.0, now - COOL_DOWN_SECONDS)
    return any(pod.oom_killed_at is not None and pod.oom_killed_at > since for pod in observation.pods)


def _settled(variable: Variable, memory: TunedSlots, in_force: int, why_not_more: str | None) -> Verdict:
    """Nothing speaks for a change; one that was chosen earlier may still wait."""
    if memory.chosen is not None and memory.chosen != variable.value:
        message = f"{are(memory.chosen, 'slot')} recommended, {in_force} in use: {UNTIL_FREE}"
        return Verdict(StepReason.SLOTS_WAITING, message, memory)
    if why_not_more:
        return Verdict(StepReason.SLOTS_NOT_THE_LIMIT, why_not_more, memory)
    low, high = variable.range.min_slots, variable.range.max_slots
    message = f"No change recommended: {counted(in_force, 'slot')} (tuning allows {low} to {high})."
    return Verdict(StepReason.SLOTS_FIT, message, memory)


def _weigh(situation: Situation, memory: TunedSlots, change: "SlotChange", in_force: int) -> Verdict:
    """Whether the time has come for a change."""
    now = situation.now
    if not change.differs(in_force):
        most, fewest = "the most that tuning.maxSlots or the memory allows", "the fewest that tuning.minSlots allows"
        message = f"{counted(in_force, 'slot')} kept, {most if change.late else fewest}: {change.why}."
        return Verdict(StepReason.SLOTS_AT_BOUND, message, memory)
    direction = "More" if change.late else "Fewer"
    recommended = f"{direction} slots recommended ({in_force} → {change.slots}): {change.why}"
    since = memory.more_since if change.late else memory.fewer_since
    if memory.changed_at is not None and now - memory.changed_at < COOL_DOWN_SECONDS:
        left = COOL_DOWN_SECONDS - (now - memory.changed_at)
        message = f"{recommended}. No change follows within {COOL_DOWN_SECONDS:.0f} s of the last: {left:.0f} s to go."
        return Verdict(StepReason.SLOTS_COOLING_DOWN, message, memory)
    if since is None or now - since < EVIDENCE_SECONDS:
        message = f"{recommended}. This must last for {EVIDENCE_SECONDS:.0f} s before a change."
        return Verdict(StepReason.SLOTS_WATCHED, message, memory)
    memory = replace(
        memory,
        chosen=change.slots,
        raised_from=in_force if change.late else None,
        rate_before=rate_per_replica(change.late),
    )
    return _decided(situation, memory, change, in_force, recommended)


def _decided(
    situation: Situation, memory: TunedSlots, change: "SlotChange", in_force: int, recommended: str
) -> Verdict:
    """A change is chosen: now, if that restarts no pod or pays off."""
    reason = StepReason.SLOTS_RAISED if change.late else StepReason.SLOTS_LOWERED
    if situation.observation.slot_variables.is_free_moment:
        return Verdict(reason, f"{recommended}. Applied now: no running pod is restarted for it.", memory)
    if change.urgent:
        message = f"{recommended}. Pods are restarted for it: so they finish their tasks, which a killed one does not."
        return Verdict(reason, message, memory, restarts=True)
    start_up = situation.memory.start_up.cost_seconds
    payoffs = [payoff(queue, in_force, change.slots, start_up) for queue in change.late]
    if best := next((each for each in payoffs if each.pays_off), None):
        return Verdict(reason, f"{recommended}. Pods are restarted for it: {best}.", memory, restarts=True)
    figures = f" ({payoffs[0]})" if payoffs else ""
    message = f"{recommended}. No pod is restarted for it{figures}: {UNTIL_FREE}"
    return Verdict(StepReason.SLOTS_WAITING, message, memory)


LARGEST_STEP = 1.5
"""The largest factor of one change: with it, hosts that were underused do not become saturated."""

HELP_SHARE = 0.5
"""Share of a raise by which a replica must have got faster for the raise to count as a help."""


@dataclass(frozen=True, slots=True)
class SlotChange:
    """Other slots that are recommended, and why."""

    slots: int
    why: str
    late: tuple[LateQueue, ...] = ()
    """The tasks that more slots are to help; empty for fewer."""
    urgent: bool = False
    """Whether waiting costs work: a container that runs out of memory takes its running tasks with it, while a pod that
    is asked to stop finishes them."""

    def differs(self, in_force: int) -> bool:
        """Whether it is a change in the direction that it means."""
        return self.slots > in_force if self.late else self.slots < in_force


def fewer(variable: Variable, hosts: Hosts, in_force: int, *, out_of_memory: bool) -> SlotChange | None:
    """Fewer slots, where the hosts have too little room for the tasks that they run."""
    if not out_of_memory and not hosts.saturated:
        return None
    why = f"{hosts} (limit {percent(SATURATED)})"
    if out_of_memory:
        why = f"a container ran out of memory with {counted(in_force, 'slot')}"
    step = max(1, min(in_force - 1, ceil(in_force / LARGEST_STEP)))
    return SlotChange(max(step, variable.range.min_slots), why, urgent=out_of_memory)


def more(hosts: Hosts, late: tuple[LateQueue, ...], in_force: int, bound: int) -> SlotChange:
    """More slots, for tasks that start too late on hosts that have room.

    Args:
        hosts: They limit the step: what they use is taken to grow with the slots.
        late: At least one kind of tasks.
        in_force: Slots as they are.
        bound: The most slots to choose.
    """
    step = max(in_force + 1, floor(in_force * min(LARGEST_STEP, hosts.room)))
    return SlotChange(min(step, bound), f"{late[0]}; {hosts}", late)


def why_not_more(late: tuple[LateQueue, ...], hosts: Hosts, memory: TunedSlots, in_force: int) -> str | None:
    """Why more slots would not help tasks that start too late; `None` if they may."""
    if all(queue.elsewhere for queue in late):
        return "something else than slots is the bottleneck (see the step Bottleneck)"
    if not any(queue.full and not queue.elsewhere for queue in late):
        return f"{late[0].slots_used} of {counted(late[0].slots, 'reported slot')} are in use"
    if not hosts.known:
        return f"{hosts} (worker heartbeats of Temporal 1.30 do, or the API metrics.k8s.io)"
    if not hosts.underused:
        return f"{hosts}, which leaves no room for more tasks"
    before, rate = memory.raised_from, rate_per_replica(late)
    if before and in_force > before and rate < memory.rate_before * (1 + HELP_SHARE * (in_force / before - 1)):
        figures = f"a replica took {per_second(memory.rate_before)} then and {per_second(rate)} now"
        return f"the raise from {before} to {in_force} slots did not ({figures}); check what the tasks call"
    return None


def rate_per_replica(late: tuple[LateQueue, ...]) -> float:
    """Tasks per second that one replica is given, all kinds together."""
    return sum(queue.rate_per_replica for queue in late)


HORIZON_SECONDS = 600.0
"""How far ahead the payoff is computed: until the slots may be changed again."""


@dataclass(frozen=True, slots=True)
class Payoff:
    """The tasks that would get done within the horizon, of one kind."""

    without: float
    """With the slots as they are."""
    with_change: float
    """With more slots, restarts included."""

    @property
    def pays_off(self) -> bool:
        """Whether more would get done with it."""
        return self.with_change > self.without

    @override
    def __str__(self) -> str:
        """For a sentence."""
        figures = f"{counted(round(self.with_change), 'task')} instead of {self.without:.0f}"
        return f"{figures} would get done within {HORIZON_SECONDS / 60:.0f} min, starts and drains included"


def payoff(late: LateQueue, slots: int, recommended: int, start_up_seconds: float) -> Payoff:
    """What would get done with and without the change, in tasks.

    With N replicas, S slots each, all in use, R tasks are dispatched per second, so a task runs for T = N S / R
    (Little's law). In H seconds

        without = min(R H, W)      with = min(R S' / S max(0, H - L - T), W)      W = B + A H

    since what waits (B) and what comes (A per second) is all there is to do. A restarted pod loses what a start takes
    (L), and a drain (T), in which it takes no new tasks; a rolling update overlaps the two, so this is the cautious
    side. For a backlog that the slots as they are work off within H no restart pays off, nor for tasks so long that
    draining them takes the horizon.

    Args:
        late: The tasks that start too late.
        slots: S.
        recommended: S'.
        start_up_seconds: L.
    """
    seconds = late.service_seconds
    lost = inf if seconds is None else start_up_seconds + seconds
    work = late.backlog + late.add_rate_per_second * HORIZON_SECONDS
    rate = late.dispatch_rate_per_second
    without = min(rate * HORIZON_SECONDS, work)
    return Payoff(without, min(rate * recommended / slots * max(0.0, HORIZON_SECONDS - lost), work))
