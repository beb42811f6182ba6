"""How long a task takes (step 3)."""

from math import exp

import pytest

from controller.scaling.deadline.service_time import Busy, ServiceTime, Tally, service_time
from controller.scaling.deadline.workers import Workers
from controller.scaling.reasons import Reason


def workers(*ready_since: float) -> Workers:
    """Ready pods that report nothing by themselves: what is busy is stated."""
    return Workers(ready_since, ready_in_seconds=(), heard=(), slots_used_draining=0)


def looked(rate: float, per_pod: float, seconds: int, *, pods: int = 10) -> ServiceTime:
    """A memory after looks every 10 s at a steady state."""
    memory, busy = ServiceTime(), Busy(per_pod, pods, 0)
    for now in range(0, seconds + 1, 10):
        memory = memory.observe(workers(*[-1e6] * pods), now, rate * now, busy, busy)
    return memory


def test_slot_seconds_by_completions() -> None:
    """40 slots in use and 10 completions a second are tasks of 4 s."""
    estimate = service_time(looked(10, 4, 600), 30, by_reports=False)
    assert estimate.value == pytest.approx(4, rel=0.2)
    assert estimate.reason == Reason.SERVICE_TIME_MEASURED
    known = ServiceTime(believed=Tally(4000, 999), busy_believed=Busy(0.5, 2, 0))
    told = service_time(known, 4, by_reports=False).message
    assert told == "A task takes 4.00 s: 4000 slot-seconds for 999 tasks, 1 unfinished."


def test_the_prior_weighs_as_much_as_the_unfinished_work() -> None:
    """10 tasks that have run for 300 s, none of which ended, take 300 s and what is assumed."""
    memory = looked(0, 1, 300)
    estimate = service_time(memory, 15, by_reports=False)
    assert estimate.value == pytest.approx(300 + 15, rel=0.25)  # the first seconds are forgotten a little
    assert estimate.reason == Reason.SERVICE_TIME_ASSUMED


def test_the_prior_weighs_as_much_as_a_task_where_less_is_unfinished() -> None:
    """One task took 8 s, half of one runs, and 2 s are assumed."""
    assert Tally(slot_seconds=8, completions=1).service_time_seconds(2, 0.5) == 5


def test_nothing_known_is_the_prior() -> None:
    """Before the first look."""
    estimate = service_time(ServiceTime(), 15, by_reports=False)
    assert estimate.value == 15
    assert estimate.message == (
        "A task takes 15.00 s: 0 slot-seconds for 0 tasks, 0 unfinished, so that most is assumed, 15.00 s."
    )


def test_a_rise_of_slots_in_use_is_no_completion() -> None:
    """Of 100 tasks dispatched, 40 still run."""
    memory = ServiceTime().observe(workers(-1e6), 0, 0, Busy(0, 1, 0), Busy(0, 1, 0))
    memory = memory.observe(workers(-1e6), 10, 100, Busy(40, 1, 0), Busy(40, 1, 0))
    assert memory.believed == Tally(slot_seconds=200, completions=60)


def test_a_pod_that_just_became_ready_was_busy_for_as_long() -> None:
    """Ready for 2 of the 10 s, with 10 slots in use."""
    memory = ServiceTime().observe(workers(), 0, 0, Busy(0, 0, 0), Busy(0, 0, 0))
    memory = memory.observe(workers(8), 10, 10, Busy(10, 1, 0), Busy(10, 1, 0))
    assert memory.believed.slot_seconds == 20


def test_slots_on_pods_that_drain_count() -> None:
    """Their tasks are running too: 30 slots at the start and 10 at the end of 10 s, and 20 completions."""
    memory = ServiceTime().observe(workers(), 0, 0, Busy(0, 0, 30), Busy(0, 0, 30))
    memory = memory.observe(workers(), 10, 0, Busy(0, 0, 10), Busy(0, 0, 10))
    assert memory.believed == Tally(slot_seconds=200, completions=20)


def test_after_a_gap_the_last_half_minute_counts() -> None:
    """No answer for two minutes: of 10 tasks a second 300 are known of, and what was busy meanwhile."""
    memory, busy = looked(10, 4, 600), Busy(4, 10, 0)
    after = memory.observe(workers(*[-1e6] * 10), 720, memory.dispatched + 300, busy, busy)
    kept = exp(-30 / 500)
    assert after.believed.slot_seconds == pytest.approx(memory.believed.slot_seconds * kept + 40 * 30)
    assert after.believed.completions == pytest.approx(memory.believed.completions * kept + 300)


