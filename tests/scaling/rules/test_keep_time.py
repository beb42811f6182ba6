"""Up at once, down by keep time (step 8)."""

from dataclasses import replace
from math import e, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.decision import Need, Proposal, Situation
from controller.scaling.idle_times import IdleGap
from controller.scaling.memory import Memory, PastNeed
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.keep_time import first_kept, keep_time, kept_replicas
from tests.scaling.builders import NOW, need, observation, spec

SPEC = spec(objective={"scheduleToStartSeconds": 60})
NEED = need()


def decided(needed: int, current: int, *history: PastNeed, found: Need = NEED) -> Proposal:
    """What the rule makes of a number, by what was needed before."""
    situation = Situation(SPEC, observation(replicas=current), Memory(past_needs=history), NOW)
    return keep_time(situation, Proposal(needed, situation.memory, need=found))


def ago(seconds: float, replicas: int, steady: int = 0, *, assumed: bool = False) -> PastNeed:
    """What was needed some seconds ago."""
    return PastNeed(NOW - seconds, replicas, steady, assumed)


def said(proposal: Proposal) -> tuple[int, StepReason]:
    """Number and reason of the last step, which is the rule's."""
    step = proposal.steps[-1]
    assert step.rule == Rule.KEEP_TIME
    return proposal.replicas, step.reason


def test_up_at_once() -> None:
    """No window delays a rise."""
    assert said(decided(9, 3, ago(10, 3))) == (9, StepReason.UP_AT_ONCE)


def test_as_many_as_there_are_is_no_way_down() -> None:
    """Also while a backlog stands."""
    standing = need(stands=True)
    assert said(decided(3, 3, ago(10, 3), found=standing)) == (3, StepReason.UP_AT_ONCE)


@pytest.mark.parametrize(("age", "seconds", "first"), [(5, 0, 5), (40, 20, 5), (0.25, 1, 2)])
def test_a_surplus_whose_keep_time_is_over_is_gone(age: float, seconds: float, first: int) -> None:
    """All four of it, and at once where the keep time is nothing; a quarter of it lets one go."""
    assert first_kept(age, seconds, 4) == first


def test_none_goes_while_a_backlog_stands() -> None:
    """Never scaled down into a growing backlog."""
    standing = need(stands=True)
    assert said(decided(1, 5, ago(500, 1), found=standing)) == (5, StepReason.BACKLOG_STANDS)


def test_a_surplus_stays_for_its_keep_time() -> None:
    """One of one goes after ln(1 + (e - 1) / 2) = 62 % of 20 s."""
    assert said(decided(4, 5, ago(12.3, 5))) == (5, StepReason.KEPT)
    assert said(decided(4, 5, ago(12.5, 5))) == (4, StepReason.KEEP_TIME_OVER)


def test_what_was_wanted_before_its_keep_time_is_no_part_of_a_surplus() -> None:
    """100 were needed 21 s ago: of what was needed since, five, one goes after 62 % of 20 s as if they never were."""
    assert decided(4, 100, ago(21, 100), ago(12.3, 5)).replicas == 5
    assert decided(4, 100, ago(21, 100), ago(12.5, 5)).replicas == 4


def test_steady_replicas_stay_longer_while_load_goes_on() -> None:
    """L + 30 s: 62 % of 50 s; once nothing is asked for steadily, L."""
    on = need(steady_replicas=4)
    assert decided(4, 5, ago(30, 5, steady=5), found=on).replicas == 5
    assert decided(4, 5, ago(31.1, 5, steady=5), found=on).replicas == 4
    assert decided(4, 5, ago(30, 5, steady=5)).replicas == 4


def test_a_surplus_goes_bit_by_bit() -> None:
    """Ten of ten, needed 10 s ago: the four whose share of 20 s is less than a half are gone (0.47, but 0.57)."""
    assert decided(0, 10, ago(10, 10)).replicas == 6


def test_what_was_wanted_by_an_assumption_does_not_count() -> None:
    """The service time is measured now: 50 replicas were a mistake."""
    assert decided(5, 50, ago(10, 50, assumed=True)).replicas == 5


def test_what_was_never_needed_is_not_kept() -> None:
    """It was an external scale."""
    assert decided(4, 50, ago(10, 5)).replicas == 5


def test_the_first_decision_changes_nothing() -> None:
    """The replicas that are there count as just needed, and none is added."""
    assert said(decided(2, 5)) == (5, StepReason.JUST_STARTED)
    assert said(decided(9, 5)) == (5, StepReason.JUST_STARTED)
    assert decided(2, 5).memory.past_needs == (PastNeed(NOW, 5, 5),)


def test_in_the_first_decision_a_backlog_that_stands_counts() -> None:
    """Tasks wait: replicas are added at once."""
    standing = need(stands=True)
    assert decided(9, 5, found=standing).replicas == 9


def test_without_a_need_the_rule_has_no_say() -> None:
    """No task queue could be read."""
    proposal = Proposal(3, Memory())
    assert keep_time(Situation(SPEC, observation(replicas=3), Memory(), NOW), proposal) == proposal


