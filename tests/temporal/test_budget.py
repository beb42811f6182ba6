"""The budget of a Temporal namespace, on a clock of the test's own."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.temporal.budget import (
    BURST_SECONDS,
    FORGET_INTERVALS,
    LONGEST_WAIT_SECONDS,
    NO_OBJECTIVE_SECONDS,
    RECOVERY_SECONDS,
    RENEWED_SECONDS,
    UNUSED_SECONDS,
    UTILIZATION,
    Budgets,
    BudgetSpentError,
    ReadBudget,
    SharedReads,
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


def test_saved_reads_are_made_at_once_and_the_rest_in_turn(clock: Clock) -> None:
    """40 a second: a second's worth was saved, and the next ones come 25 ms apart, first come first served."""
    budget = ReadBudget(40, clock)
    waits = [budget.reserve() for _ in range(42)]
    assert waits[: int(40 * BURST_SECONDS)] == [0.0] * 40
    assert waits[40:] == pytest.approx([0.025, 0.05])
    assert budget.reads == 42


def test_over_a_minute_no_more_than_the_rate_gets_through(clock: Clock) -> None:
    """Twenty reads a second are requested, one after the other: ten are made."""
    budget = ReadBudget(10, clock)
    until = clock.now + 60
    let_through = 0
    while clock.now < until:
        clock.now += max(budget.reserve(), 0.05)
        let_through += 1
    assert 60 * 10 <= let_through <= 60 * 10 + 10 * BURST_SECONDS + 1


def test_saved_reads_are_bounded(clock: Clock) -> None:
    """After an hour without reads, a second's worth goes at once and no more."""
    budget = ReadBudget(10, clock)
    clock.now += 3600
    assert [budget.reserve() < 1e-6 for _ in range(12)] == [True] * 10 + [False] * 2


def test_a_read_that_would_wait_too_long_is_refused_and_not_reserved(clock: Clock) -> None:
    """What is refused does not make the others wait longer."""
    budget = ReadBudget(1, clock)
    for _ in range(int(LONGEST_WAIT_SECONDS) + 1):
        last = budget.reserve()
    with pytest.raises(BudgetSpentError, match="1 reads per second are allowed now, and the next one is free in 21 s"):
        budget.reserve()
    clock.now += 1
    assert budget.reserve() == pytest.approx(last)


def test_a_refusal_by_the_server_halves_the_rate_until_it_recovers(clock: Clock) -> None:
    """Refusals that come together count once; each later one halves again; never below one a second."""
    budget = ReadBudget(40, clock)
    budget.refused()
    budget.refused()
    assert budget.rate == 20
    clock.now += RECOVERY_SECONDS / 2
    assert 20 < budget.rate < 40
    clock.now += RECOVERY_SECONDS / 2
    assert budget.rate == 40
    clock.now += 1000
    for _ in range(20):
        budget.refused()
        clock.now += 1
    assert 1 <= budget.rate < 1.1


def test_pools_that_ask_for_too_much_are_slowed_by_one_factor(clock: Clock) -> None:
    """100 pools, 2 reads every 5 s each, are 40 a second: of 40 only 90 % are given to what is planned."""
    budget = ReadBudget(40, clock)
    for pool in range(50):
        assert budget.request_interval(pool, 2, 5) == 5
    assert budget.slowdown == 1
    for pool in range(100):
        budget.request_interval(pool, 2, 5)
    assert budget.slowdown == pytest.approx(1 / UTILIZATION)
    for pool in range(500):
        budget.request_interval(pool, 2, 5)
    assert budget.slowdown == pytest.approx(5 / UTILIZATION)
    clock.now += RENEWED_SECONDS
    assert budget.request_interval(0, 2, 5) == pytest.approx(5 * 5 / UTILIZATION)


def test_the_budget_is_spent_where_the_objective_is_tightest(clock: Clock) -> None:
    """Each of 100 pools would be polled every 5 s; half of them have 300 s for a task to start."""
    budget = ReadBudget(40, clock)
    for pool in range(100):
        budget.request_interval(pool, 2, 5, 10 if pool < 50 else 300)
    clock.now += RENEWED_SECONDS
    (_, tight), (_, loose) = budget.intervals(0), budget.intervals(99)
    assert tight == 5
    assert 50 * 2 / tight + 50 * 2 / loose == pytest.approx(40 * UTILIZATION)


def test_a_short_budget_stretches_no_interval_without_bound(clock: Clock) -> None:
    """One refusal halves the rate for half a minute: a pool with an objective of a day is polled within minutes."""
    budget = ReadBudget(40, clock)
    for pool in range(100):
        budget.request_interval(pool, 3, 15, 86_400 if pool < 2 else 60)
    budget.refused()
    clock.now += RENEWED_SECONDS
    assert 15 < budget.request_interval(0, 3, 15, 86_400) <= 300
    assert budget.intervals("unknown") == (0, 0)


