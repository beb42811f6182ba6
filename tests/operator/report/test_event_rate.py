"""Never more Events than the documented rate, and none is left out without a word."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from controller.api.event_reasons import EventReason, EventType
from controller.cluster.events import Event
from controller.operator.report.event_rate import BURST, REFILL_SECONDS, RESERVED, SUMMARY_SECONDS, EventRate
from controller.operator.report.events import event_of
from tests.operator.builders import NOW

SCALED = event_of(EventReason.SUCCESSFUL_RESCALE, "Scaled 1 → 2: 3 tasks wait.")
ILL = Event(EventType.WARNING, "NotPolling", "Reconcile", "No worker polls orders.")
HOUR = 3600


def admitted(happened: Iterable[tuple[float, Event]]) -> list[tuple[float, Event]]:
    """Those that are written of what happens at some times."""
    rate, written = EventRate(), list[tuple[float, Event]]()
    for at, event in happened:
        rate, events = rate.admit((event,), NOW + at)
        written += [(at, each) for each in events]
    return written


def test_what_happens_now_and_then_is_written_whole() -> None:
    """A change of replicas each minute, for three hours."""
    assert len(admitted((60 * i, SCALED) for i in range(180))) == 180


def test_a_pool_that_scales_every_5_s_writes_one_each_minute_and_how_many_it_left_out() -> None:
    """After what is left to other Events, and with a summary each 10 minutes that takes the room of one."""
    written = admitted((5 * i, SCALED) for i in range(2 * HOUR // 5))
    in_second_hour = [event for at, event in written if at >= HOUR]
    assert len(in_second_hour) <= HOUR / REFILL_SECONDS + 1
    counts = [event.note.split(" Events", 1)[0] for _, event in written if event.reason == EventReason.EVENTS_LEFT_OUT]
    assert len(counts) == 11
    scaled = sum(event == SCALED for _, event in written)
    assert 2 * HOUR / 5 - scaled - SUMMARY_SECONDS / 5 <= sum(map(int, counts)) <= 2 * HOUR / 5 - scaled


def test_a_problem_is_announced_beside_any_number_of_changes_of_replicas() -> None:
    """They leave room to it."""
    changes = [(5.0 * i, SCALED) for i in range(1000)]
    problems = [(5000.0, ILL)] * RESERVED
    assert [event for _, event in admitted(changes + problems) if event == ILL] == [ILL] * RESERVED


def test_problems_are_bounded_too() -> None:
    """Whatever flaps."""
    assert len(admitted([(0, ILL)] * 1000)) == BURST


def test_a_summary_says_since_when_and_what_has_all() -> None:
    """Once, also where nothing happens any more."""
    rate, _ = EventRate().admit([ILL] * (BURST + 3), NOW)
    rate, early = rate.admit((), NOW + SUMMARY_SECONDS - 1)
    rate, (summary,) = rate.admit((), NOW + SUMMARY_SECONDS)
    _, again = rate.admit((), NOW + 2 * SUMMARY_SECONDS)
    assert (early, again) == ((), ())
    assert summary.note.startswith("3 Events left out since 1970-01-01T02:46:40Z: a pool")
    assert "at most 40 at once and one each 60 s. status.scaleActions" in summary.note


@given(st.lists(st.tuples(st.floats(0, 300), st.sampled_from([SCALED, ILL])), max_size=300), st.floats(60, HOUR))
def test_no_window_has_more_than_the_rate(pauses: list[tuple[float, Event]], window: float) -> None:
    """A burst, and one for each `REFILL_SECONDS` of the window."""
    at, happened = 0.0, list[tuple[float, Event]]()
    for pause, event in pauses:
        at += pause * (pause > 200)
        happened.append((at, event))
    times = [at for at, _ in admitted(happened)]
    for begin in times:
        assert sum(begin <= at < begin + window for at in times) <= BURST + window / REFILL_SECONDS + 1e-6


def test_a_clock_that_is_set_back_gives_no_room_and_takes_none() -> None:
    """The bucket goes on from there."""
    rate, _ = EventRate().admit([ILL] * BURST, NOW)
    rate, none = rate.admit([ILL], NOW - HOUR)
    assert none == ()
    _, (one,) = rate.admit([ILL], NOW - HOUR + REFILL_SECONDS)
    assert one == ILL
