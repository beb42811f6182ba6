"""The task queue: first in, first out, to free slots of ready pods; and what the server tells about it."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import exp, inf
from random import Random

from controller.scaling.observation import QueueStatistics
from controller.simulator.backlog import Backlog
from controller.simulator.clock import Clock
from controller.simulator.rates import BucketedRate, Rate, WindowedRate
from controller.simulator.slots import Attempt, Slots
from controller.simulator.world import World

REFRESH_SECONDS = 5
"""The server's statistics are cached for so long (measured on servers from 1.29 on)."""

TRUE_MEAN_SECONDS = 35
"""Who has read a queue for so long takes its rates for true means."""

OVER_COUNT_FADE_SECONDS = 20
"""Tasks that left the backlog and are still counted fade with this time constant (measured: a minute or two)."""


class TaskQueue:
    """Tasks of one kind that wait, the pods that would take one, and the server's statistics."""

    def __init__(self, clock: Clock, world: World, random: Random) -> None:
        self.waits: list[float] = []
        """Seconds from schedule to start of every attempt that started."""
        self.last_dispatch = 0.0
        """When a task was last handed out."""
        self.waiting = Backlog(world.servers.partitions, random)
        self._clock = clock
        self._world = world
        self._polling: deque[Slots] = deque()
        self._limiter = RateLimiter(clock, world.rate_limit_per_second) if world.rate_limit_per_second else None
        self._added = self._rate()
        self._dispatched = self._rate()
        self._loaded_at = inf if world.loaded_by_tasks or world.servers.counts_in_buckets else 0.0
        self._from_backlog = 0
        self._over_count = 0.0
        self._refreshed_at = 0.0
        self._statistics = QueueStatistics(0, 0, 0, 0, 0, self._rate_limiting())
        if not world.servers.cache_on_demand:
            clock.at(REFRESH_SECONDS, self._refresh_regularly, None)
        elif world.servers.read_each_seconds:
            clock.at(0, self._read_by_another, world.servers.read_each_seconds)

    def read(self) -> QueueStatistics:
        """What the server answers now: up to `REFRESH_SECONDS` old."""
        if not self._world.servers.cache_on_demand:
            return self._statistics
        now = self._clock.now
        if now - self._refreshed_at >= REFRESH_SECONDS:
            self._refresh()
        return replace(self._statistics, read_at=now)

    def add(self, attempt: Attempt) -> None:
        """A task is scheduled: it goes to a pod that polls, else into the backlog."""
        self._added.count(self._clock.now)
        self._loaded_at = min(self._loaded_at, self._clock.now)
        if not self.waiting and (slots := self._next_slots()):
            self._start(slots, attempt)
        else:
            self.waiting.append(attempt)

    def offer(self, slots: Slots) -> None:
        """Slots of a pod may have become able to take a task."""
        if not slots.polls:
            return
        if not slots.listed:
            slots.listed = True
            self._polling.append(slots)
        if self.waiting:
            self._hand_out(None)

    def _hand_out(self, _: None) -> None:
        while self.waiting and (slots := self._next_slots()):
            self._from_backlog += 1
            self._start(slots, self.waiting.take())

    def _next_slots(self) -> Slots | None:
        """The pod whose slots get a task now, if any: they take turns."""
        polling = self._polling
        while polling and not polling[0].polls:
            polling.popleft().listed = False
        if not polling:
            return None
        if self._limiter and not self._limiter.permits(self._hand_out):
            return None
        return polling[0]

    def _start(self, slots: Slots, attempt: Attempt) -> None:
        self.waits.append(self._clock.now - attempt.scheduled_at)
        self.last_dispatch = self._clock.now
        self._dispatched.count(self._clock.now)
        self._polling.rotate(-1)
        slots.start(attempt)

    def _rate(self) -> Rate:
        return BucketedRate() if self._world.servers.counts_in_buckets else WindowedRate(REFRESH_SECONDS)

    def _refresh_regularly(self, _: None) -> None:
        self._clock.at(self._clock.now + REFRESH_SECONDS, self._refresh_regularly, None)
        self._refresh()

    def _read_by_another(self, each_seconds: float) -> None:
        self._clock.at(self._clock.now + each_seconds, self._read_by_another, each_seconds)
        self.read()

    def _refresh(self) -> None:
        now = self._clock.now
        phantoms = self._world.phantom_tasks if now >= self._world.phantom_from_seconds else 0
        self._statistics = QueueStatistics(
            backlog=len(self.waiting) + self._counted_too_many(now - self._refreshed_at) + phantoms,
            backlog_age_seconds=self._age(phantoms),
            add_rate_per_second=self._added.per_second(now, self._loaded_at),
            dispatch_rate_per_second=self._dispatched.per_second(now, self._loaded_at),
            read_at=now,
            rates_young=self._world.servers.counts_in_buckets and now < TRUE_MEAN_SECONDS,
            rate_limiting_active=self._rate_limiting(),
            rate_limit_per_second=self._world.rate_limit_per_second if self._world.server_tells_limit else None,
        )
        self._refreshed_at = now

    def _counted_too_many(self, seconds: float) -> int:
        fade = exp(-seconds / OVER_COUNT_FADE_SECONDS)
        share_left = (1 + fade) / 2  # of those that left since the last refresh, evenly
        self._over_count = self._over_count * fade + self._world.over_count * self._from_backlog * share_left
        self._from_backlog = 0
        return round(self._over_count)

    def _age(self, phantoms: int) -> float:
        if phantoms:
            return self._clock.now - self._world.phantom_from_seconds
        oldest_at = self.waiting.oldest_at
        return 0.0 if oldest_at is None else self._clock.now - oldest_at

    def _rate_limiting(self) -> bool | None:
        if not self._world.server_tells_limit:
            return None
        return self._limiter is not None and self._clock.now - self._limiter.held_back_at < REFRESH_SECONDS


class RateLimiter:
    """Lets tasks through at even distances."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self.held_back_at = float("-inf")
        """When it last held a task back that a free slot was there for."""
        self._clock = clock
        self._gap_seconds = 1 / per_second
        self._next_at = 0.0
        self._will_call = False

    def permits(self, call_when_possible: Callable[[None], None]) -> bool:
        """Whether one task may pass now; if so it counts as passed, else the call comes when one may."""
        now = self._clock.now
        if now >= self._next_at:
            self._next_at = now + self._gap_seconds
            return True
        self.held_back_at = now
        if not self._will_call:
            self._will_call = True
            self._clock.at(self._next_at, self._call, call_when_possible)
        return False

    def _call(self, call: Callable[[None], None]) -> None:
        self._will_call = False
        call(None)
