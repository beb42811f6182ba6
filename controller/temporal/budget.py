"""What reads of a Temporal namespace may cost: a token bucket, the polling intervals that it allows, and shared reads.

Temporal limits requests by namespace, those of workers and starters included, so the operator has a budget of its own.
Where its pools ask for more, the tightest objectives go first: the time between two polls of a pool is at least a share
of its objective, and that share is the same for all pools. Identical reads are made once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from heapq import heappop, heappush
from itertools import count
from math import exp2
from typing import Any, Final, NamedTuple, TypeVar

DEFAULT_READS_PER_SECOND: Final = 40.0
"""Reads a second of one Temporal namespace: below the 50 that the server allows for reading Worker Deployments, and a
60th of the 2,400 that it allows a namespace in all (server 1.32, frontend.namespaceRPS)."""

BURST_SECONDS: Final = 1.0
"""Unused reads are saved for this long, so that the reads of one pool go out together."""

LONGEST_WAIT_SECONDS: Final = 20.0
"""A read that would wait longer is not made: a reconcile has 60 s, and the other answers would be outdated by then."""

LOWEST_READS_PER_SECOND: Final = 1.0
"""Reads a second that are made however often the server answers RESOURCE_EXHAUSTED."""

RECOVERY_SECONDS: Final = 30.0
"""The rate doubles in this time after the server's last refusal, up to the budget."""

HELD_BACK_SECONDS: Final = 1.0
"""Refusals within this time count once: they answer reads that were made together."""

UTILIZATION: Final = 0.9
"""Share of the budget that polling intervals are planned for; the rest is for pools that are new or come back."""

NO_OBJECTIVE_SECONDS: Final = 60.0
"""A pool without `scheduleToStartSeconds` is polled as if it had one of so many seconds."""

LONGEST_OBJECTIVE_SECONDS: Final = 300.0
"""A longer objective is polled like this one: a short budget must not keep a pool from being polled for hours."""

RENEWED_SECONDS: Final = 1.0
"""Intervals are computed no more often than this: each time it takes all pools."""

FORGET_INTERVALS: Final = 3.0
"""A pool that was not polled for so many of its intervals no longer counts."""

UNUSED_SECONDS: Final = 4000.0
"""A budget without a read for so long is dropped: every pool polls at least once in 66 minutes."""


class BudgetSpentError(Exception):
    """A read would have had to wait too long for its turn."""


class PollDemand(NamedTuple):
    """Reads that a pool asks for, and how often."""

    reads: int
    interval_seconds: float
    objective_seconds: float
    until: float
    """When it no longer counts."""

    @property
    def rate(self) -> float:
        """Reads a second."""
        return self.reads / self.interval_seconds

    @property
    def share(self) -> float:
        """Share of the objective that passes between two polls."""
        return self.interval_seconds / self.objective_seconds


class ReadBudget:
    """The reads of one Temporal namespace. Times are seconds of a monotonic clock."""

    def __init__(self, reads_per_second: float, clock: Callable[[], float]) -> None:
        """Starts with `BURST_SECONDS` of saved reads."""
        self._limit = reads_per_second
        self._clock = clock
        self._free_at = clock() - BURST_SECONDS
        self._refused_at = float("-inf")
        self._reduced = reads_per_second
        self._demands: dict[Hashable, PollDemand] = {}
        self._demanded_rate = 0.0
        self._ends: list[tuple[float, int, Hashable]] = []
        self._numbers = count()
        self._share, self._shared_at = 0.0, float("-inf")
        self.reads = 0
        """Reads that were made so far."""
        self.used_at = clock()
        """When a pool last used it."""

    @property
    def limit(self) -> float:
        """Reads a second that are configured."""
        return self._limit

    @property
    def rate(self) -> float:
        """Reads a second that are allowed now: the budget, or less after the server refused a read."""
        doublings = min((self._clock() - self._refused_at) / RECOVERY_SECONDS, 64.0)
        return min(self._limit, self._reduced * exp2(doublings))

    def reserve(self) -> float:
        """Reserves one read, in the order of the calls.

        Returns:
            Seconds to wait before the read; 0 while reads are saved.

        Raises:
            BudgetSpentError: The wait would be longer than `LONGEST_WAIT_SECONDS`; nothing was reserved.
        """
        now, rate = self._clock(), self.rate
        turn = max(self._free_at, now - BURST_SECONDS)
        wait = max(0.0, turn + 1 / rate - now)
        if wait > LONGEST_WAIT_SECONDS:
            message = f"{rate:.3g} reads per second are allowed now, and the next one is free in {wait:.0f} s"
            raise BudgetSpentError(message)
        self._free_at = turn + 1 / rate
        self.reads += 1
        return wait

    def refused(self) -> None:
        """Halves the rate after RESOURCE_EXHAUSTED; it recovers with time."""
        now = self._clock()
        if now - self._refused_at >= HELD_BACK_SECONDS:
            self._reduced = max(self.rate / 2, min(LOWEST_READS_PER_SECOND, self._limit))
            self._refused_at = now

    def request_interval(
        self, pool: Hashable, reads: int, interval_seconds: float, objective_seconds: float | None = None
    ) -> float:
        """Records the reads that a pool asks for, and how often.

        Returns:
            The polling interval that it gets, in seconds: longer where all pools together ask for too much, and the
            longer its objective, the longer the interval.
        """
        objective = min(objective_seconds or NO_OBJECTIVE_SECONDS, LONGEST_OBJECTIVE_SECONDS)
        demand = PollDemand(reads, interval_seconds, objective, 0.0)
        granted = self._granted_interval_seconds(demand)
        self._remember(pool, demand._replace(until=self._clock() + FORGET_INTERVALS * granted))
        return granted

    def intervals(self, pool: Hashable) -> tuple[float, float]:
        """The polling interval that a pool asked for last, and the one that it gets now; both 0 for an unknown pool."""
        demand = self._demands.get(pool)
        return (demand.interval_seconds, self._granted_interval_seconds(demand)) if demand else (0.0, 0.0)

    @property
    def requested_rate(self) -> float:
        """Reads a second that all pools together ask for."""
        self._forget_ended()
        return self._demanded_rate

    @property
    def granted_rate(self) -> float:
        """Reads a second that all pools together get."""
        return UTILIZATION * self.rate

    @property
    def slowdown(self) -> float:
        """Reads that pools ask for, divided by those that they get; at least 1."""
        return max(1.0, self.requested_rate / self.granted_rate)

    def _granted_interval_seconds(self, demand: PollDemand) -> float:
        return max(demand.interval_seconds, self._least_share_between_polls() * demand.objective_seconds)

    def _least_share_between_polls(self) -> float:
        now = self._clock()
        if now - self._shared_at >= RENEWED_SECONDS:
            self._share, self._shared_at = _least_share(self._known(), self.granted_rate), now
        return self._share

    def _known(self) -> list[PollDemand]:
        """The demands of the pools that still count; their sum is exact again, however many were added and removed."""
        self._forget_ended()
        known = list(self._demands.values())
        self._demanded_rate = sum(demand.rate for demand in known)
        return known

    def _remember(self, pool: Hashable, demand: PollDemand) -> None:
        """Adds a demand to the running sum: each pool that is slowed asks for it, and to add all up takes all pools."""
        self._forget(pool)
        self._demands[pool] = demand
        self._demanded_rate += demand.rate
        heappush(self._ends, (demand.until, next(self._numbers), pool))

    def _forget_ended(self) -> None:
        """Forgets the pools that no longer count, those that end first being on top."""
        now = self._clock()
        while self._ends and self._ends[0][0] < now:
            _, _, pool = heappop(self._ends)
            if (demand := self._demands.get(pool)) and demand.until < now:
                self._forget(pool)

    def _forget(self, pool: Hashable) -> None:
        if demand := self._demands.pop(pool, None):
            self._demanded_rate = self._demanded_rate - demand.rate if self._demands else 0.0


