"""The last rule: how many tasks each replica should take at once, where the pool lets the operator choose.

More, when every replica that may be there is there, tasks start too late all the same, no slot is free, and the hosts
have room. Fewer, when the hosts are saturated or a container ran out of memory. A change restarts every pod: it waits
for a moment that restarts them anyway, unless it is worth it, and nothing is changed again soon after.
"""

from dataclasses import dataclass, replace
from math import ceil, floor, inf

from typing_extensions import override

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.slot_shortage import Hosts, Late, hosts_of, late_queues
from controller.scaling.slots import TunedSlots, Variable, fixed_slots, tuned_variables
from controller.scaling.text import are, counted

COOL_DOWN_SECONDS = 600.0
"""No change follows another one sooner: by then pods are replaced, reports (up to 130 s old) and rates (means of 30 s)
are those of the new ones, and the backlog of the restart is worked off."""

EVIDENCE_SECONDS = 60.0
"""For so long must all speak for a change, at every look: as long as the interval of the workers' reports, so that it
is more than one report, and never the first sight."""

UNTIL_FREE = "written when replicas are 0 or a rollout runs; `kubectl rollout restart` brings it about now."


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
    """Says what each slot variable should be, and whether that is worth a restart of the pods."""
    slots = fixed_slots(situation.spec)
    verdicts = {
        variable.name: _judge(situation, proposal, variable)
        for variable in tuned_variables(situation.spec, situation.observation)
    }
    for reason in dict.fromkeys(verdict.reason for verdict in verdicts.values()):
        told = (f"{name}: {verdict.message}" for name, verdict in verdicts.items() if verdict.reason == reason)
        proposal = proposal.step(Rule.SLOTS, reason, " ".join(told))
    return replace(
        proposal,
        slots=slots | {name: verdict.slots for name, verdict in verdicts.items() if verdict.slots is not None},
        restarts=any(verdict.restarts for verdict in verdicts.values()),
        memory=replace(proposal.memory, slots={name: verdict.memory for name, verdict in verdicts.items()}),
    )


def _judge(situation: Situation, proposal: Proposal, variable: Variable) -> Verdict:
    now, observation = situation.now, situation.observation
    memory = situation.memory.slots.get(variable.name, TunedSlots()).seen(variable.value, now)
    memory = replace(memory, chosen=_standing_choice(observation, variable, memory))
    in_force = variable.in_force
    obstacle = proposal.suspended or _obstacle(observation, variable)
    if in_force is None or obstacle:
        return _held(variable, memory, obstacle or "how many slots a replica has is not known until a worker says it")
    out_of_memory = _ran_out_of_memory(observation, memory, now)
    if out_of_memory:
        memory = memory.out_of_memory(in_force, now)
    hosts = hosts_of(observation.ready_pods)
    wish = fewer(variable, hosts, in_force, out_of_memory=out_of_memory)
    late = () if wish else late_queues(situation, proposal, variable.queues)
    useless = why_not_more(late, hosts, memory, in_force) if late else None
    if late and not useless:
        wish = more(hosts, late, in_force, memory.highest(variable.range.max_slots, now))
    memory = memory.asked(now, more=bool(wish and wish.late), fewer=bool(wish and not wish.late))
    if wish is None:
        words = f"{late[0]}, but {useless}." if useless else None
        return _settled(variable, memory, in_force, words)
    # What is in force may lie so far outside of the range that one step does not lead into it.
    return _weigh(situation, memory, replace(wish, slots=variable.within_range(wish.slots)), in_force)


def _standing_choice(observation: Observation, variable: Variable, memory: TunedSlots) -> int | None:
    """What was chosen before, or is to begin with; `None` while what is there may stay, whoever has written it."""
    choice = memory.chosen
    if choice is None and variable.name in observation.slot_variables.owned:
        choice = variable.value
    if choice is None:
        choice = variable.start
    if choice is None and variable.value is not None and variable.within_range(variable.value) != variable.value:
        choice = variable.value
    return None if choice is None else variable.within_range(choice)


def _obstacle(observation: Observation, variable: Variable) -> str | None:
    """Why slots can't be tuned for now."""
    seen = observation.slot_variables
    if variable.name in seen.refused:
        return seen.refused[variable.name]
    if not seen.rolling_out and (queue := variable.ignored_by):
        return (
            f"the workers report {queue.slots_per_replica} as slots for {queue.name}, not {variable.value}: the image "
            "does not read the variable. Let it read it, or remove tuning"
        )
    if seen.unsafe:
        return f"a restart may cost work, as TargetSafe says: {seen.unsafe}"
    return None


