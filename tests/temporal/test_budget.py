"""The budget of a Temporal namespace, on a clock of the test's own."""

import pytest

from controller.temporal.budget import (
    BURST_SECONDS,
    LONGEST_WAIT_SECONDS,
    RECOVERY_SECONDS,
    UNUSED_SECONDS,
    UTILIZATION,
    Budgets,
    BudgetSpentError,
    ReadBudget,
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


def test_savings_go_at_once_and_the_rest_in_turn(clock: Clock) -> None:
    """40 a second: a second's worth was saved, and the next ones come 25 ms apart, first come first served."""
    budget = ReadBudget(40, clock)
    waits = [budget.reserve() for _ in range(42)]
    assert waits[: int(40 * BURST_SECONDS)] == [0.0] * 40
    assert waits[40:] == pytest.approx([0.025, 0.05])
    assert budget.reads == 42


def test_over_a_minute_no_more_than_the_rate_gets_through(clock: Clock) -> None:
    """Twenty reads a second are wanted, each when the one before had its turn: ten get through."""
    budget = ReadBudget(10, clock)
    until = clock.now + 60
    let_through = 0
    while clock.now < until:
        clock.now += max(budget.reserve(), 0.05)
        let_through += 1
    assert 60 * 10 <= let_through <= 60 * 10 + 10 * BURST_SECONDS + 1


def test_savings_are_bounded(clock: Clock) -> None:
    """After an hour without reads, a second's worth goes at once and no more."""
    budget = ReadBudget(10, clock)
    clock.now += 3600
    assert [budget.reserve() < 1e-6 for _ in range(12)] == [True] * 10 + [False] * 2


def test_a_turn_that_is_too_far_away_is_refused_and_not_taken(clock: Clock) -> None:
    """What is refused does not make the others wait longer."""
    budget = ReadBudget(1, clock)
    for _ in range(int(LONGEST_WAIT_SECONDS) + 1):
        last = budget.reserve()
    with pytest.raises(BudgetSpentError, match="reads are let through at 1 per second, and the next turn is in 21 s"):
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


def test_pools_that_want_too_much_are_slowed_by_one_factor(clock: Clock) -> None:
    """100 pools, 2 reads every 5 s each, are 40 a second: of 40 only 90 % are given to what is planned."""
    budget = ReadBudget(40, clock)
    for pool in range(50):
        budget.wish(pool, 2, 5)
    assert budget.slowdown == 1
    for pool in range(100):
        budget.wish(pool, 2, 5)
    assert budget.slowdown == pytest.approx(1 / UTILIZATION)
    for pool in range(500):
        budget.wish(pool, 2, 5)
    assert budget.slowdown == pytest.approx(5 / UTILIZATION)


def test_a_pool_that_went_wants_nothing_any_more(clock: Clock) -> None:
    """Its wish ends a while after it should have come back."""
    budget = ReadBudget(10, clock)
    budget.wish("gone", 100, 5)
    assert budget.slowdown > 2
    clock.now += 1000
    budget.wish("here", 10, 5)
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


def test_budgets_that_nobody_uses_any_more_are_dropped(clock: Clock) -> None:
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
