"""Do replicas help? The question, history, the experiment and the way down."""

from dataclasses import replace
from math import e

import pytest

from controller.scaling.deadline.backlog import plausible_backlog
from controller.scaling.deadline.bottleneck import (
    IDLE_POLLS,
    Bottleneck,
    Finding,
    Look,
    Phase,
    bottleneck,
    differs,
    effective_slots,
)
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW, statistics

ASKING = Bottleneck(idle_polls=IDLE_POLLS - 1, ready=4, at=NOW - 10)

EXPERIMENTING = Bottleneck(phase=Phase.EXPERIMENT, rate_before=10, ready_before=4, backlog_before=50, ready=6, at=NOW)

ELSEWHERE = Bottleneck(
    phase=Phase.ELSEWHERE, rate_before=10, ready_before=6, backlog_before=50, ready=2, at=NOW, best_rate=2.6
)

LIMITED = Bottleneck(limit_per_second=10.0, limited_at=NOW - 60, ready=4, at=NOW - 10)
"""10 tasks/s of 0.1 s got through a minute ago: at 85 %, 1.2 slots are enough for them."""


def look(
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
) -> Look:
    """Four pods with one of ten slots in use each, and 50 tasks that have waited for half a minute."""
    heard = tuple(Heard(used, reported_at, ready_since) for _ in range(ready))
    read = statistics(
        backlog,
        age_seconds=30 if backlog else 0,
        dispatch_rate=rate,
        rate_limiting_active=rate_limiting_active,
    )
    return Look(
        now=NOW,
        backlog=plausible_backlog(read, 60),
        standing_since=NOW - 30,
        statistics=read,
        workers=Workers((ready_since,) * ready, (10.0,) * starting, heard, 0),
        slots_per_replica=10,
        service_seconds=0.1,
        recent_rate=rate if recent_rate is None else recent_rate,
    )


def replicas_help(reason: StepReason, message: str, *, step: int = 0, limit: float | None = None) -> Finding:
    """The finding that nothing else is known to be the bottleneck."""
    return Finding(elsewhere=False, replicas=step, reason=reason, message=message, limit_per_second=limit)


def they_do_not(reason: StepReason, message: str) -> Finding:
    """The finding that something else is."""
    return Finding(elsewhere=True, replicas=0, reason=reason, message=message)


def test_pods_that_were_not_heard_since_prove_nothing() -> None:
    """Reports from before the backlog say nothing about it."""
    finding, memory = bottleneck(ASKING, look(reported_at=NOW - 31))
    assert (finding.reason, memory.idle_polls) == (StepReason.SLOTS_LIMIT, 0)


@pytest.mark.parametrize(("heard", "ready", "polls"), [(1, 4, 0), (2, 4, 1), (2, 5, 0), (3, 5, 1)])
def test_half_of_the_replicas_must_have_been_heard(heard: int, ready: int, polls: int) -> None:
    """One of four says nothing of the others."""
    some = look(ready=ready)
    some = replace(some, workers=replace(some.workers, heard=some.workers.heard[:heard]))
    assert bottleneck(Bottleneck(ready=ready, at=NOW - 10), some)[1].idle_polls == polls


def test_where_no_replica_is_ready_none_dispatches() -> None:
    """What the server saw were those that went."""
    assert look(ready=0, rate=10).rate_per_replica == 0


@pytest.mark.parametrize(("used", "full"), [(96, False), (97, True)])
def test_slots_are_full_from_97_percent_on(used: int, *, full: bool) -> None:
    """A slot that was just freed is no idle one."""
    assert replace(look(used=used), slots_per_replica=100).slots_full == full


def test_full_slots_raise_no_question() -> None:
    """Where slots are in use, slots are what is missing."""
    finding, memory = bottleneck(ASKING, look(used=8))
    assert (memory.phase, memory.idle_polls) == (Phase.NONE, 0)
    assert finding == replicas_help(StepReason.SLOTS_LIMIT, "The slots are what limits the replicas.")


def test_idle_slots_under_a_backlog_stop_the_growth_first() -> None:
    """Two polls are no proof, but no reason to buy more of what idles either; one may have found slots being filled."""
    finding, memory = bottleneck(Bottleneck(ready=4, at=NOW - 10), look())
    assert (finding.reason, memory.phase, memory.idle_polls) == (StepReason.SLOTS_LIMIT, Phase.NONE, 1)
    finding, memory = bottleneck(memory, look())
    assert (memory.phase, memory.idle_polls) == (Phase.NONE, 2)
    message = "50 tasks wait while 10% of the slots are in use: no replica is added for that."
    assert finding == replicas_help(StepReason.IDLE_SLOTS, message)