def test_what_is_older_than_the_longest_keep_time_is_forgotten() -> None:
    """The memory is bounded."""
    assert decided(4, 5, ago(50, 5), ago(10, 4)).memory.past_needs == (ago(10, 4), PastNeed(NOW, 4, 0))


@given(st.integers(1, 300), st.floats(0, 1))
def test_a_surplus_goes_by_the_quantiles_of_the_ski_rental_rule(surplus: int, share: float) -> None:
    """Position j of m after ln(1 + (e - 1)(j - 0.5) / m) of the keep time."""
    quantiles = [log(1 + (e - 1) * (j - 0.5) / surplus) for j in range(1, surplus + 1)]
    gone = sum(quantile <= share - 1e-9 for quantile in quantiles)
    gone_at_most = sum(quantile <= share + 1e-9 for quantile in quantiles)
    assert gone <= first_kept(20 * share, 20, surplus) - 1 <= gone_at_most


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50), st.integers(0, 50)), max_size=20), st.integers(0, 60))
def test_never_below_what_is_wanted_nor_above_what_is_there(
    history: list[tuple[float, int, int]], current: int
) -> None:
    """Whatever was needed before."""
    needed = tuple(ago(seconds, replicas, steady) for seconds, replicas, steady in sorted(history, reverse=True))
    kept = kept_replicas((*needed, ago(0, 3)), NEED, NOW, current)
    assert kept == 3 or 3 < kept <= current


def test_more_time_never_keeps_more() -> None:
    """Seen 10 s later, at most as many are kept."""
    numbers = [kept_replicas((ago(s, 20, 12), ago(0, 2)), NEED, NOW, 20) for s in range(60)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == 20
    assert numbers[-1] == pytest.approx(2)


LATE = need(starts_are_late=True)


def remembering(seconds_ago: float, seconds: float) -> Memory:
    """Four replicas were needed until some seconds ago, and the last idle gap took some seconds."""
    return Memory(past_needs=(ago(60, 0),), idle_gap=IdleGap(NOW - seconds_ago, 4, seconds))


def test_where_orders_are_late_replicas_wait_for_a_load_that_came_back_before() -> None:
    """The last idle gap took 300 s, this one has taken 320 s."""
    situation = Situation(SPEC, observation(replicas=6), remembering(320, 300), NOW)
    assert said(keep_time(situation, Proposal(0, situation.memory, need=LATE))) == (4, StepReason.KEPT_WARM)


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        pytest.param(remembering(331, 300), LATE, id="the load does not come back"),
        pytest.param(remembering(1, 0), LATE, id="no load ever came back"),
        pytest.param(remembering(320, 300), NEED, id="an order is in time"),
    ],
)
def test_else_no_replica_waits_for_the_load(memory: Memory, found: Need) -> None:
    """Its keep time is over."""
    situation = Situation(SPEC, observation(replicas=6), memory, NOW)
    assert said(keep_time(situation, Proposal(0, memory, need=found))) == (0, StepReason.KEEP_TIME_OVER)


def test_an_idle_gap_is_noticed_by_what_the_load_needed_lately() -> None:
    """Five lately, and two now."""
    back = replace(LATE, steady_replicas=2)
    assert decided(2, 5, ago(20, 5, 5), ago(10, 5, 5), found=back).memory.idle_gap == IdleGap(NOW, 5)


def test_replicas_that_waited_for_a_load_stay_when_it_is_back() -> None:
    """Its rates rise over a minute: half of the replicas are needed at first, and none goes for that."""
    back = replace(LATE, steady_replicas=2)
    situation = Situation(SPEC, observation(replicas=3), remembering(300, 280), NOW)
    proposal = keep_time(situation, Proposal(2, situation.memory, need=back))
    assert (proposal.replicas, proposal.steps[-1].reason) == (3, StepReason.KEPT)
    assert proposal.memory.idle_gap == IdleGap(seconds=300)
    assert proposal.memory.past_needs[-1] == PastNeed(NOW, 3, 3)
    later = replace(situation, memory=proposal.memory, now=NOW + 10)
    assert keep_time(later, Proposal(2, later.memory, need=back)).replicas == 3


def test_replicas_that_did_not_wait_for_a_load_are_not_needed_when_it_is_back() -> None:
    """Where an order is in time, what the load wants now is enough."""
    situation = Situation(SPEC, observation(replicas=3), remembering(300, 280), NOW)
    proposal = keep_time(situation, Proposal(2, situation.memory, need=need(steady_replicas=2)))
    assert (proposal.replicas, proposal.memory.past_needs[-1]) == (2, PastNeed(NOW, 2, 2))


def test_a_service_time_that_was_assumed_makes_no_idle_gap() -> None:
    """Nine replicas were needed while it was, and two are now that it is measured; the load is the same."""
    back = replace(LATE, steady_replicas=2)
    measured = decided(2, 9, ago(20, 9, 9, assumed=True), ago(10, 9, 9, assumed=True), found=back)
    assert measured.memory.idle_gap == IdleGap()
    assumed = decided(2, 9, ago(20, 9, 9), ago(10, 9, 9), found=replace(back, assumed=True))
    assert assumed.memory.idle_gap == IdleGap()
