"""Do replicas help? The question, history, the experiment and the way down."""

from dataclasses import replace
from math import e

import pytest

from controller.scaling.deadline.backlog import plausible_backlog
from controller.scaling.deadline.bottleneck import (
    IDLE_POLLS,
    Bottleneck,
    Finding,
    Phase,
    Signals,
    bottleneck,
    differs,
    effective_slots,
)
from controller.scaling.deadline.workers import PodReport, Workers
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW, statistics

ASKING = Bottleneck(idle_polls=IDLE_POLLS - 1, ready=4, at=NOW - 10)

EXPERIMENTING = Bottleneck(phase=Phase.EXPERIMENT, rate_before=10, ready_before=4, backlog_before=50, ready=6, at=NOW)

ELSEWHERE = Bottleneck(
    phase=Phase.ELSEWHERE, rate_before=10, ready_before=6, backlog_before=50, ready=2, at=NOW, best_rate=2.6
)

LIMITED = Bottleneck(limit_per_second=10.0, limited_at=NOW - 60, ready=4, at=NOW - 10)
"""10 tasks/s of 0.1 s got through a minute ago: at 85 %, 1.2 slots are enough for them."""


def signals(
    backlog: int = 50,
    *,
    ready: int = 4,
    used: int = 1,
    rate: float = 10.0,
    recent_rate: float | None = None,
    ready_since: float = NOW - 600,
    starting: int = 0,
    reported_at: float = NOW,
    rate_limiting_active: bool | None = None,
) -> Signals:
    """Four pods with one of ten slots in use each, and 50 tasks that have waited for half a minute."""
    reported = tuple(PodReport(used, reported_at, ready_since) for _ in range(ready))
    read = statistics(
        backlog,
        age_seconds=30 if backlog else 0,
        dispatch_rate=rate,
        rate_limiting_active=rate_limiting_active,
    )
    return Signals(
        now=NOW,
        backlog=plausible_backlog(read, 60),
        standing_since=NOW - 30,
        statistics=read,
        workers=Workers((ready_since,) * ready, (10.0,) * starting, reported, 0),
        slots_per_replica=10,
        service_seconds=0.1,
        recent_rate=rate if recent_rate is None else recent_rate,
    )


Answer = tuple[StepReason, int, float | None, bool]


def answer(finding: Finding) -> Answer:
    """Reason, replicas of the experiment, known limit, and whether something else than replicas is the bottleneck."""
    return finding.reason, finding.replicas, finding.limit_per_second, finding.elsewhere


def replicas_help(reason: StepReason, *, step: int = 0, limit: float | None = None) -> Answer:
    """The answer that nothing else is known to be the bottleneck."""
    return reason, step, limit, False


def they_do_not(reason: StepReason) -> Answer:
    """The answer that something else is."""
    return reason, 0, None, True


def test_reports_from_before_the_backlog_prove_nothing() -> None:
    """Reports from before the backlog say nothing about it."""
    finding, memory = bottleneck(ASKING, signals(reported_at=NOW - 31))
    assert (finding.reason, memory.idle_polls) == (StepReason.SLOTS_LIMIT, 0)


@pytest.mark.parametrize(("reported", "ready", "polls"), [(1, 4, 0), (2, 4, 1), (2, 5, 0), (3, 5, 1)])
def test_half_of_the_replicas_must_have_reported(reported: int, ready: int, polls: int) -> None:
    """One of four says nothing of the others."""
    some = signals(ready=ready)
    some = replace(some, workers=replace(some.workers, reports=some.workers.reports[:reported]))
    assert bottleneck(Bottleneck(ready=ready, at=NOW - 10), some)[1].idle_polls == polls


def test_where_no_replica_is_ready_none_dispatches() -> None:
    """What the server saw were those that went."""
    assert signals(ready=0, rate=10).rate_per_replica == 0