def _least_share(demands: list[PollDemand], reads_per_second: float) -> float:
    """The least share x for which polls each max(interval, x * objective) seconds fit; 0 where all demands fit.

    Taken in the order of their shares, the first pools are stretched to x and the others are not.
    """
    unstretched = sum(demand.rate for demand in demands)
    if unstretched <= reads_per_second:
        return 0.0
    stretched, share = 0.0, 0.0
    for demand in sorted(demands, key=lambda demand: demand.share):
        left = reads_per_second - unstretched
        if stretched and left > 0 and (share := stretched / left) <= demand.share:
            return share
        stretched += demand.reads / demand.objective_seconds
        unstretched -= demand.rate
    return stretched / reads_per_second


class Budgets:
    """The read budgets of all Temporal namespaces."""

    def __init__(
        self,
        reads_per_second: float = DEFAULT_READS_PER_SECOND,
        clock: Callable[[], float] = lambda: asyncio.get_running_loop().time(),
    ) -> None:
        """Gives each Temporal namespace the same budget."""
        self._reads_per_second = reads_per_second
        self._clock = clock
        self._budgets: dict[tuple[str, str], ReadBudget] = {}

    def of(self, address: str, temporal_namespace: str) -> ReadBudget:
        """The budget of a Temporal namespace, the same for all credentials."""
        key, now = (address, temporal_namespace), self._clock()
        if key not in self._budgets:
            self._drop_unused(now)
            self._budgets[key] = ReadBudget(self._reads_per_second, self._clock)
        self._budgets[key].used_at = now
        return self._budgets[key]

    def items(self) -> list[tuple[str, str, ReadBudget]]:
        """Address, Temporal namespace and budget, for each that is in use."""
        self._drop_unused(self._clock())
        return [(address, namespace, budget) for (address, namespace), budget in self._budgets.items()]

    def _drop_unused(self, now: float) -> None:
        self._budgets = {key: budget for key, budget in self._budgets.items() if now - budget.used_at <= UNUSED_SECONDS}


SHARED_READ_SECONDS: Final = 1.0
"""An answer is shared for so long: the server's own cache is up to 5 s old (1 s before 1.29)."""

Value = TypeVar("Value")


class SharedReads:
    """Makes identical reads once: a caller gets the answer of a read that is under way, or has just ended."""

    def __init__(self, fresh_seconds: float = SHARED_READ_SECONDS) -> None:
        """Starts empty."""
        self._fresh_seconds = fresh_seconds
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer of the read under that key; `ask` makes it unless one is shared.

        A caller that is cancelled does not end the read for the others.
        """
        read: asyncio.Task[Value] | None = self._reads.get(key)
        if read is None:
            read = asyncio.ensure_future(_asked(ask))
            self._reads[key] = read
            read.add_done_callback(lambda done: self._forget_later(key, done))
        return await asyncio.shield(read)

    async def close(self) -> None:
        """Ends the reads that are under way."""
        reads = list(self._reads.values())
        self._reads.clear()
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)

    def _forget_later(self, key: Hashable, read: asyncio.Task[Any]) -> None:
        failed = read.cancelled() or read.exception() is not None
        pause = 0.0 if failed else self._fresh_seconds
        asyncio.get_running_loop().call_later(pause, self._forget, key, read)

    def _forget(self, key: Hashable, read: asyncio.Task[Any]) -> None:
        if self._reads.get(key) is read:
            del self._reads[key]


async def _asked(ask: Callable[[], Awaitable[Value]]) -> Value:
    return await ask()
