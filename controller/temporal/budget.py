"""How often a Temporal namespace is asked: a token bucket for each, and how much slower its pools go when it is short.

Temporal limits requests by namespace, the pools' workers and starters included: the operator keeps to a share of its
own. Where its pools together want more than that, it is spent where the objective is tightest: no pool is polled more
often than each so many of its objective's seconds, as many for all of them as the budget asks for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from math import exp2
from typing import Any, Final, NamedTuple, TypeVar

DEFAULT_READS_PER_SECOND: Final = 40.0
"""Reads a second of one Temporal namespace: below the 50 that the server allows for reading Worker Deployments, and a
60th of the 2,400 that it allows a namespace in all (server 1.32, frontend.namespaceRPS)."""

BURST_SECONDS: Final = 1.0
"""Reads that were not made are saved up for this long, so that one pool's reads go out together."""

LONGEST_WAIT_SECONDS: Final = 20.0
"""A read that would wait longer is given up: a pass has 60 s, and its answer would be of another time."""

LOWEST_READS_PER_SECOND: Final = 1.0
"""The operator stays able to see, however often the server says that it has had enough."""

RECOVERY_SECONDS: Final = 30.0
"""The rate doubles in this time after the server's last refusal, up to the budget."""

HELD_BACK_SECONDS: Final = 1.0
"""Refusals within this time count once: they answer reads that were under way together."""

UTILIZATION: Final = 0.9
"""Share of the budget that pools are paced for; the rest is for those that are new or come back."""

NO_OBJECTIVE_SECONDS: Final = 60.0
"""A pool without `scheduleToStartSeconds` is polled as if it had one of so many seconds."""

LONGEST_OBJECTIVE_SECONDS: Final = 300.0
"""A longer objective is polled like this one: a budget that is short for seconds must not blind a pool for hours."""

RENEWED_SECONDS: Final = 1.0
"""Intervals are reckoned anew no more often: it takes all pools."""

FORGET_INTERVALS: Final = 3.0
"""A pool that did not come back for so many of its intervals wants nothing any more."""


UNUSED_SECONDS: Final = 4000.0
"""A budget that nobody used for so long is dropped: no pool polls less often than once an hour and a tenth."""


class BudgetSpentError(Exception):
    """A read would have had to wait too long for its turn."""


class Wish(NamedTuple):
    """What a pool would like: so many reads, every so many seconds."""

    reads: int
    interval_seconds: float
    objective_seconds: float
    until: float
    """When it is forgotten."""

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
        """Starts with the savings of `BURST_SECONDS`."""
        self._limit = reads_per_second
        self._clock = clock
        self._free_at = clock() - BURST_SECONDS
        self._refused_at = float("-inf")
        self._reduced = reads_per_second
        self._wishes: dict[Hashable, Wish] = {}
        self._share, self._shared_at = 0.0, float("-inf")
        self.reads = 0
        """Reads that were let through."""
        self.used_at = clock()
        """When it was last asked for."""

    @property
    def limit(self) -> float:
        """Reads a second that were allotted."""
        return self._limit

    @property
    def rate(self) -> float:
        """Reads a second that are let through now: the budget, or less after the server refused."""
        doublings = min((self._clock() - self._refused_at) / RECOVERY_SECONDS, 64.0)
        return min(self._limit, self._reduced * exp2(doublings))

    def reserve(self) -> float:
        """Takes the next turn, first come, first served.

        Returns:
            Seconds until it is there; 0 while there are savings.

        Raises:
            BudgetSpentError: More than `LONGEST_WAIT_SECONDS`; no turn was taken.
        """
        now, rate = self._clock(), self.rate
        turn = max(self._free_at, now - BURST_SECONDS)
        wait = max(0.0, turn + 1 / rate - now)
        if wait > LONGEST_WAIT_SECONDS:
            message = f"reads are let through at {rate:.3g} per second, and the next turn is in {wait:.0f} s"
            raise BudgetSpentError(message)
        self._free_at = turn + 1 / rate
        self.reads += 1
        return wait

    def refused(self) -> None:
        """The server has had enough (RESOURCE_EXHAUSTED): half as many from now on, more again as time passes."""
        now = self._clock()
        if now - self._refused_at >= HELD_BACK_SECONDS:
            self._reduced = max(self.rate / 2, min(LOWEST_READS_PER_SECOND, self._limit))
            self._refused_at = now

    def wish(
        self, pool: Hashable, reads: int, interval_seconds: float, objective_seconds: float | None = None
    ) -> float:
        """Notes what a pool would like: so many reads, every so many seconds.

        Returns:
            The interval that it gets: longer where all pools together want too much, the more the less its objective
            asks for.
        """
        objective = min(objective_seconds or NO_OBJECTIVE_SECONDS, LONGEST_OBJECTIVE_SECONDS)
        wish = Wish(reads, interval_seconds, objective, 0.0)
        granted = self._granted_seconds(wish)
        self._wishes[pool] = wish._replace(until=self._clock() + FORGET_INTERVALS * granted)
        return granted

    def stretched(self, pool: Hashable) -> tuple[float, float]:
        """The interval that a pool asked for last, and the one that it gets now; both 0 for an unknown pool."""
        wish = self._wishes.get(pool)
        return (wish.interval_seconds, self._granted_seconds(wish)) if wish else (0.0, 0.0)

    @property
    def asked_rate(self) -> float:
        """Reads a second that all pools together would like."""
        return sum(wish.rate for wish in self._known())

    @property
    def planned_rate(self) -> float:
        """Reads a second that all pools together get."""
        return UTILIZATION * self.rate

    @property
    def slowdown(self) -> float:
        """Reads that pools ask for, divided by those that they get; at least 1."""
        return max(1.0, self.asked_rate / self.planned_rate)

    def _granted_seconds(self, wish: Wish) -> float:
        return max(wish.interval_seconds, self._least_share_between_polls() * wish.objective_seconds)

    def _least_share_between_polls(self) -> float:
        now = self._clock()
        if now - self._shared_at >= RENEWED_SECONDS:
            self._share, self._shared_at = _least_share(self._known(), self.planned_rate), now
        return self._share

    def _known(self) -> list[Wish]:
        """The wishes of the pools that are still there."""
        now = self._clock()
        self._wishes = {pool: wish for pool, wish in self._wishes.items() if wish.until >= now}
        return list(self._wishes.values())