def test_what_was_busy_before_a_gap_tells_nothing_of_its_end() -> None:
    """Nothing ran then, 20 slots are in use now: 40 tasks in half a minute took 15 s each."""
    idle, busy = Busy(0, 2, 0), Busy(10, 2, 0)
    memory = ServiceTime().observe(workers(-1e6, -1e6), 0, 0, idle, idle)
    memory = memory.observe(workers(-1e6, -1e6), 200, 40, busy, busy)
    assert memory.believed == Tally(slot_seconds=600, completions=40)


def test_idle_time_forgets_nothing() -> None:
    """What a nightly job takes is known the next night."""
    memory = looked(10, 4, 600)
    idle = Busy(0, 0, 0)
    ended = memory.observe(workers(), 610, 6000, idle, idle)
    later = ended.observe(workers(), 90_000, 6000, idle, idle)
    assert later.believed == ended.believed


def test_many_completions_forget_sooner() -> None:
    """1,000 tasks/s of 0.1 s become tasks of 0.05 s: known within two minutes, not within ten."""
    memory = looked(1000, 10, 300)
    busy = Busy(5, 10, 0)
    for now in range(310, 430, 10):
        memory = memory.observe(workers(*[-1e6] * 10), now, 1000 * now, busy, busy)
    assert service_time(memory, 1, by_reports=False).value == pytest.approx(0.05, rel=0.25)


def test_a_clock_that_goes_back_starts_a_new_window() -> None:
    """No negative time is counted."""
    memory = looked(10, 4, 600)
    busy = Busy(4, 10, 0)
    assert memory.observe(workers(), 0, 7000, busy, busy).believed == memory.believed


def test_reported_slots_count_where_slots_are_not_the_bottleneck() -> None:
    """Believed full, reported almost idle: the bottleneck is elsewhere, so a task takes what is reported."""
    memory = ServiceTime()
    for now in range(0, 301, 10):
        memory = memory.observe(workers(-1e6), now, 10 * now, Busy(100, 1, 0), Busy(2, 1, 0))
    assert service_time(memory, 1, by_reports=True).value == pytest.approx(0.2, rel=0.05)
    assert service_time(memory, 1, by_reports=False).value == pytest.approx(10, rel=0.05)


def test_after_a_pause_a_new_window_begins() -> None:
    """What was busy meanwhile is not known, so it does not count."""
    memory, busy = looked(10, 4, 600), Busy(4, 10, 0)
    resumed = memory.pause().observe(workers(*[-1e6] * 10), 1000, 10_000, busy, busy)
    assert resumed.believed == memory.believed


@pytest.mark.parametrize(
    ("rate", "service", "kept_seconds"),
    [
        pytest.param(1.0, 4, 600, id="a few tasks: ten minutes"),
        pytest.param(10.0, 4, 500, id="10 tasks/s: as long as 5,000 take"),
        pytest.param(1000.0, 0.05, 60, id="1,000 tasks/s: not less than a minute"),
        pytest.param(0.01, 1200, 6000, id="long tasks: five of them"),
    ],
)
def test_how_long_is_remembered(rate: float, service: float, kept_seconds: float) -> None:
    """After that time, with slots that do nothing any more, a share of 1 / e is left."""
    tally, busy = Tally(1e6 * service, 1e6), Busy(rate * service, 1, 0)
    memory = ServiceTime(tally, tally, at=0, dispatched=0, busy_believed=busy, busy_reported=busy)
    seconds = kept_seconds / 200
    after = memory.observe(workers(-1e6), seconds, rate * seconds, busy, busy).believed
    assert after.completions - rate * seconds == pytest.approx(1e6 * exp(-1 / 200), rel=1e-4)


def test_a_task_that_has_not_ended_is_remembered_for_five_times_what_it_took_so_far() -> None:
    """200 s of one task are remembered for 1,000 s, before any has ended."""
    tally, busy = Tally(slot_seconds=200, completions=0), Busy(1, 1, 0)
    memory = ServiceTime(tally, tally, at=0, dispatched=1, busy_believed=busy, busy_reported=busy)
    after = memory.observe(workers(-1e6), 30, 1, busy, busy).believed
    assert after.slot_seconds == pytest.approx(200 * exp(-30 / 1000) + 30)