@pytest.mark.parametrize(("used", "full"), [(96, False), (97, True)])
def test_slots_are_full_from_97_percent_on(used: int, *, full: bool) -> None:
    """A slot that was just freed is no idle one."""
    assert replace(signals(used=used), slots_per_replica=100).slots_full == full


def test_full_slots_raise_no_question() -> None:
    """Where slots are in use, slots are what is missing."""
    finding, memory = bottleneck(ASKING, signals(used=8))
    assert (memory.phase, memory.idle_polls) == (Phase.NONE, 0)
    assert answer(finding) == replicas_help(StepReason.SLOTS_LIMIT)


def test_idle_slots_under_a_backlog_stop_the_growth_first() -> None:
    """Two polls are no proof, but no reason to buy more of what idles either; one may have found slots being filled."""
    finding, memory = bottleneck(Bottleneck(ready=4, at=NOW - 10), signals())
    assert (finding.reason, memory.phase, memory.idle_polls) == (StepReason.SLOTS_LIMIT, Phase.NONE, 1)
    finding, memory = bottleneck(memory, signals())
    assert (memory.phase, memory.idle_polls) == (Phase.NONE, 2)
    assert answer(finding) == replicas_help(StepReason.IDLE_SLOTS)


def test_the_third_poll_begins_the_experiment() -> None:
    """One step up, from 4 to 6 replicas."""
    finding, memory = bottleneck(ASKING, signals())
    assert (memory.phase, memory.idle_polls) == (Phase.EXPERIMENT, 0)
    assert answer(finding) == replicas_help(StepReason.EXPERIMENT, step=6)