def _least_share(wishes: list[Wish], reads_per_second: float) -> float:
    """The least share x for which polls each max(interval, x * objective) seconds fit; 0 where the wishes do.

    Taken in the order of their shares, the first pools are stretched to x and the others are not.
    """
    unstretched = sum(wish.rate for wish in wishes)
    if unstretched <= reads_per_second:
        return 0.0
    stretched, share = 0.0, 0.0
    for wish in sorted(wishes, key=lambda wish: wish.share):
        left = reads_per_second - unstretched
        if stretched and left > 0 and (share := stretched / left) <= wish.share:
            return share
        stretched += wish.reads / wish.objective_seconds
        unstretched -= wish.rate
    return stretched / reads_per_second


class Budgets:
    """The budgets of all Temporal namespaces."""

    def __init__(
        self,
        reads_per_second: float = DEFAULT_READS_PER_SECOND,
        clock: Callable[[], float] = lambda: asyncio.get_running_loop().time(),
    ) -> None:
        """Gives each Temporal namespace the same."""
        self._reads_per_second = reads_per_second
        self._clock = clock
        self._budgets: dict[tuple[str, str], ReadBudget] = {}

    def of(self, address: str, temporal_namespace: str) -> ReadBudget:
        """The budget of a Temporal namespace, whichever credentials it is read with."""
        key, now = (address, temporal_namespace), self._clock()
        if key not in self._budgets:
            self._drop_unused(now)
            self._budgets[key] = ReadBudget(self._reads_per_second, self._clock)
        self._budgets[key].used_at = now
        return self._budgets[key]

    def items(self) -> list[tuple[str, str, ReadBudget]]:
        """Address, Temporal namespace and budget of each that is read."""
        self._drop_unused(self._clock())
        return [(address, namespace, budget) for (address, namespace), budget in self._budgets.items()]

    def _drop_unused(self, now: float) -> None:
        self._budgets = {key: budget for key, budget in self._budgets.items() if now - budget.used_at <= UNUSED_SECONDS}


FRESH_SECONDS: Final = 1.0
"""For so long an answer counts as just given: the server's own is up to 5 s old (1 s before 1.29)."""

Value = TypeVar("Value")


class SharedReads:
    """Reads by what they ask for."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        """Starts empty."""
        self._fresh_seconds = fresh_seconds
        self._reads: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer of the read under that key; `ask` makes it when nobody just did.

        A caller that gives up does not end the read for the others.
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