def test_the_third_poll_begins_the_experiment() -> None:
    """One step up, from 4 to 6 replicas."""
    finding, memory = bottleneck(ASKING, look())
    assert (memory.phase, memory.idle_polls) == (Phase.EXPERIMENT, 0)
    message = "50 tasks wait beside idle slots: do replicas help? 6 are tried, 4 dispatched 10.00 tasks/s."
    assert finding == replicas_help(StepReason.EXPERIMENT, message, step=6)


@pytest.mark.parametrize(
    "unsettled",
    [look(starting=1), look(ready_since=NOW - 34, reported_at=NOW)],
    ids=["a pod is starting", "a pod became ready less than 35 s ago"],
)
def test_the_experiment_waits_until_the_rate_is_that_of_the_pods(unsettled: Look) -> None:
    """The rate is a mean of 30 s."""
    finding, memory = bottleneck(ASKING, unsettled)
    assert (finding.reason, memory.phase) == (StepReason.IDLE_SLOTS, Phase.NONE)
    assert bottleneck(ASKING, look(ready_since=NOW - 35))[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize(("ready", "tried"), [(1, 2), (2, 3), (3, 5)])
def test_half_as_many_replicas_again_are_tried(ready: int, tried: int) -> None:
    """Rounded up."""
    assert Bottleneck(ready_before=ready).step_replicas == tried


def test_history_answers_without_an_experiment() -> None:
    """A replica that lately dispatched twice as much is not short of pollers."""
    finding, memory = bottleneck(replace(ASKING, best_rate=5.1, removed_at=NOW - 300), look())  # now 10 / 4 = 2.5
    assert (memory.phase, memory.removed_at) == (Phase.ELSEWHERE, None)
    message = (
        "50 tasks wait beside idle slots, and replicas do not help: 10.00 tasks/s get through. Look for tasks that no "
        "worker can take, or a rate limit."
    )
    assert finding == they_do_not(StepReason.BOTTLENECK_ELSEWHERE, message)


def test_just_twice_as_much_is_history_enough() -> None:
    """5 tasks/s of a replica lately, 2.5 now."""
    assert bottleneck(replace(ASKING, best_rate=5.0, at=NOW), look())[1].phase == Phase.ELSEWHERE


def test_one_replica_has_a_history_of_its_own() -> None:
    """15 tasks/s are less than twice the 10 of now."""
    alone = replace(ASKING, best_rate=15, ready=1)
    assert bottleneck(alone, look(ready=1))[1].phase == Phase.EXPERIMENT


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
    seen = replace(look(used=used, rate=4.0), service_seconds=4.0)
    assert bottleneck(memory, seen)[1].idle_polls == polls


def test_history_fades() -> None:
    """What a replica did an hour ago is no answer."""
    old = replace(ASKING, best_rate=20.0, at=NOW - 3600)
    assert bottleneck(old, look())[1].phase == Phase.EXPERIMENT


def test_replicas_help_when_the_rate_rises_with_them() -> None:
    """Half as many more, and half as much more gets through: 2.5 tasks/s is what one can."""
    finding, memory = bottleneck(EXPERIMENTING, look(ready=6, rate=15))
    assert (memory.phase, memory.capacity_per_second) == (Phase.NONE, 2.5)
    message = (
        "One replica dispatches at most 2.50 tasks/s, whatever its slots: raise its pollers to need fewer replicas."
    )
    assert finding == replicas_help(StepReason.POLLER_LIMITED, message)


def test_a_rise_within_chance_is_no_rise() -> None:
    """12.5 against 10 tasks/s is half the share, but 375 against 300 tasks is needed to exceed 2 sigma: 52."""
    assert differs(10, 12.5)
    assert not differs(10, 11)
    assert not differs(11.7, 10)  # 51 tasks, of which 2 sigma are 51.03
    assert differs(0, 4 / 30)  # 4 tasks are 2 sigma
    assert bottleneck(EXPERIMENTING, look(ready=6, rate=11, ready_since=NOW - 20))[1].phase == Phase.EXPERIMENT


def test_replicas_do_not_help_when_the_rate_stays() -> None:
    """35 s after the new pods are ready the rate is theirs."""
    finding, memory = bottleneck(EXPERIMENTING, look(ready=6, rate=10))
    assert (finding.reason, memory.phase, memory.ready_before) == (StepReason.BOTTLENECK_ELSEWHERE, Phase.ELSEWHERE, 6)


def test_an_experiment_without_replicas_counts_the_first_ones_as_twice_as_many() -> None:
    """From none to two, 0.1 tasks/s are a rise that chance explains, 1 task/s is none that it does."""
    from_none = replace(EXPERIMENTING, rate_before=0, ready_before=0)
    helped = bottleneck(from_none, look(ready=2, rate=1, ready_since=NOW - 20))[1]
    assert (helped.phase, helped.capacity_per_second) == (Phase.NONE, 0.5)
    assert bottleneck(from_none, look(ready=2, rate=0.1, ready_since=NOW - 20))[1].phase == Phase.EXPERIMENT


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
    seen = look(ready=ready, rate=rate, ready_since=NOW - 20)
    assert bottleneck(EXPERIMENTING, seen)[1].phase == phase


def test_one_replica_alone_can_be_the_measure() -> None:
    """Before the experiment it dispatched 10 tasks/s, now two dispatch 18: 10 is what one can."""
    alone = replace(EXPERIMENTING, ready_before=1)
    assert bottleneck(alone, look(ready=2, rate=18))[1].capacity_per_second == 10


def test_a_rate_that_fell_with_the_replicas_proves_that_they_help() -> None:
    """40 s after they went, 5 instead of 10 tasks/s, each replica at its best: that is its capacity."""
    gone = replace(ELSEWHERE, removed_at=NOW - 40)
    finding, memory = bottleneck(gone, look(ready=2, rate=5))
    assert (finding.reason, memory.phase) == (StepReason.POLLER_LIMITED, Phase.NONE)
    assert memory.capacity_per_second == pytest.approx(2.6)


def test_nine_tenths_of_its_best_are_as_fast_as_a_replica_can() -> None:
    """2.7 tasks/s of one that lately had 3."""
    gone = replace(ELSEWHERE, removed_at=NOW - 40, best_rate=3.0)
    assert bottleneck(gone, look(ready=2, rate=5.4))[1].phase == Phase.NONE


@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        (replace(ELSEWHERE, removed_at=NOW - 34), look(ready=2, rate=5)),
        (replace(ELSEWHERE, removed_at=NOW - 40), look(ready=2, rate=7.5)),
        (replace(ELSEWHERE, removed_at=NOW - 40), look(ready=2, rate=5, used=10, backlog=60)),
        (
            replace(ELSEWHERE, removed_at=NOW - 40),
            replace(look(ready=2, rate=5, used=97, backlog=60), slots_per_replica=100),
        ),
        (replace(ELSEWHERE, removed_at=NOW - 40, best_rate=2.9), look(ready=2, rate=5)),
        (ELSEWHERE, look(ready=2, rate=5)),
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
def test_less_than_that_proves_nothing(memory: Bottleneck, seen: Look) -> None:
    """The bottleneck stays elsewhere."""
    assert bottleneck(memory, seen)[1].phase == Phase.ELSEWHERE


def test_an_experiment_waits_until_the_rate_is_that_of_the_replicas_that_remain() -> None:
    """The server's mean of 30 s is still that of those that went."""
    shrunk = replace(ASKING, removed_at=NOW - 34)
    assert bottleneck(shrunk, look())[1].phase == Phase.NONE
    assert bottleneck(replace(shrunk, removed_at=NOW - 35), look())[1].phase == Phase.EXPERIMENT


@pytest.mark.parametrize("phase", [Phase.EXPERIMENT, Phase.ELSEWHERE])
def test_it_ends_when_no_backlog_stands(phase: Phase) -> None:
    """Nothing waits, nothing to ask."""
    assert bottleneck(replace(ELSEWHERE, phase=phase), look(backlog=0))[1].phase == Phase.NONE


def test_a_true_burst_ends_it() -> None:
    """The slots fill while the backlog is twice what it was."""
    finding, memory = bottleneck(ELSEWHERE, look(backlog=100, used=10, ready=2))
    assert (finding.reason, memory.phase) == (StepReason.SLOTS_LIMIT, Phase.NONE)
    assert bottleneck(ELSEWHERE, look(backlog=99, used=10, ready=2))[1].phase == Phase.ELSEWHERE
    assert bottleneck(ELSEWHERE, look(backlog=100, used=9, ready=2))[1].phase == Phase.ELSEWHERE


def test_the_server_says_that_a_limit_holds_tasks_back() -> None:
    """Its word ends the question; the need follows what gets through."""
    finding, memory = bottleneck(EXPERIMENTING, look(rate_limiting_active=True))
    message = "A rate limit lets 10.00 tasks/s through: more replicas would wait for it too."
    assert finding == they_do_not(StepReason.RATE_LIMITED, message)
    assert memory.phase == Phase.NONE


def test_a_limit_that_the_server_tells_answers_a_question_that_was_half_asked() -> None:
    """The polls that raised it count no more."""
    assert bottleneck(ASKING, look(rate_limiting_active=True))[1].idle_polls == 0


def test_full_slots_under_a_limit_get_one_step() -> None:
    """Both may limit: 4 replicas become 6."""
    finding, _ = bottleneck(Bottleneck(), look(used=9, rate_limiting_active=True))
    assert (finding.reason, finding.replicas) == (StepReason.RATE_LIMITED, 6)
    assert finding.message == "A rate limit lets 10.00 tasks/s through, but 90% of the slots are in use: one step up."


def test_slots_that_are_in_use_for_four_fifths_are_full_enough_for_a_step() -> None:
    """8 of 10 slots under a limit: 4 replicas become 6; without a backlog none is added."""
    limited = look(used=8, rate_limiting_active=True)
    assert bottleneck(Bottleneck(), limited)[0].replicas == 6
    assert bottleneck(Bottleneck(), look(0, used=8, rate_limiting_active=True))[0].replicas == 0


@pytest.mark.parametrize(
    ("memory", "seen", "limit"),
    [
        pytest.param(ELSEWHERE, look(ready=2, rate=8), 8, id="what gets through beside idle slots"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), look(ready=2, rate=8), 9, id="the most that did"),
        pytest.param(Bottleneck(), look(rate=0.7, rate_limiting_active=True), 0.7, id="what the server says it limits"),
    ],
)
def test_what_gets_through_is_remembered(memory: Bottleneck, seen: Look, limit: float) -> None:
    """The next burst meets the same limit."""
    learned = bottleneck(memory, seen)[1]
    assert (learned.limit_per_second, learned.limited_at) == (limit, NOW)