@pytest.mark.parametrize(
    "unsettled",
    [signals(starting=1), signals(ready_since=NOW - 34, reported_at=NOW)],
    ids=["a pod is starting", "a pod became ready less than 35 s ago"],
)
def test_the_experiment_waits_until_the_rate_is_that_of_the_pods(unsettled: Signals) -> None:
    """The rate is a mean of 30 s."""
    finding, memory = bottleneck(ASKING, unsettled)
    assert (finding.reason, memory.phase) == (StepReason.IDLE_SLOTS, Phase.NONE)
    assert bottleneck(ASKING, signals(ready_since=NOW - 35))[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize(("ready", "tried"), [(1, 2), (2, 3), (3, 5)])
def test_half_as_many_replicas_again_are_tried(ready: int, tried: int) -> None:
    """Rounded up."""
    assert Bottleneck(ready_before=ready).step_replicas == tried


def test_history_answers_without_an_experiment() -> None:
    """A replica that lately dispatched twice as much is not short of pollers."""
    finding, memory = bottleneck(replace(ASKING, best_rate=5.1, removed_at=NOW - 300), signals())  # now 10 / 4 = 2.5
    assert (memory.phase, memory.removed_at) == (Phase.ELSEWHERE, None)
    assert answer(finding) == they_do_not(StepReason.BOTTLENECK_ELSEWHERE)


def test_just_twice_as_much_is_history_enough() -> None:
    """5 tasks/s of a replica lately, 2.5 now."""
    assert bottleneck(replace(ASKING, best_rate=5.0, at=NOW), signals())[1].phase == Phase.ELSEWHERE


def test_one_replica_has_a_history_of_its_own() -> None:
    """15 tasks/s are less than twice the 10 of now."""
    alone = replace(ASKING, best_rate=15, ready=1)
    assert bottleneck(alone, signals(ready=1))[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize(
    ("capacity", "used", "polls"),
    [
        pytest.param(None, 7, IDLE_POLLS - 1, id="a replica of 10 slots"),
        pytest.param(None, 8, 0, id="four fifths of them in use"),
        pytest.param(1.75, 5, IDLE_POLLS - 1, id="one whose pollers keep 7 in use"),
        pytest.param(1.75, 6, 0, id="six of those in use"),
    ],
)
def test_slots_are_idle_by_what_the_pollers_can_keep_in_use(capacity: float | None, used: int, polls: int) -> None:
    """1.75 tasks/s of 4 s are 7 slots, whatever the worker has."""
    memory = Bottleneck(idle_polls=IDLE_POLLS - 2, ready=4, at=NOW - 10, capacity_per_second=capacity)
    seen = replace(signals(used=used, rate=4.0), service_seconds=4.0)
    assert bottleneck(memory, seen)[1].idle_polls == polls


def test_history_fades() -> None:
    """What a replica did an hour ago is no answer."""
    old = replace(ASKING, best_rate=20.0, at=NOW - 3600)
    assert bottleneck(old, signals())[1].phase == Phase.EXPERIMENT


def test_replicas_help_when_the_rate_rises_with_them() -> None:
    """Half as many more, and half as much more gets through: 2.5 tasks/s is what one can."""
    finding, memory = bottleneck(EXPERIMENTING, signals(ready=6, rate=15))
    assert (memory.phase, memory.capacity_per_second) == (Phase.NONE, 2.5)
    assert answer(finding) == replicas_help(StepReason.POLLER_LIMITED)


def test_a_rise_within_chance_is_no_rise() -> None:
    """12.5 against 10 tasks/s is half the share, but 375 against 300 tasks is needed to exceed 2 sigma: 52."""
    assert differs(10, 12.5)
    assert not differs(10, 11)
    assert not differs(11.7, 10)  # 51 tasks, of which 2 sigma are 51.03
    assert differs(0, 4 / 30)  # 4 tasks are 2 sigma
    assert bottleneck(EXPERIMENTING, signals(ready=6, rate=11, ready_since=NOW - 20))[1].phase == Phase.EXPERIMENT


def test_replicas_do_not_help_when_the_rate_stays() -> None:
    """35 s after the new pods are ready the rate is theirs."""
    finding, memory = bottleneck(EXPERIMENTING, signals(ready=6, rate=10))
    assert (finding.reason, memory.phase, memory.ready_before) == (StepReason.BOTTLENECK_ELSEWHERE, Phase.ELSEWHERE, 6)


def test_an_experiment_without_replicas_counts_the_first_ones_as_twice_as_many() -> None:
    """From none to two, 0.1 tasks/s are a rise that chance explains, 1 task/s is none that it does."""
    from_none = replace(EXPERIMENTING, rate_before=0, ready_before=0)
    helped = bottleneck(from_none, signals(ready=2, rate=1, ready_since=NOW - 20))[1]
    assert (helped.phase, helped.capacity_per_second) == (Phase.NONE, 0.5)
    assert bottleneck(from_none, signals(ready=2, rate=0.1, ready_since=NOW - 20))[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize(
    ("ready", "rate", "phase"),
    [
        pytest.param(4, 20, Phase.EXPERIMENT, id="no replica more, whatever the rate does"),
        pytest.param(6, 12.5, Phase.NONE, id="half the share is enough"),
        pytest.param(6, 12.4, Phase.EXPERIMENT, id="less is not"),
        pytest.param(6, 7, Phase.EXPERIMENT, id="a fall that chance does not explain is no rise"),
        pytest.param(12, 19, Phase.EXPERIMENT, id="thrice the replicas need twice the rate"),
        pytest.param(12, 20, Phase.NONE, id="and with that they help"),
    ],
)
def test_how_much_the_rate_must_rise(ready: int, rate: float, phase: Phase) -> None:
    """By half the share of the new replicas, from 4 replicas with 10 tasks/s."""
    seen = signals(ready=ready, rate=rate, ready_since=NOW - 20)
    assert bottleneck(EXPERIMENTING, seen)[1].phase == phase


def test_one_replica_alone_can_be_the_measure() -> None:
    """Before the experiment it dispatched 10 tasks/s, now two dispatch 18: 10 is what one can."""
    alone = replace(EXPERIMENTING, ready_before=1)
    assert bottleneck(alone, signals(ready=2, rate=18))[1].capacity_per_second == 10


def test_a_rate_that_fell_with_the_replicas_proves_that_they_help() -> None:
    """40 s after they went, 5 instead of 10 tasks/s, each replica at its best: that is its capacity."""
    gone = replace(ELSEWHERE, removed_at=NOW - 40)
    finding, memory = bottleneck(gone, signals(ready=2, rate=5))
    assert (finding.reason, memory.phase) == (StepReason.POLLER_LIMITED, Phase.NONE)
    assert memory.capacity_per_second == pytest.approx(2.6)


def test_nine_tenths_of_its_best_are_as_fast_as_a_replica_can() -> None:
    """2.7 tasks/s of one that lately had 3."""
    gone = replace(ELSEWHERE, removed_at=NOW - 40, best_rate=3.0)
    assert bottleneck(gone, signals(ready=2, rate=5.4))[1].phase == Phase.NONE


@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        (replace(ELSEWHERE, removed_at=NOW - 34), signals(ready=2, rate=5)),
        (replace(ELSEWHERE, removed_at=NOW - 40), signals(ready=2, rate=7.5)),
        (replace(ELSEWHERE, removed_at=NOW - 40), signals(ready=2, rate=5, used=10, backlog=60)),
        (
            replace(ELSEWHERE, removed_at=NOW - 40),
            replace(signals(ready=2, rate=5, used=97, backlog=60), slots_per_replica=100),
        ),
        (replace(ELSEWHERE, removed_at=NOW - 40, best_rate=2.9), signals(ready=2, rate=5)),
        (ELSEWHERE, signals(ready=2, rate=5)),
    ],
    ids=[
        "too early",
        "it fell by no more than a quarter",
        "the slots are full",
        "97 of 100 in use are full slots",
        "the replicas could do more",
        "none went",
    ],
)
def test_less_than_that_proves_nothing(memory: Bottleneck, seen: Signals) -> None:
    """The bottleneck stays elsewhere."""
    assert bottleneck(memory, seen)[1].phase == Phase.ELSEWHERE


def test_an_experiment_waits_until_the_rate_is_that_of_the_replicas_that_remain() -> None:
    """The server's mean of 30 s is still that of those that went."""
    shrunk = replace(ASKING, removed_at=NOW - 34)
    assert bottleneck(shrunk, signals())[1].phase == Phase.NONE
    assert bottleneck(replace(shrunk, removed_at=NOW - 35), signals())[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize("phase", [Phase.EXPERIMENT, Phase.ELSEWHERE])
def test_it_ends_when_no_backlog_stands(phase: Phase) -> None:
    """Nothing waits, nothing to ask."""
    assert bottleneck(replace(ELSEWHERE, phase=phase), signals(backlog=0))[1].phase == Phase.NONE


def test_a_true_burst_ends_it() -> None:
    """The slots fill while the backlog is twice what it was."""
    finding, memory = bottleneck(ELSEWHERE, signals(backlog=100, used=10, ready=2))
    assert (finding.reason, memory.phase) == (StepReason.SLOTS_LIMIT, Phase.NONE)
    assert bottleneck(ELSEWHERE, signals(backlog=99, used=10, ready=2))[1].phase == Phase.ELSEWHERE
    assert bottleneck(ELSEWHERE, signals(backlog=100, used=9, ready=2))[1].phase == Phase.ELSEWHERE


def test_the_server_says_that_a_limit_holds_tasks_back() -> None:
    """Its word ends the question; the need follows what gets through."""
    finding, memory = bottleneck(EXPERIMENTING, signals(rate_limiting_active=True))
    assert answer(finding) == they_do_not(StepReason.RATE_LIMITED)
    assert memory.phase == Phase.NONE


def test_a_limit_that_the_server_reports_answers_a_question_that_was_half_asked() -> None:
    """The polls that raised it count no more."""
    assert bottleneck(ASKING, signals(rate_limiting_active=True))[1].idle_polls == 0


def test_full_slots_under_a_limit_get_one_step() -> None:
    """Both may limit: 4 replicas become 6."""
    finding, _ = bottleneck(Bottleneck(), signals(used=9, rate_limiting_active=True))
    assert (finding.reason, finding.replicas) == (StepReason.RATE_LIMITED, 6)


def test_slots_that_are_in_use_for_four_fifths_are_full_enough_for_a_step() -> None:
    """8 of 10 slots under a limit: 4 replicas become 6; without a backlog none is added."""
    limited = signals(used=8, rate_limiting_active=True)
    assert bottleneck(Bottleneck(), limited)[0].replicas == 6
    assert bottleneck(Bottleneck(), signals(0, used=8, rate_limiting_active=True))[0].replicas == 0


@pytest.mark.parametrize(
    ("memory", "seen", "limit"),
    [
        pytest.param(ELSEWHERE, signals(ready=2, rate=8), 8, id="what gets through beside idle slots"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), signals(ready=2, rate=8), 9, id="the most that did"),
        pytest.param(
            Bottleneck(), signals(rate=0.7, rate_limiting_active=True), 0.7, id="what the server says it limits"
        ),
    ],
)
def test_what_gets_through_is_remembered(memory: Bottleneck, seen: Signals, limit: float) -> None:
    """The next burst meets the same limit."""
    learned = bottleneck(memory, seen)[1]
    assert (learned.limit_per_second, learned.limited_at) == (limit, NOW)


def test_what_got_through_is_remembered_while_nothing_waits() -> None:
    """For 20 minutes from when it was seen."""
    learned = bottleneck(replace(LIMITED, limited_at=NOW - 1200), signals(0, rate=2))[1]
    assert (learned.limit_per_second, learned.limited_at) == (10, NOW - 1200)
    assert bottleneck(replace(LIMITED, limited_at=NOW), signals(0, rate=2))[1].limit_per_second == 10


def test_a_burst_behind_a_known_limit_says_so() -> None:
    """Four fifths of the slots are in use: full enough to buy more, were it not for the limit."""
    finding, _ = bottleneck(LIMITED, signals(used=9))
    assert answer(finding) == replicas_help(StepReason.LIMIT_KNOWN, limit=10)
    assert bottleneck(LIMITED, signals(0))[0].reason == StepReason.SLOTS_LIMIT


def test_a_known_limit_needs_no_experiment() -> None:
    """Three polls with idle slots, and it is the limit again."""
    limited = replace(LIMITED, idle_polls=IDLE_POLLS - 1)
    assert bottleneck(limited, signals())[1].phase == Phase.ELSEWHERE


@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        pytest.param(LIMITED, signals(used=10), id="full slots, enough for it"),
        pytest.param(
            replace(LIMITED, limit_per_second=34.0),
            replace(signals(used=10), service_seconds=1.0),
            id="full slots, just enough for it: 34 of 40 are the 85 % that are planned with",
        ),
        pytest.param(LIMITED, signals(rate=12), id="more gets through than chance explains"),
        pytest.param(replace(LIMITED, limited_at=NOW - 1201), signals(rate=2), id="20 minutes ago"),
        pytest.param(replace(LIMITED, limited_at=NOW + 1), signals(rate=2), id="in the future: a clock went back"),
        pytest.param(replace(LIMITED, capacity_per_second=2.5), signals(), id="it was too few pollers"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), signals(100, used=10, ready=2), id="a true burst"),
        pytest.param(
            replace(ELSEWHERE, limit_per_second=9, limited_at=NOW - 10),
            replace(signals(100, used=10, ready=2), service_seconds=4.0),
            id="a true burst, at fewer slots than the limit would fill",
        ),
    ],
)
def test_a_limit_that_may_not_hold_is_forgotten(memory: Bottleneck, seen: Signals) -> None:
    """Rather an experiment again than tasks that wait for nothing."""
    assert bottleneck(memory, seen)[1].limit_per_second is None


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(signals(0, used=10), id="full slots, and nothing waits"),
        pytest.param(replace(signals(used=10, ready=1), service_seconds=1.0), id="full slots, too few for it"),
        pytest.param(signals(rate=11.4), id="more gets through, as chance may have it"),
        pytest.param(signals(used=9), id="a slot of each idles"),
    ],
)
def test_a_limit_that_may_hold_is_kept(seen: Signals) -> None:
    """11.8 slots for 10 tasks/s of 1 s: one replica of 10 is full without them."""
    assert bottleneck(LIMITED, seen)[1].limit_per_second == 10


