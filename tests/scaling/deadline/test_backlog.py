"""What waits and when it is due (step 1), and the slots with which it starts by then (step 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.backlog import (
    LATE_START_SHARE,
    Backlog,
    Due,
    Supply,
    due,
    plausible_backlog,
    slots_by_deadline,
    started,
)
from controller.scaling.deadline.service_time import LONGEST_SECONDS, TaskDuration
from controller.scaling.deadline.start_up import Terms
from controller.scaling.reasons import StepReason
from tests.scaling.builders import statistics


@pytest.mark.parametrize(
    ("count", "age", "objective", "tasks", "reason"),
    [
        (0, 0.0, 60, 0, StepReason.NO_BACKLOG),
        (25, 0.0, 60, 0, StepReason.BACKLOG_GONE),
        (25, 6.0, 60, 25, StepReason.BACKLOG_PASSING),
        (25, 6.1, 60, 25, StepReason.BACKLOG_STANDS),
        (25, 0.9, 5, 25, StepReason.BACKLOG_PASSING),
    ],
    ids=["nothing", "a count that lags", "a tenth of the objective", "longer", "never less than a second"],
)
def test_a_backlog_is_judged_by_the_age_of_its_oldest_task(
    count: int, age: float, objective: float, tasks: int, reason: StepReason
) -> None:
    """The count lags while a queue drains; the age does not."""
    backlog = plausible_backlog(statistics(count, age_seconds=age), objective)
    assert (backlog.tasks, backlog.reason) == (tasks, reason)
    assert backlog.stands == (reason == StepReason.BACKLOG_STANDS)
    assert backlog.age_seconds == (age if tasks else 0)


NOW = 100.0


def waiting(tasks: int, age: float = 10.0) -> Backlog:
    """A backlog that stands."""
    return Backlog(tasks, age, stands=True, reason=StepReason.BACKLOG_STANDS, message="")


def arrived(*counts: tuple[float, float]) -> TaskCount:
    """How many had arrived by some times."""
    return TaskCount(tuple(at for at, _ in counts), tuple(total for _, total in counts))


def test_what_waits_has_waited() -> None:
    """D is 60 s and they are 10 s old: they are due in 50 s, all of them where nothing says when they came."""
    assert due(waiting(500, age=10), TaskCount(), 60, NOW) == (Due(50, 500),)


def test_what_is_late_is_due_in_the_past() -> None:
    """By as much as it is late."""
    assert due(waiting(500, age=70), TaskCount(), 60, NOW) == (Due(-10, 500),)


def test_nothing_that_waits_is_never_due() -> None:
    """Whatever came."""
    assert due(waiting(0, age=0), arrived((80, 0), (90, 100)), 60, NOW) == ()


def test_the_youngest_arrivals_are_those_that_wait() -> None:
    """100 came in each of the last two polls of 10 s, 150 wait: the oldest are from the first of these."""
    counts = arrived((70, 1000), (80, 1100), (90, 1200), (100, 1300))
    assert due(waiting(150, age=18), counts, 60, NOW) == (
        Due(42, 25),  # half of the 50 older ones as if they came as early as possible, 18 s ago
        Due(46, 50),  # the others between then and the poll at 90 s
        Due(50, 100),
        Due(55, 150),
    )


def test_what_the_counts_do_not_explain_is_as_old_as_the_oldest() -> None:
    """20 arrivals were counted, 100 wait: the counts came too late for the others."""
    assert due(waiting(100, age=30), arrived((90, 0), (100, 20)), 60, NOW) == (Due(30, 80), Due(50, 90), Due(55, 100))


def test_what_came_before_the_oldest_does_not_wait_any_more() -> None:
    """300 came 20 to 30 s ago, and the oldest that waits is 10 s old."""
    assert due(waiting(50, age=10), arrived((70, 0), (80, 300), (90, 300), (100, 300)), 60, NOW) == (Due(50, 50),)


@given(
    tasks=st.integers(1, 1000),
    age=st.floats(0.1, 200),
    came=st.lists(st.floats(0, 300), max_size=8),
)
def test_each_waiting_task_is_due_once_the_oldest_first_and_none_before_it(
    tasks: int, age: float, came: list[float]
) -> None:
    """Whatever was counted."""
    totals = [sum(came[:i]) for i in range(len(came) + 1)]
    counts = TaskCount(tuple(NOW - 5.0 * i for i in reversed(range(len(totals)))), tuple(totals))
    dues = due(waiting(tasks, age), counts, 60, NOW)
    assert dues[-1].tasks == pytest.approx(tasks)
    assert list(dues) == sorted(dues)
    assert all(60 - age - 1e-6 <= one.in_seconds <= 60 for one in dues)


@given(tasks=st.integers(1, 1000), age=st.floats(0.1, 200), older=st.floats(0, 100), came=st.lists(st.floats(0, 300)))
def test_of_an_older_backlog_no_fewer_are_due_at_any_time(
    tasks: int, age: float, older: float, came: list[float]
) -> None:
    """With the same counts."""
    totals = [sum(came[:i]) for i in range(len(came) + 1)]
    counts = TaskCount(tuple(NOW - 5.0 * i for i in reversed(range(len(totals)))), tuple(totals))
    young, old = (due(waiting(tasks, seconds), counts, 60, NOW) for seconds in (age, age + older))
    for moment in young:
        by_then = max((one.tasks for one in old if one.in_seconds <= moment.in_seconds + 1e-6), default=0.0)
        assert by_then >= moment.tasks - 1e-6


@pytest.mark.parametrize(
    ("seconds", "task_seconds", "tasks"),
    [
        pytest.param(0, 5, 0, id="it is not ready"),
        pytest.param(-3, 5, 0, id="nor will be in time"),
        pytest.param(0.1, 5, 1, id="one at once"),
        pytest.param(5, 5, 1.5, id="half of the next after one task"),
        pytest.param(12.5, 5, 3, id="one for each that surely ended"),
    ],
)
def test_what_a_free_slot_starts(seconds: float, task_seconds: float, tasks: float) -> None:
    """Tasks that began together also end together: half of one is still running when the time is over."""
    assert started(seconds, task_seconds) == tasks


@pytest.mark.parametrize(
    ("supply", "tasks"),
    [
        pytest.param(Supply(0), 0, id="nothing is there"),
        pytest.param(Supply(20), 20 * 4.5, id="busy slots: after each task that ends"),
        pytest.param(Supply(20, slots_free=5), 20 * 4.5 + 5, id="and at once where they are free"),
        pytest.param(Supply(0, 10, (8.0,)), 10 * (1 + 2.5), id="a replica of 10 slots that is ready in 8 s"),
        pytest.param(Supply(0, 10, (20.0, 30.0)), 0, id="replicas that are ready too late"),
    ],
)
def test_what_is_there_or_on_its_way_starts_some(supply: Supply, tasks: float) -> None:
    """Within 20 s, of tasks of 4 s."""
    assert supply.starts(20, 4) == tasks


def takes(seconds: float, longest: float | None = None) -> TaskDuration:
    """How long a task takes, as it was measured."""
    at_most = seconds if longest is None else longest
    return TaskDuration(seconds, at_most, assumed=False, reason=StepReason.SERVICE_TIME_MEASURED, message="")


UNKNOWN = TaskDuration(5, LONGEST_SECONDS, assumed=True, reason=StepReason.SERVICE_TIME_ASSUMED, message="")
TERMS = Terms(objective_seconds=60, start_up_seconds=24, prior_seconds=5)
LATE = (1 + LATE_START_SHARE) * 24
"""When what is late already should start, at the latest."""


@pytest.mark.parametrize(
    ("dues", "supply", "duration", "slots", "reason"),
    [
        pytest.param((), Supply(7), takes(4), 0, StepReason.NO_BACKLOG, id="nothing waits"),
        # a new replica is ready in 24 s; in the 30 s after that a slot starts 1 + 7.5 - 0.5
        pytest.param((Due(54, 500),), Supply(0), takes(4), 500 / 8, StepReason.BACKLOG_SLOTS, id="all by new replicas"),
        # 20 slots that are there start 20 * 13 in the 54 s
        pytest.param(
            (Due(54, 500),), Supply(20), takes(4), 20 + 240 / 8, StepReason.BACKLOG_SLOTS, id="less what is there"
        ),
        pytest.param((Due(54, 260),), Supply(20), takes(4), 20, StepReason.BACKLOG_SLOTS, id="which is just enough"),
        pytest.param((Due(54, 130),), Supply(20), takes(4), 10, StepReason.BACKLOG_SLOTS, id="half of it is"),
        # 105 of the 140 that 20 slots start within 30 s, and half of what they do until 54 s
        pytest.param(
            (Due(30, 105), Due(54, 130)),
            Supply(20),
            takes(4),
            15,
            StepReason.BACKLOG_SLOTS,
            id="by the hardest deadline",
        ),
        # a replica of 10 slots that is ready in 14 s starts 10 * (1 + 9.5)
        pytest.param(
            (Due(54, 500),),
            Supply(0, 10, (14.0,)),
            takes(4),
            10 + 395 / 8,
            StepReason.BACKLOG_SLOTS,
            id="or on its way",
        ),
        pytest.param(
            (Due(54, 500),), Supply(0), takes(2, longest=4), 500 / 8, StepReason.BACKLOG_SLOTS, id="by the longest"
        ),
        pytest.param(
            (Due(54, 7),), Supply(0), takes(200), 7, StepReason.BACKLOG_SLOTS, id="long tasks need a slot each"
        ),
        # 200 are due so soon that a slot starts 1 + 1.5 - 0.5 of them; all 500 have more time
        pytest.param(
            (Due(30, 200), Due(54, 500)),
            Supply(0),
            takes(4),
            100,
            StepReason.BACKLOG_SLOTS,
            id="the first that are due",
        ),
        pytest.param(
            (Due(30, 100), Due(54, 500)), Supply(0), takes(4), 500 / 8, StepReason.BACKLOG_SLOTS, id="or all of them"
        ),
    ],
)
def test_each_deadline_gets_its_slots(
    dues: tuple[Due, ...], supply: Supply, duration: TaskDuration, slots: float, reason: StepReason
) -> None:
    """All slots, those that are there too, so that nothing is requested twice."""
    estimate = slots_by_deadline(dues, supply, duration, 0, TERMS)
    assert estimate.value == pytest.approx(slots)
    assert estimate.reason == reason


@pytest.mark.parametrize(
    "in_seconds", [23.9, 0, -1000], ids=["a new replica is late", "it is due now", "it is long late"]
)
def test_what_is_late_anyway_gets_a_part_of_a_start_up(in_seconds: float) -> None:
    """Whatever the objective is: it starts soon after what is requested for it is ready."""
    estimate = slots_by_deadline((Due(in_seconds, 500),), Supply(0), takes(2), 0, TERMS)
    assert estimate.value == pytest.approx(500 / (1 + (LATE - 24) / 2 - 0.5))
    assert estimate.reason == StepReason.BACKLOG_LATE


def test_what_arrives_until_late_tasks_start_counts_with_them() -> None:
    """D is 10 s: what comes in the next 20 s is due before those 30 s are over."""
    short = Terms(objective_seconds=10, start_up_seconds=24, prior_seconds=5)
    arriving = 7 * (LATE - 9)
    estimate = slots_by_deadline((Due(2, 500),), Supply(0), takes(2), 7, short)
    assert estimate.value == pytest.approx((500 + arriving) / (1 + (LATE - 24) / 2 - 0.5))
    in_time = slots_by_deadline((Due(50, 500),), Supply(0), takes(2), 7, TERMS)
    assert in_time.value == slots_by_deadline((Due(50, 500),), Supply(0), takes(2), 0, TERMS).value


def test_while_a_later_request_is_in_time_an_assumption_decides() -> None:
    """In 5 s it is polled again, and what has started may have shown how long a task takes."""
    estimate = slots_by_deadline((Due(34, 500),), Supply(0), UNKNOWN, 0, TERMS)
    assert estimate.value == pytest.approx(500 / 2.5)
    assert slots_by_deadline((Due(29.3, 500),), Supply(0), UNKNOWN, 0, TERMS).reason == StepReason.BACKLOG_SLOTS
    assert estimate.reason == StepReason.BACKLOG_SLOTS


@pytest.mark.parametrize("in_seconds", [28.9, 10, -20], ids=["a later request is late", "this one is", "all are"])
def test_when_no_later_request_is_in_time_a_task_of_unknown_duration_gets_a_slot_of_its_own(in_seconds: float) -> None:
    """It may take an hour."""
    estimate = slots_by_deadline((Due(in_seconds, 42),), Supply(0), UNKNOWN, 0, TERMS)
    assert estimate.value == pytest.approx(42, rel=1e-4)
    assert estimate.reason == StepReason.SLOT_PER_TASK


def test_a_slot_for_each_task_is_not_requested_again_while_it_starts() -> None:
    """42 tasks of unknown duration, and 5 replicas of 10 slots start."""
    starting = Supply(0, 10, (20.0,) * 5)
    assert slots_by_deadline((Due(25, 42),), starting, UNKNOWN, 0, TERMS).value == pytest.approx(42)


@pytest.mark.parametrize("polls", range(5))
def test_what_starting_pods_will_do_is_not_requested_again(polls: int) -> None:
    """500 tasks are due in 54 s; what was requested for them is enough at each later poll."""
    requested = slots_by_deadline((Due(54, 500),), Supply(0, 10), takes(4), 0, TERMS).value
    pods = -(-requested // 10)
    passed = 5.0 * polls
    later = Supply(0, 10, (24 - passed,) * int(pods))
    assert slots_by_deadline((Due(54 - passed, 500),), later, takes(4), 0, TERMS).value <= 10 * pods


dues = st.lists(st.tuples(st.floats(-100, 18), st.floats(0.5, 1000)), min_size=1, max_size=4).map(
    lambda steps: tuple(Due(at, sum(n for _, n in sorted(steps)[: i + 1])) for i, (at, _) in enumerate(sorted(steps)))
)
times = st.builds(Terms, st.floats(20, 200), st.floats(1.2, 200), st.just(5.0))
"""All tasks of `dues` have waited for some time."""
supplies = st.builds(
    Supply, st.integers(0, 100), st.just(4.0), st.lists(st.floats(0, 100), max_size=4).map(tuple), st.just(0.0)
)


@given(
    dues=dues,
    supply=supplies,
    seconds=st.floats(0.01, 1000),
    earlier=st.floats(0, 100),
    rate=st.floats(0, 50),
    terms=times,
)
def test_what_is_due_sooner_never_gets_fewer_slots(
    dues: tuple[Due, ...], supply: Supply, *, seconds: float, earlier: float, rate: float, terms: Terms
) -> None:
    """All else equal."""
    sooner = tuple(Due(one.in_seconds - earlier, one.tasks) for one in dues)
    slots = [slots_by_deadline(some, supply, takes(seconds), rate, terms).value for some in (dues, sooner)]
    assert slots[1] >= slots[0] - 1e-6


@given(
    dues=dues,
    supply=supplies,
    seconds=st.floats(0.01, 1000),
    factor=st.floats(1, 100),
    rate=st.floats(0, 50),
    terms=times,
)
def test_tasks_that_take_longer_never_get_fewer_slots(
    dues: tuple[Due, ...], supply: Supply, *, seconds: float, factor: float, rate: float, terms: Terms
) -> None:
    """All else equal."""
    slots = [slots_by_deadline(dues, supply, takes(s), rate, terms).value for s in (seconds, factor * seconds)]
    assert slots[1] >= slots[0] - 1e-6


@given(
    dues=dues,
    supply=supplies,
    seconds=st.floats(0.01, 1000),
    more=st.floats(1, 100),
    rate=st.floats(0, 50),
    terms=times,
)
def test_more_tasks_never_get_fewer_slots(
    dues: tuple[Due, ...], supply: Supply, *, seconds: float, more: float, rate: float, terms: Terms
) -> None:
    """All else equal."""
    fuller = tuple(replace_tasks(one, more) for one in dues)
    slots = [slots_by_deadline(some, supply, takes(seconds), rate, terms).value for some in (dues, fuller)]
    assert slots[1] >= slots[0] - 1e-6


def replace_tasks(one: Due, factor: float) -> Due:
    """The same with so many times the tasks."""
    return one._replace(tasks=one.tasks * factor)