def test_what_got_through_is_remembered_while_nothing_waits() -> None:
    """For 20 minutes from when it was seen."""
    learned = bottleneck(replace(LIMITED, limited_at=NOW - 1200), look(0, rate=2))[1]
    assert (learned.limit_per_second, learned.limited_at) == (10, NOW - 1200)
    assert bottleneck(replace(LIMITED, limited_at=NOW), look(0, rate=2))[1].limit_per_second == 10


def test_a_burst_behind_a_known_limit_says_so() -> None:
    """Four fifths of the slots are in use: full enough to buy more, were it not for the limit."""
    finding, _ = bottleneck(LIMITED, look(used=9))
    message = (
        "Lately 10.00 tasks/s got through, whatever the replicas: none is added beyond what those need, unless their "
        "slots are full."
    )
    assert finding == replicas_help(StepReason.LIMIT_KNOWN, message, limit=10)
    assert bottleneck(LIMITED, look(0))[0].reason == StepReason.SLOTS_LIMIT


def test_a_known_limit_needs_no_experiment() -> None:
    """Three polls with idle slots, and it is the limit again."""
    limited = replace(LIMITED, idle_polls=IDLE_POLLS - 1)
    assert bottleneck(limited, look())[1].phase == Phase.ELSEWHERE


@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        pytest.param(LIMITED, look(used=10), id="full slots, enough for it"),
        pytest.param(
            replace(LIMITED, limit_per_second=34.0),
            replace(look(used=10), service_seconds=1.0),
            id="full slots, just enough for it: 34 of 40 are the 85 % that are planned with",
        ),
        pytest.param(LIMITED, look(rate=12), id="more gets through than chance explains"),
        pytest.param(replace(LIMITED, limited_at=NOW - 1201), look(rate=2), id="20 minutes ago"),
        pytest.param(replace(LIMITED, limited_at=NOW + 1), look(rate=2), id="in the future: a clock went back"),
        pytest.param(replace(LIMITED, capacity_per_second=2.5), look(), id="it was too few pollers"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), look(100, used=10, ready=2), id="a true burst"),
        pytest.param(
            replace(ELSEWHERE, limit_per_second=9, limited_at=NOW - 10),
            replace(look(100, used=10, ready=2), service_seconds=4.0),
            id="a true burst, at fewer slots than the limit would fill",
        ),
    ],
)
def test_a_limit_that_may_not_hold_is_forgotten(memory: Bottleneck, seen: Look) -> None:
    """Rather an experiment again than tasks that wait for nothing."""
    assert bottleneck(memory, seen)[1].limit_per_second is None


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(look(0, used=10), id="full slots, and nothing waits"),
        pytest.param(replace(look(used=10, ready=1), service_seconds=1.0), id="full slots, too few for it"),
        pytest.param(look(rate=11.4), id="more gets through, as chance may have it"),
        pytest.param(look(used=9), id="a slot of each idles"),
    ],
)
def test_a_limit_that_may_hold_is_kept(seen: Look) -> None:
    """11.8 slots for 10 tasks/s of 1 s: one replica of 10 is full without them."""
    assert bottleneck(LIMITED, seen)[1].limit_per_second == 10