def test_that_nothing_gets_through_is_a_limit_while_nothing_does() -> None:
    """Tasks that no worker can take: a rate of zero does not exceed a limit of zero."""
    assert bottleneck(replace(LIMITED, limit_per_second=0.0), signals(rate=0))[1].limit_per_second == 0


def test_each_pass_is_remembered() -> None:
    """When it was, the ready replicas, and that some went; the best rate is one of the replicas before and now."""
    seen = bottleneck(replace(ELSEWHERE, ready=6, best_rate=0), signals())[1]
    assert (seen.at, seen.ready, seen.removed_at) == (NOW, 4, NOW)
    grown = bottleneck(replace(ELSEWHERE, ready=2, best_rate=0), signals())[1]
    assert grown.best_rate == pytest.approx(10 / 3)
    alone = bottleneck(Bottleneck(ready=1, at=NOW - 10), signals(ready=1))[1]
    assert (alone.removed_at, alone.best_rate) == (None, 10)


def test_what_many_replicas_dispatched_is_no_rate_of_the_one_that_remains() -> None:
    """4 replicas dispatched 3 tasks/s each; the rate of the last window is theirs although 3 of them have gone."""
    shrunk = bottleneck(Bottleneck(ready=4, at=NOW - 10, best_rate=3), signals(ready=1, rate=12))[1]
    assert shrunk.best_rate < 3
    settled = bottleneck(replace(shrunk, at=NOW), replace(signals(ready=1, rate=12), now=NOW + 35))[1]
    assert settled.best_rate == 12