@given(
    demands=st.lists(
        st.tuples(st.integers(1, 50), st.floats(2, 600), st.none() | st.integers(1, 300)),
        min_size=1,
    ),
    limit=st.floats(0.5, 100),
)
def test_what_is_granted_fits_the_budget_and_stretches_no_more_than_it_must(
    demands: list[tuple[int, float, int | None]], limit: float
) -> None:
    """All pools that are stretched are polled at the same share of their objective."""
    clock = Clock()
    budget = ReadBudget(limit, clock)
    for pool, (reads, interval, objective) in enumerate(demands):
        budget.request_interval(pool, reads, interval, objective)
    clock.now += RENEWED_SECONDS
    granted = [budget.intervals(pool)[1] for pool in range(len(demands))]
    asked = sum(reads / interval for reads, interval, _ in demands)
    spent = sum(reads / seconds for (reads, _, _), seconds in zip(demands, granted, strict=True))
    assert spent == pytest.approx(min(asked, limit * UTILIZATION))
    stretched = {
        round(seconds / (objective or NO_OBJECTIVE_SECONDS), 6)
        for (_, interval, objective), seconds in zip(demands, granted, strict=True)
        if seconds > interval * (1 + 1e-6)
    }
    assert len(stretched) <= 1 or max(stretched) - min(stretched) <= 2e-6 * max(1.0, *stretched)


def test_a_deleted_pool_no_longer_counts(clock: Clock) -> None:
    """Its demand ends a while after it should have come back."""
    budget = ReadBudget(10, clock)
    budget.request_interval("gone", 100, 5)
    assert budget.slowdown > 2
    clock.now += 1000
    budget.request_interval("here", 10, 5)
    assert budget.slowdown == 1


def test_each_temporal_namespace_has_its_own(clock: Clock) -> None:
    """The same name on another server is another one; whichever credentials, it is the same."""
    budgets = Budgets(5, clock)
    assert budgets.of("a:7233", "shop") is budgets.of("a:7233", "shop")
    assert len({id(budgets.of(*place)) for place in [("a:7233", "shop"), ("a:7233", "bank"), ("b:7233", "shop")]}) == 3
    assert [(address, name) for address, name, _ in budgets.items()] == [
        ("a:7233", "shop"),
        ("a:7233", "bank"),
        ("b:7233", "shop"),
    ]


def test_unused_budgets_are_dropped(clock: Clock) -> None:
    """A thousand Temporal namespaces that come and go; what is used stays, with what it counted."""
    budgets = Budgets(5, clock)
    budgets.of("a:7233", "shop").reserve()
    for number in range(1000):
        budgets.of("a:7233", f"gone-{number}")
        clock.now += UNUSED_SECONDS / 10
        assert budgets.of("a:7233", "shop").reads == 1
    assert len(budgets._budgets) <= 12
    clock.now += UNUSED_SECONDS + 1
    assert budgets.items() == []


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()

    async def ask(self) -> int:
        """Answers with its count, once it may."""
        self.asked += 1
        count = self.asked
        await self.answer.wait()
        return count


async def test_callers_at_the_same_time_share_one_answer() -> None:
    """So does a caller just after; another key does not."""
    shared, source, other = SharedReads(fresh_seconds=60), Source(), Source()
    together = [asyncio.create_task(shared.get("orders", source.ask)) for _ in range(5)]
    another = asyncio.create_task(shared.get("bills", other.ask))
    await asyncio.sleep(0)
    source.answer.set()
    other.answer.set()
    assert await asyncio.gather(*together, another) == [1] * 6
    assert await shared.get("orders", source.ask) == 1
    assert (source.asked, other.asked) == (1, 1)


async def test_an_answer_is_soon_too_old() -> None:
    """The next tick asks anew."""
    shared, source = SharedReads(fresh_seconds=0.01), Source()
    source.answer.set()
    assert await shared.get("orders", source.ask) == 1
    await asyncio.sleep(0.1)
    assert await shared.get("orders", source.ask) == 2


async def test_a_cancelled_caller_does_not_end_the_read_for_others() -> None:
    """A cancelled reconcile cancels no other."""
    shared, source = SharedReads(), Source()
    first = asyncio.create_task(shared.get("orders", source.ask))
    second = asyncio.create_task(shared.get("orders", source.ask))
    await asyncio.sleep(0)
    first.cancel()
    source.answer.set()
    assert await second == 1


async def test_a_failure_is_shared_and_not_kept() -> None:
    """All waiting callers get it; the next one tries again."""
    shared = SharedReads()
    calls = 0

    async def fail() -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("no")

    results = await asyncio.gather(*(shared.get("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError] * 3
    await asyncio.sleep(0.01)
    with pytest.raises(RuntimeError, match="no"):
        await shared.get("a", fail)
    assert calls == 2


async def test_closing_ends_reads_under_way() -> None:
    """Nothing is left behind."""
    shared, source = SharedReads(), Source()
    waiting = asyncio.create_task(shared.get("orders", source.ask))
    await asyncio.sleep(0)
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 9), st.floats(5, 3600), st.sampled_from([0.0, 1.0, 20.0, 400.0])),
        max_size=40,
    )
)
def test_the_running_sum_is_what_adding_up_all_pools_gives(polls: list[tuple[int, int, float, float]]) -> None:
    """Whichever pools poll, poll otherwise, or no longer count. Each poll: pool, reads, interval, seconds before it."""
    clock = Clock()
    budget, known = ReadBudget(10, clock), dict[int, tuple[float, float]]()
    for pool, reads, interval, pause in polls:
        clock.now += pause
        granted = budget.request_interval(pool, reads, interval)
        known[pool] = (reads / interval, clock.now + FORGET_INTERVALS * granted)
        plain = sum(rate for rate, until in known.values() if until >= clock.now)
        assert budget.requested_rate == pytest.approx(plain)
    clock.now += 1e9
    assert budget.requested_rate == 0