def _held(variable: Variable, memory: TunedSlots, why: str) -> Verdict:
    """Slots stay as they are: what was chosen and not written yet waits, in free moments too."""
    message = f"not tuned for now, because {why.rstrip('.')}."
    memory = memory.asked(0.0, more=False, fewer=False)
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
        message = f"{are(memory.chosen, 'slot')} chosen, and {in_force} in force: {UNTIL_FREE}"
        return Verdict(StepReason.SLOTS_WAITING, message, memory)
    if why_not_more:
        return Verdict(StepReason.SLOTS_NOT_THE_LIMIT, why_not_more, memory)
    low, high = variable.range.min_slots, variable.range.max_slots
    return Verdict(StepReason.SLOTS_FIT, f"{counted(in_force, 'slot')}, of {low} to {high}.", memory)


def _weigh(situation: Situation, memory: TunedSlots, wish: "Wish", in_force: int) -> Verdict:
    """Whether the time has come for a change."""
    now = situation.now
    if not wish.differs(in_force):
        bound = "as many as tuning.maxSlots or the memory allows" if wish.late else "as few as tuning.minSlots allows"
        return Verdict(StepReason.SLOTS_AT_BOUND, f"{wish.why}, but {are(in_force, 'slot')} {bound}.", memory)
    change = f"{wish.why}: {in_force} → {counted(wish.slots, 'slot')}"
    since = memory.more_since if wish.late else memory.fewer_since
    if memory.changed_at is not None and now - memory.changed_at < COOL_DOWN_SECONDS:
        left = COOL_DOWN_SECONDS - (now - memory.changed_at)
        return Verdict(StepReason.SLOTS_COOLING_DOWN, f"{change} in {left:.0f} s at the earliest.", memory)
    if since is None or now - since < EVIDENCE_SECONDS:
        message = f"{change}, if this lasts for {EVIDENCE_SECONDS:.0f} s."
        return Verdict(StepReason.SLOTS_WATCHED, message, memory)
    memory = replace(
        memory,
        chosen=wish.slots,
        raised_from=in_force if wish.late else None,
        rate_before=rate_per_replica(wish.late),
    )
    return _decided(situation, memory, wish, in_force, change)


def _decided(situation: Situation, memory: TunedSlots, wish: "Wish", in_force: int, change: str) -> Verdict:
    """A change is chosen: now, if that restarts nobody or is worth it."""
    reason = StepReason.SLOTS_RAISED if wish.late else StepReason.SLOTS_LOWERED
    if situation.observation.slot_variables.is_free_moment:
        return Verdict(reason, f"{change}, written now, since it restarts no running pod.", memory)
    if wish.urgent:
        message = f"{change}. Pods are restarted for it: they finish their tasks, which one that is killed does not."
        return Verdict(reason, message, memory, restarts=True)
    start_up = situation.memory.start_up.cost_seconds(situation.observation.start_up_seconds)
    gains = [gain(queue, in_force, wish.slots, start_up) for queue in wish.late]
    if best := next((each for each in gains if each.pays_off), None):
        return Verdict(reason, f"{change}. Pods are restarted for it: {best}.", memory, restarts=True)
    figures = f" ({gains[0]})" if gains else ""
    return Verdict(StepReason.SLOTS_WAITING, f"{change}. Not worth a restart{figures}: {UNTIL_FREE}", memory)


LARGEST_STEP = 1.5
"""The largest factor of one change: with it, hosts that were underused do not become saturated."""

HELP_SHARE = 0.5
"""Share of a raise by which a replica must have got faster for the raise to count as a help."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Other slots, and why."""

    slots: int
    why: str
    late: tuple[Late, ...] = ()
    """The tasks that it is to help, with a wish for more."""
    urgent: bool = False
    """Whether waiting costs work: a container that runs out of memory takes its running tasks with it, while a pod that
    is asked to stop finishes them."""

    def differs(self, in_force: int) -> bool:
        """Whether it is a change in the direction that it means."""
        return self.slots > in_force if self.late else self.slots < in_force