def test_the_best_rate_fades_from_pass_to_pass() -> None:
    """By 1 / e in 20 minutes in which less got through."""
    memory = bottleneck(Bottleneck(ready=4, at=NOW - 10), signals(rate=10))[1]
    later = replace(signals(0, rate=0), now=NOW + 1200)
    assert bottleneck(memory, later)[1].best_rate == pytest.approx(2.5 / e)


def test_full_slots_under_a_backlog_forget_the_capacity() -> None:
    """The pollers do keep the slots in use."""
    limited = Bottleneck(capacity_per_second=2.5, at=NOW, ready=4)
    assert bottleneck(limited, signals(used=10))[1].capacity_per_second is None
    assert bottleneck(limited, signals(backlog=0, used=10))[1].capacity_per_second == pytest.approx(2.5)


def test_the_capacity_is_the_best_settled_rate() -> None:
    """A replica that dispatches more can dispatch more; while pods start, it may have been others that did."""
    limited = Bottleneck(capacity_per_second=2.0, at=NOW, ready=4)
    assert bottleneck(limited, signals(rate=12))[1].capacity_per_second == pytest.approx(3)
    assert bottleneck(limited, signals(rate=12, starting=1))[1].capacity_per_second == 2


def test_a_replica_has_the_slots_that_its_pollers_keep_in_use() -> None:
    """100 slots, 100 tasks/s of 20 ms: 0.85 * 100 * 0.02 = 1.7 slots."""
    assert effective_slots(100, 100, 0.02) == pytest.approx(1.7)
    assert effective_slots(100, None, 0.02) == 100
    assert effective_slots(1, 100, 1) == 1