def test_that_nothing_gets_through_is_a_limit_while_nothing_does() -> None:
    """Tasks that no worker can take: a rate of zero does not exceed a limit of zero."""
    assert bottleneck(replace(LIMITED, limit_per_second=0.0), look(rate=0))[1].limit_per_second == 0


def test_each_look_is_remembered() -> None:
    """When it was, the ready replicas, and that some went; the best rate is one of the replicas before and now."""
    seen = bottleneck(replace(ELSEWHERE, ready=6, best_rate=0), look())[1]
    assert (seen.at, seen.ready, seen.removed_at) == (NOW, 4, NOW)
    grown = bottleneck(replace(ELSEWHERE, ready=2, best_rate=0), look())[1]
    assert grown.best_rate == pytest.approx(10 / 3)
    alone = bottleneck(Bottleneck(ready=1, at=NOW - 10), look(ready=1))[1]
    assert (alone.removed_at, alone.best_rate) == (None, 10)


def test_what_many_replicas_dispatched_is_no_rate_of_the_one_that_remains() -> None:
    """4 replicas dispatched 3 tasks/s each; the rate of the last window is theirs although 3 of them have gone."""
    shrunk = bottleneck(Bottleneck(ready=4, at=NOW - 10, best_rate=3), look(ready=1, rate=12))[1]
    assert shrunk.best_rate < 3
    settled = bottleneck(replace(shrunk, at=NOW), replace(look(ready=1, rate=12), now=NOW + 35))[1]
    assert settled.best_rate == 12


