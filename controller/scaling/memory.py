"""What a decision remembers of earlier ones: small, bounded, and mostly not kept across a restart.

Windows need not survive: replicas that are there at the first pass count as just needed. Only the scale actions are
read back from status, because the rate policies of `behavior` count them; and their history, for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Self

from controller.api.text import cut
from controller.scaling.by_hand import SetByHand
from controller.scaling.clock_step import moved, shifted
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.idle_times import IdleGap, NoDispatchWindow
from controller.scaling.scale_down.idleness import Heartbeats, Risk
from controller.scaling.scale_history import MESSAGE_BYTES, History, HistoryEntry, with_entry
from controller.scaling.slots import TunedSlots

MAX_SCALE_ACTIONS = 360
"""Scale actions kept: half an hour (the longest period of a policy) of one every 5 s (the shortest interval)."""

MAX_RECOMMENDATIONS = 1024
"""Recommendations kept: an hour (the HPA's longest window) of one every 5 s (the shortest interval) is 720."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the need alone asked for at some time, before any window or limit."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class ScaleAction:
    """A change of the Deployment's replicas that was carried out."""

    at: float
    replicas_before: int
    replicas_after: int
    reason: str
    message: str
    by: str | None = None
    """Field manager that made it; `None`: the operator."""

    @property
    def change(self) -> int:
        """Replicas added (positive) or removed (negative)."""
        return self.replicas_after - self.replicas_before

    @property
    def entry(self) -> HistoryEntry:
        """It in the history."""
        change = self.replicas_before, self.replicas_after
        return HistoryEntry(self.at, self.at, *change, self.reason, cut(self.message, MESSAGE_BYTES), self.by)


@dataclass(frozen=True, slots=True)
class PastNeed:
    """What the deadline policy recommended at some time."""

    at: float
    replicas: int
    steady_replicas: int
    """What the load alone needs, without the backlog."""
    assumed: bool = False
    """Whether the service time was assumed: once one was measured, this counts no more."""


@dataclass(frozen=True, slots=True)
class Memory:
    """State between two passes of one pool; times in seconds since the Unix epoch."""

    recommendations: tuple[Recommendation, ...] = ()
    scale_actions: tuple[ScaleAction, ...] = ()
    """Changes of replicas one by one, as the rules need them, oldest first."""
    busy_at: float | None = None
    """When tasks were last read to wait, or reported to run, or this was not known; `None` before the first pass."""
    past_needs: tuple[PastNeed, ...] = ()
    """What the deadline policy recommended within the longest keep time, oldest first."""
    queues: Mapping[str, QueueMemory] = field(default_factory=dict)
    """What the deadline policy learned of each (task queue, task type), by name."""
    start_up: StartUp = field(default_factory=StartUp)
    blind_since: float | None = None
    """Since when no task queue could be read; `None` while one can."""
    unneeded_since: float | None = None
    """Since when fewer replicas were recommended, while it is not known what the workers run."""
    idle_gap: IdleGap = field(default_factory=IdleGap)
    """Idle gaps after which the load came back."""
    slots: Mapping[str, TunedSlots] = field(default_factory=dict)
    """What is remembered of each slot variable that is tuned, by its name."""
    forgotten: str | None = None
    """Why what was learned before a restart is not here: the first decision reports it."""
    revision: str | None = None
    """Of the pod template whose start-up was learned."""
    outlasted_at: float | None = None
    """When pods were last seen to run tasks for longer than their grace period is meant for."""
    no_dispatch: NoDispatchWindow | None = None
    """When nothing was dispatched to a worker; `None` before the first pass."""
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    """When the pods reported last."""
    risk: Risk = field(default_factory=Risk)
    """Tasks that stops of late are expected to have cut short."""
    costs_written_at: float | None = None
    """When deletion costs were last written."""
    awaiting_costs_since: float | None = None
    """Since when the number is held until deletion costs are in place; `None` while it is not."""
    by_hand: tuple[SetByHand, ...] = ()
    """Replicas that people set within a day, oldest first."""
    decided_at: float | None = None
    """When the last decision was made, by the clock of the operator; `None` before the first."""
    history: History = ()
    """The scale actions, merged, as people read them."""

    @property
    def idle_since(self) -> float | None:
        """Since when nothing waited, ran or was dispatched, as far as is known; `None` before the first pass."""
        if self.busy_at is None or self.no_dispatch is None:
            return None
        return max(self.busy_at, self.no_dispatch.dispatched_at)

    @property
    def latest(self) -> float:
        """The latest time that is remembered."""
        entries = [entry.at for entry in self.recommendations]
        entries += [action.at for action in self.scale_actions]
        entries += [entry.until for entry in self.history]
        entries += [need.at for need in self.past_needs]
        entries += [setting.at for setting in self.by_hand]
        entries += [moment for tuned in self.slots.values() for moment in tuned.moments]
        moments = [self.busy_at, self.blind_since, self.unneeded_since, self.outlasted_at, self.idle_gap.since]
        moments += [
            self.risk.at,
            self.costs_written_at,
            self.awaiting_costs_since,
            self.no_dispatch.until if self.no_dispatch else None,
        ]
        entries += [moment for moment in moments if moment is not None]
        return max(entries, default=-inf)

    def for_decision(self, now: float) -> Self:
        """The memory as a decision at `now` needs it: a step of the clock back since the last one shifts all times."""
        back = 0.0 if self.decided_at is None else self.decided_at - now
        memory = self.shifted(-back) if back > 0 else self
        return replace(memory.not_after(now), decided_at=now)

    def shifted(self, seconds: float) -> Self:
        """The memory after a step of the clock by which its times were taken: all intervals stay as they were."""
        return shifted(self, seconds)

    def not_after(self, now: float) -> Self:
        """The memory with times that lie after `now` moved to it, so that a step of the clock back frees no window."""
        if self.latest <= now:
            return self
        # What was read of queues and pods has the times of servers: nothing is kept or freed by those.
        bounded = moved(replace(self, queues={}, heartbeats=Heartbeats()), lambda moment: min(moment, now))
        return replace(bounded, queues=self.queues, heartbeats=self.heartbeats)

    def recommend(self, at: float, replicas: int, keep_seconds: float) -> Self:
        """Adds a recommendation and forgets those older than `keep_seconds`."""
        kept = tuple(r for r in self.recommendations if r.at > at - keep_seconds)
        return replace(self, recommendations=(*kept, Recommendation(at, replicas))[-MAX_RECOMMENDATIONS:])

    def add_need(self, need: PastNeed, keep_seconds: float) -> Self:
        """Adds what is recommended now and forgets what is older than `keep_seconds`."""
        kept = tuple(each for each in self.past_needs if each.at > need.at - keep_seconds)
        return replace(self, past_needs=(*kept, need)[-MAX_RECOMMENDATIONS:])

    def record(self, action: ScaleAction) -> Self:
        """Adds a scale action that was carried out."""
        actions = (*self.scale_actions, action)[-MAX_SCALE_ACTIONS:]
        return replace(self, scale_actions=actions, history=with_entry(self.history, action.entry))

    def busy(self, at: float) -> Self:
        """Notes that there was work at this time, or that it is not known; what was noted for later stays."""
        return replace(self, busy_at=at if self.busy_at is None else max(self.busy_at, at))
