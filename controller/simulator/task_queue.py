"""The task queue: tasks go to free slots first in, first out; and the statistics that the server gives of it."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import exp, inf
from random import Random

from controller.scaling.observation import QueueStatistics
from controller.simulator.clock import Clock
from controller.simulator.pod import Attempt, Slots
from controller.simulator.scenario import Scenario


class Backlog:
    """Tasks in the partitions of a task queue: each task and each poll goes to any of them.

    A poll that comes to an empty partition is forwarded to one where tasks wait.
    """

    def __init__(self, partitions: int, random: Random) -> None:
        self._partitions = tuple(deque[Attempt]() for _ in range(partitions))
        self._random = random
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Attempt]:
        for partition in self._partitions:
            yield from partition

    def append(self, attempt: Attempt) -> None:
        """Adds a task."""
        self._count += 1
        self._any(self._partitions).append(attempt)

    def take(self) -> Attempt:
        """Takes the oldest task of some partition; there must be one."""
        self._count -= 1
        return self._any([partition for partition in self._partitions if partition]).popleft()

    @property
    def oldest_at(self) -> float | None:
        """When the oldest task of all came; `None` when none waits."""
        return min((partition[0].scheduled_at for partition in self._partitions if partition), default=None)

    def _any(self, partitions: tuple[deque[Attempt], ...] | list[deque[Attempt]]) -> deque[Attempt]:
        return partitions[0] if len(partitions) == 1 else self._random.choice(partitions)


WINDOW_SECONDS = 30
"""Rates are means of the last 30 s."""

BUCKET_SECONDS = 5
"""The server counts tasks in buckets of 5 s."""

SHORTEST_SECONDS = 1
"""The plain form divides by at least this."""


class WindowedRate:
    """The plain form: what was counted since the refresh 30 s ago, divided by the time since."""

    def __init__(self, refresh_seconds: float) -> None:
        self._total = 0
        self._totals: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=int(WINDOW_SECONDS // refresh_seconds) + 1)

    def count(self, _now: float) -> None:
        """One task."""
        self._total += 1

    def per_second(self, now: float, loaded_at: float) -> float:
        """The rate; it has to be asked for at each refresh, and only then."""
        self._totals.append((now, self._total))
        since, before = self._totals[0]
        return (self._total - before) / max(SHORTEST_SECONDS, now - max(since, loaded_at))


class BucketedRate:
    """Temporal's: seven buckets of 5 s, of which the youngest is not full, divided by the time that they span.

    In the first 30 s after the queue's first task it is divided by the time since: a burst looks large then.
    """

    def __init__(self) -> None:
        self._buckets: deque[int] = deque([0], maxlen=WINDOW_SECONDS // BUCKET_SECONDS + 1)
        self._bucket_began_at: float | None = None

    def count(self, now: float) -> None:
        """One task."""
        if self._bucket_began_at is None:
            self._bucket_began_at = now
        self._advance(now, self._bucket_began_at)
        self._buckets[-1] += 1

    def per_second(self, now: float, loaded_at: float) -> float:
        """The rate, at any time."""
        if self._bucket_began_at is None:
            return 0.0
        began_at = self._advance(now, self._bucket_began_at)
        seconds = min(WINDOW_SECONDS + now - began_at, now - loaded_at)
        return sum(self._buckets) / seconds if seconds > 0 else 0.0

    def _advance(self, now: float, began_at: float) -> float:
        """Begins the buckets that are due; returns since when the youngest one counts."""
        passed = int((now - began_at) // BUCKET_SECONDS)
        self._buckets.extend([0] * min(passed, WINDOW_SECONDS // BUCKET_SECONDS + 1))
        self._bucket_began_at = began_at + passed * BUCKET_SECONDS
        return self._bucket_began_at


Rate = WindowedRate | BucketedRate


REFRESH_SECONDS = 5
"""The server caches its statistics for 5 s (measured on servers from 1.29 on)."""

TRUE_MEAN_SECONDS = 35
"""Once a queue has been read for 35 s its rates are true means."""

OVER_COUNT_FADE_SECONDS = 20
"""Tasks that left the backlog and are still counted fade with this time constant (measured: a minute or two)."""


class TaskQueue:
    """Tasks of one kind that wait, the pods that would take one, and the server's statistics."""

    def __init__(self, clock: Clock, scenario: Scenario, random: Random) -> None:
        self.waits: list[float] = []
        """Seconds from schedule to start of every attempt that started."""
        self.last_dispatch = 0.0
        """When a task was last handed out."""
        self.waiting = Backlog(scenario.servers.partitions, random)
        self._clock = clock
        self._scenario = scenario
        self._polling: deque[Slots] = deque()
        self._limiter = RateLimiter(clock, scenario.rate_limit_per_second) if scenario.rate_limit_per_second else None
        self._added = self._rate()
        self._dispatched = self._rate()
        self._loaded_at = inf if scenario.loaded_by_tasks or scenario.servers.counts_in_buckets else 0.0
        self._from_backlog = 0
        self._over_count = 0.0
        self._refreshed_at = 0.0
        self._statistics = QueueStatistics(0, 0, 0, 0, 0, self._rate_limiting())
        if not scenario.servers.cache_on_demand:
            clock.at(REFRESH_SECONDS, self._refresh_regularly, None)
        elif scenario.servers.read_each_seconds:
            clock.at(0, self._read_by_another, scenario.servers.read_each_seconds)

    def read(self) -> QueueStatistics:
        """What the server answers now: up to `REFRESH_SECONDS` old."""
        if not self._scenario.servers.cache_on_demand:
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
        return BucketedRate() if self._scenario.servers.counts_in_buckets else WindowedRate(REFRESH_SECONDS)

    def _refresh_regularly(self, _: None) -> None:
        self._clock.at(self._clock.now + REFRESH_SECONDS, self._refresh_regularly, None)
        self._refresh()

    def _read_by_another(self, each_seconds: float) -> None:
        self._clock.at(self._clock.now + each_seconds, self._read_by_another, each_seconds)
        self.read()

    def _refresh(self) -> None:
        now = self._clock.now
        phantoms = self._scenario.phantom_tasks if now >= self._scenario.phantom_from_seconds else 0
        self._statistics = QueueStatistics(
            backlog=len(self.waiting) + self._counted_too_many(now - self._refreshed_at) + phantoms,
            backlog_age_seconds=self._age(phantoms),
            add_rate_per_second=self._added.per_second(now, self._loaded_at),
            dispatch_rate_per_second=self._dispatched.per_second(now, self._loaded_at),
            read_at=now,
            rates_young=self._scenario.servers.counts_in_buckets and now < TRUE_MEAN_SECONDS,
            rate_limiting_active=self._rate_limiting(),
            rate_limit_per_second=self._scenario.rate_limit_per_second if self._scenario.server_reports_limit else None,
        )
        self._refreshed_at = now

    def _counted_too_many(self, seconds: float) -> int:
        fade = exp(-seconds / OVER_COUNT_FADE_SECONDS)
        share_left = (1 + fade) / 2  # of those that left since the last refresh, evenly
        self._over_count = self._over_count * fade + self._scenario.over_count * self._from_backlog * share_left
        self._from_backlog = 0
        return round(self._over_count)

    def _age(self, phantoms: int) -> float:
        if phantoms:
            return self._clock.now - self._scenario.phantom_from_seconds
        oldest_at = self.waiting.oldest_at
        return 0.0 if oldest_at is None else self._clock.now - oldest_at

    def _rate_limiting(self) -> bool | None:
        if not self._scenario.server_reports_limit:
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
