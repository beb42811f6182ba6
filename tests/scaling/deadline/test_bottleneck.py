"""Do replicas help? The question, history, the experiment and the way down."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.bottleneck import IDLE_POLLS, Bottleneck, Look, Phase, bottleneck, differs
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW
from tests.scaling.deadline.bottleneck.builders import (
    ASKING,
    ELSEWHERE,
    EXPERIMENTING,
    look,
    replicas_help,
    they_do_not,
)


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