def fewer(variable: Variable, hosts: Hosts, in_force: int, *, out_of_memory: bool) -> Wish | None:
    """Fewer slots, where the hosts have too little room for the tasks that they run."""
    if not out_of_memory and not hosts.saturated:
        return None
    why = (
        f"a container ran out of memory with {counted(in_force, 'slot')}"
        if out_of_memory
        else f"{hosts}, which is too much"
    )
    step = max(1, min(in_force - 1, ceil(in_force / LARGEST_STEP)))
    return Wish(max(step, variable.range.min_slots), why, urgent=out_of_memory)


def more(hosts: Hosts, late: tuple[Late, ...], in_force: int, bound: int) -> Wish:
    """More slots, for tasks that start too late on hosts that have room.

    Args:
        hosts: They limit the step: what they use is reckoned to grow with the slots.
        late: At least one kind of tasks.
        in_force: Slots as they are.
        bound: The most slots to choose.
    """
    step = max(in_force + 1, floor(in_force * min(LARGEST_STEP, hosts.room)))
    return Wish(min(step, bound), f"{late[0]}, and {hosts}", late)


def why_not_more(late: tuple[Late, ...], hosts: Hosts, memory: TunedSlots, in_force: int) -> str | None:
    """Why more slots would not help tasks that start too late; `None` if they may."""
    if all(queue.elsewhere for queue in late):
        return "something else than slots holds them back: see the step Bottleneck"
    if not any(queue.full and not queue.elsewhere for queue in late):
        return f"{late[0].slots_used} of {counted(late[0].slots, 'reported slot')} in use: no more are needed"
    if not hosts.known:
        return f"{hosts}: serve the heartbeats of workers (Temporal 1.30) or the API metrics.k8s.io"
    if not hosts.underused:
        return f"{hosts}: there is no room for more tasks"
    before, rate = memory.raised_from, rate_per_replica(late)
    if before and in_force > before and rate < memory.rate_before * (1 + HELP_SHARE * (in_force / before - 1)):
        figures = f"one replica was given {memory.rate_before:.3g} tasks/s then and {rate:.3g} now"
        return f"the raise from {before} to {in_force} slots did not help: {figures}. Look at what the tasks call"
    return None


def rate_per_replica(late: tuple[Late, ...]) -> float:
    """Tasks per second that one replica is given, all kinds together."""
    return sum(queue.rate_per_replica for queue in late)


HORIZON_SECONDS = 600.0
"""How far the gain is reckoned ahead: until the slots may be changed again."""


@dataclass(frozen=True, slots=True)
class Gain:
    """The tasks that would get done within the horizon, of one kind."""

    without: float
    """With the slots as they are."""
    with_change: float
    """With more slots, restarts included."""

    @property
    def pays_off(self) -> bool:
        """Whether more would get done."""
        return self.with_change > self.without

    @override
    def __str__(self) -> str:
        """For a sentence."""
        figures = f"{counted(round(self.with_change), 'task')} instead of {self.without:.0f}"
        return f"{figures} would get done within {HORIZON_SECONDS / 60:.0f} min, starts and drains included"


def gain(late: Late, slots: int, wanted: int, start_up_seconds: float) -> Gain:
    """What would get done with and without the change, in tasks.

    With N replicas, S slots each, all in use, R tasks are dispatched per second, so a task runs for T = N S / R
    (Little's law). In H seconds

        without = min(R H, W)      with = min(R S' / S max(0, H - L - T), W)      W = B + A H

    since what waits (B) and what comes (A per second) is all there is to do. A restarted pod loses what a start takes
    (L), and a drain (T), in which it takes no new tasks; a rolling update overlaps the two, so this is the cautious
    side. A backlog that the slots as they are work off within H is not worth a restart, and neither are tasks so long
    that draining them takes the horizon.

    Args:
        late: The tasks that start too late.
        slots: S.
        wanted: S'.
        start_up_seconds: L.
    """
    seconds = late.service_seconds
    lost = inf if seconds is None else start_up_seconds + seconds
    work = late.backlog + late.add_rate_per_second * HORIZON_SECONDS
    rate = late.dispatch_rate_per_second
    without = min(rate * HORIZON_SECONDS, work)
    return Gain(without, min(rate * wanted / slots * max(0.0, HORIZON_SECONDS - lost), work))