def test_the_best_rate_fades_from_pass_to_pass() -> None:
    """By 1 / e in 20 minutes in which less got through."""
    memory = bottleneck(Bottleneck(ready=4, at=NOW - 10), look(rate=10))[1]
    later = replace(look(0, rate=0), now=NOW + 1200)
    assert bottleneck(memory, later)[1].best_rate == pytest.approx(2.5 / e)


def test_full_slots_under_a_backlog_forget_the_capacity() -> None:
    """The pollers do keep the slots in use."""
    limited = Bottleneck(capacity_per_second=2.5, at=NOW, ready=4)
    assert bottleneck(limited, look(used=10))[1].capacity_per_second is None
    assert bottleneck(limited, look(backlog=0, used=10))[1].capacity_per_second == pytest.approx(2.5)


def test_the_capacity_is_the_best_settled_rate() -> None:
    """A replica that dispatches more can dispatch more; while pods start, it may have been others that did."""
    limited = Bottleneck(capacity_per_second=2.0, at=NOW, ready=4)
    assert bottleneck(limited, look(rate=12))[1].capacity_per_second == pytest.approx(3)
    assert bottleneck(limited, look(rate=12, starting=1))[1].capacity_per_second == 2


def test_a_replica_has_the_slots_that_its_pollers_keep_in_use() -> None:
    """100 slots, 100 tasks/s of 20 ms: 0.85 * 100 * 0.02 = 1.7 slots."""
    assert effective_slots(100, 100, 0.02) == pytest.approx(1.7)
    assert effective_slots(100, None, 0.02) == 100
    assert effective_slots(1, 100, 1) == 1
