"""The way down on a cluster: idle pods get deletion costs ahead and go first; busy ones stay where they must."""

from dataclasses import replace

import pytest

from controller.api.overrides import FixedReplicas, Overrides, Pause
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Step
from controller.scaling.idle_times import NoDispatchWindow
from controller.scaling.memory import Recommendation
from controller.scaling.observation import PodObservation, TaskQueueObservation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.scale_down.deletion_cost import COSTS_SEEN_SECONDS
from controller.scaling.scale_down.idleness import Heartbeats
from tests.scaling.builders import (
    LOST,
    NEVER_THERE,
    NOW,
    observation,
    pod,
    queue,
    report,
    spec,
    statistics,
)
from tests.scaling.scale_down.builders import DISPATCHING, GRACEFUL, LONG, ONE_EACH, SOME_TIME_AGO, polled, worker


def said(decision: Decision) -> Step:
    """What the rule said."""
    step = decision.step(Rule.DISRUPTION)
    assert step is not None
    return step


def test_idle_pods_get_deletion_costs_and_the_number_waits_for_them() -> None:
    """Without them the ReplicaSet would choose by age: the busy pod might go."""
    decision = polled(worker("a", 1), worker("b"), worker("c"))
    assert (decision.desired_replicas, decision.deletion_costs) == (3, {"b": -2, "c": -2})
    assert said(decision).reason == StepReason.MARKING
    assert (decision.memory.costs_written_at, decision.memory.awaiting_costs_since) == (NOW, NOW)


def test_the_number_falls_once_the_deletion_costs_are_in_place() -> None:
    """They were read back, so no more is to be written."""
    decision = polled(worker("a", 1), worker("b", cost=-2), worker("c", cost=-2))
    assert (decision.desired_replicas, decision.deletion_costs) == (1, {})
    assert said(decision).reason == StepReason.IDLE_ONLY
    assert decision.memory.awaiting_costs_since is None


def test_the_pass_that_lowers_takes_no_deletion_cost_from_a_pod_that_is_to_go() -> None:
    """Its report holds for this pass and not for the next one; without the cost the busy pod might go in its place."""
    decision = polled(worker("a", 1, age=9), worker("b", cost=-2, age=9), pool=LONG, task_queues=DISPATCHING)
    assert (decision.desired_replicas, decision.deletion_costs) == (1, {})


def test_a_deletion_cost_is_taken_back_once_it_is_no_longer_known_to_be_true() -> None:
    """A task may have come since the report."""
    decision = polled(worker("a", 1, age=16), worker("b", cost=-2, age=16), pool=LONG, task_queues=DISPATCHING)
    assert (decision.desired_replicas, decision.deletion_costs) == (2, {"b": 0})


def test_the_pass_that_lowers_writes_only_deletion_costs_that_bring_idle_pods_ahead() -> None:
    """Costs of another writer let idle a go now; b's would bring it in front of c, should only that arrive in time."""
    costs = {"a": -9, "b": -1, "c": -1}
    pods = (worker(name, used=int(name == "b"), cost=cost) for name, cost in costs.items())
    decision = polled(*pods, worker("d"))
    assert (decision.desired_replicas, decision.deletion_costs) == (3, {"b": 0, "c": -2, "d": -2})
    assert decision.memory.costs_written_at == NOW


@pytest.mark.parametrize(("age", "left"), [(COSTS_SEEN_SECONDS - 0.1, 2), (COSTS_SEEN_SECONDS, 1)])
def test_deletion_costs_that_are_too_young_are_waited_for(age: float, left: int) -> None:
    """The ReplicaSet controller works from a cache of its own."""
    decision = polled(worker("a", 1), worker("b", cost=-2), memory=replace(SOME_TIME_AGO, costs_written_at=NOW - age))
    assert decision.desired_replicas == left
    assert said(decision).reason == (StepReason.MARKING if left == 2 else StepReason.IDLE_ONLY)


@pytest.mark.parametrize(("pool", "costs"), [(ONE_EACH, {}), (GRACEFUL, {"a": -1})], ids=["IdleOnly", "graceful"])
def test_lightly_used_pods_get_a_deletion_cost_only_where_they_may_go(
    pool: TemporalWorkerPoolSpec, costs: dict[str, int]
) -> None:
    """With a task in one of its four slots a pod has less to finish than one that is full."""
    light, full = (replace(worker(name), slots=(report(used, slots=4),)) for name, used in (("a", 1), ("b", 4)))
    assert polled(light, full, pool=pool, task_queues=(queue(slots=8),)).deletion_costs == costs


def test_a_deletion_cost_that_is_no_longer_true_holds_the_number_and_is_taken_back() -> None:
    """A task came since it was written: of two equals the busy one might go."""
    decision = polled(worker("a", 1), worker("b", 1, cost=-2), worker("c", cost=-2), memory=SOME_TIME_AGO)
    assert decision.deletion_costs == {"b": 0}
    assert (decision.desired_replicas, said(decision).reason) == (3, StepReason.MARKING)


def test_busy_pods_stay_and_the_reason_says_so() -> None:
    """Two of four are busy; the floor of running work would let three go that are not all idle."""
    pods = worker("a", 1), worker("b", 1), worker("c", age=40), worker("d", cost=-2)
    memory = replace(SOME_TIME_AGO, busy_at=NOW)
    decision = polled(*pods, memory=memory, task_queues=(queue(slots=2),))
    assert (decision.desired_replicas, said(decision).reason) == (3, StepReason.REPLICAS_BUSY)


def test_a_pod_that_is_not_ready_and_busy_keeps_the_others() -> None:
    """It would go before any with a deletion cost."""
    decision = polled(worker("a", 1, ready=False), worker("b", cost=-2), worker("c", cost=-2))
    assert (decision.desired_replicas, said(decision).reason) == (3, StepReason.REPLICAS_BUSY)
    assert "a, which may run tasks, is not ready" in said(decision).message


def test_deletion_costs_are_written_while_the_surplus_is_still_kept() -> None:
    """By the time the window is over they are in place."""
    memory = replace(SOME_TIME_AGO, recommendations=(Recommendation(NOW - 60, 2),))
    slow = ONE_EACH.model_copy(update={"behavior": None})
    decision = polled(worker("a", 1), worker("b"), pool=slow, memory=memory)
    assert (decision.desired_replicas, decision.deletion_costs) == (2, {"b": -2})
    assert decision.step(Rule.DISRUPTION) is None


def test_deletion_costs_are_written_ahead_also_when_what_was_learned_was_lost() -> None:
    """A memory that can't be read is reported first, and does not change the number."""
    slow = ONE_EACH.model_copy(update={"behavior": None})
    memory = replace(SOME_TIME_AGO, recommendations=(Recommendation(NOW - 60, 2),), forgotten="It is corrupt.")
    decision = polled(worker("a", 1), worker("b"), pool=slow, memory=memory)
    assert (decision.desired_replicas, decision.deletion_costs) == (2, {"b": -2})


@pytest.mark.parametrize("pods", [(worker("a", 1), worker("b", 1)), (worker("a", 1), worker("b", age=40))])
def test_graceful_asks_busy_pods_to_finish(pods: tuple[PodObservation, ...]) -> None:
    """Nothing is to be written, so nothing is waited for."""
    decision = polled(*pods, pool=GRACEFUL, task_queues=(queue(slots=2),))
    assert (decision.desired_replicas, said(decision).reason) == (1, StepReason.LEAST_USED)


def test_graceful_waits_for_deletion_costs_once() -> None:
    """Pods whose load keeps changing would else never go."""
    pods = worker("a", 1), worker("b"), worker("c", cost=-2)
    first = polled(*pods, pool=GRACEFUL)
    assert (first.desired_replicas, said(first).reason, first.deletion_costs) == (2, StepReason.MARKING, {"b": -2})
    second = polled(*pods, pool=GRACEFUL, memory=replace(SOME_TIME_AGO, awaiting_costs_since=NOW - 5))
    assert (second.desired_replicas, said(second).reason) == (1, StepReason.LEAST_USED)


def test_graceful_goes_at_once_as_far_as_idle_pods_have_deletion_costs() -> None:
    """The others are not waited for."""
    decision = polled(worker("a", 1), worker("b", cost=-2), pool=GRACEFUL)
    assert (decision.desired_replicas, said(decision).reason) == (1, StepReason.LEAST_USED)


def test_replicas_above_the_maximum_go_as_they_become_idle() -> None:
    """A lowered maxReplicas is no reason to cut a task short."""
    decision = polled(*(worker(name, 1) for name in "abc"), pool=ONE_EACH.model_copy(update={"max_replicas": 2}))
    assert (decision.desired_replicas, said(decision).reason) == (3, StepReason.REPLICAS_BUSY)


def test_an_override_is_reached_as_replicas_become_idle() -> None:
    """To have them gone at once, set `disruption` or delete the pods."""
    pods = worker("a", 1), worker("b", 1), worker("c", cost=-2)
    seen = replace(observation(queue(slots=1), replicas=3, pods=pods), can_set_deletion_costs=True)
    decision = decide(ONE_EACH, seen, SOME_TIME_AGO, NOW, Overrides(fixed=FixedReplicas(0, NOW + 60)))
    assert (decision.desired_replicas, said(decision).reason) == (2, StepReason.REPLICAS_BUSY)


def test_no_deletion_cost_is_written_while_the_pool_is_paused() -> None:
    """The pods are left alone, too."""
    seen = replace(
        observation(queue(slots=1), replicas=2, pods=(worker("a", 1), worker("b"))), can_set_deletion_costs=True
    )
    decision = decide(ONE_EACH, seen, SOME_TIME_AGO, NOW, Overrides(pause=Pause(NOW + 60)))
    assert (decision.desired_replicas, decision.deletion_costs) == (2, {})


def test_pods_that_drain_count_as_gone() -> None:
    """The last scale may not have been carried out yet: it must not be done twice."""
    seen = observation(queue(slots=1), replicas=2, pods=(worker("a", 1), worker("b", 1), worker("c", cost=-2)))
    decision = decide(
        ONE_EACH, replace(seen, can_set_deletion_costs=True, task_queues=(queue(slots=2),)), SOME_TIME_AGO, NOW
    )
    assert decision.desired_replicas == 2


def test_no_deletion_cost_is_written_for_what_is_not_known() -> None:
    """A reading that was lost comes back: costs are neither written nor taken back for it."""
    decision = polled(worker("a", 1, cost=-2), worker("b"), task_queues=(queue(LOST, slots=1),))
    assert (decision.desired_replicas, decision.deletion_costs) == (2, {})


def test_without_any_source_replicas_go_one_at_a_time_as_before() -> None:
    """Which pod is idle is not known, so none gets a cost; with `IdleOnly` none goes."""
    pods = pod(name="a"), pod(name="b")
    memory = replace(SOME_TIME_AGO, unneeded_since=NOW - 300)
    decision = polled(*pods, pool=GRACEFUL, memory=memory, in_flight=NEVER_THERE)
    assert (decision.desired_replicas, decision.deletion_costs) == (1, {})
    strict = polled(*pods, memory=memory, in_flight=NEVER_THERE)
    assert (strict.desired_replicas, said(strict).reason) == (2, StepReason.REPLICAS_BUSY)


def test_without_deletion_costs_the_number_falls_by_the_pods_that_reported_nothing() -> None:
    """They are what is removed first, so no deletion costs are waited for."""
    decision = polled(worker("a", 1), worker("b"), can_set_deletion_costs=False)
    assert (decision.desired_replicas, said(decision).reason) == (1, StepReason.IDLE_ONLY)
    assert (decision.deletion_costs, decision.memory.costs_written_at) == ({}, None)


def test_without_deletion_costs_all_pods_that_reported_nothing_have_to_be_idle_still() -> None:
    """Any of the three may be picked: while tasks are dispatched, an old report of one of them says nothing of now."""
    pods = worker("a", 1), worker("b"), worker("c"), worker("d", age=40)
    decision = polled(*pods, pool=LONG, can_set_deletion_costs=False, task_queues=DISPATCHING)
    assert (decision.desired_replicas, said(decision).reason) == (4, StepReason.REPLICAS_BUSY)
    young = polled(*pods[:3], pool=LONG, can_set_deletion_costs=False, task_queues=DISPATCHING)
    assert young.desired_replicas == 1


def test_no_more_pods_get_deletion_costs_than_are_surplus() -> None:
    """Three stay by `minReplicas`, so of three idle pods one gets a cost."""
    pods = worker("a", 1), worker("b"), worker("c"), worker("d")
    decision = polled(*pods, pool=ONE_EACH.model_copy(update={"min_replicas": 3}))
    assert list(decision.deletion_costs.values()) == [-2]


def test_only_what_is_written_starts_the_wait_for_deletion_costs_anew() -> None:
    """A pass that finds all costs in place writes none."""
    memory = replace(SOME_TIME_AGO, costs_written_at=NOW - 30)
    assert polled(worker("a", 1), worker("b", cost=-2), memory=memory).memory.costs_written_at == NOW - 30


@pytest.mark.parametrize(("typical_seconds", "left"), [(20, 1), (5, 2)])
def test_a_report_that_is_older_than_a_task_says_nothing(typical_seconds: float, left: int) -> None:
    """While tasks are dispatched: a short one may have begun since."""
    pool = ONE_EACH.model_copy(
        update={"task_duration_seconds": spec(taskDurationSeconds={"typical": typical_seconds}).task_duration_seconds}
    )
    decision = polled(worker("a", 1, age=8), worker("b", cost=-2, age=8), pool=pool, task_queues=DISPATCHING)
    assert decision.desired_replicas == left


@pytest.mark.parametrize(("age", "costs"), [(12, {"b": -2}), (13, {})])
def test_a_pod_gets_a_deletion_cost_only_if_its_report_will_hold_at_the_next_poll(
    age: float, costs: dict[str, int]
) -> None:
    """It is of use only then."""
    decision = polled(worker("a", 1, age=age), worker("b", age=age), pool=LONG, task_queues=DISPATCHING)
    assert decision.deletion_costs == costs


def test_an_old_report_holds_while_nothing_was_dispatched() -> None:
    """As the polls before showed, and is remembered for the next one."""
    memory = replace(SOME_TIME_AGO, no_dispatch=NoDispatchWindow(NOW - 100, NOW - 10, NOW - 100))
    decision = polled(worker("a", 1), worker("b", cost=-2, age=90), memory=memory)
    assert (decision.desired_replicas, decision.memory.no_dispatch) == (
        1,
        NoDispatchWindow(NOW - 100, NOW - 5, NOW - 100),
    )
    assert polled(worker("a", 1), worker("b", cost=-2, age=110), memory=memory).desired_replicas == 2


def test_the_wait_for_deletion_costs_is_counted_from_its_beginning() -> None:
    """And is forgotten when it is over."""
    memory = replace(SOME_TIME_AGO, awaiting_costs_since=NOW - 5, costs_written_at=NOW - 1)
    without = worker("a", 1), worker("b")
    assert polled(*without, pool=GRACEFUL, memory=memory).memory.awaiting_costs_since == NOW - 5
    with_cost = worker("a", 1), worker("b", cost=-2)
    assert polled(*with_cost, pool=GRACEFUL, memory=memory).memory.awaiting_costs_since is None


def dispatching(per_second: float) -> tuple[TaskQueueObservation, ...]:
    """So many tasks go to the pods that have room."""
    return (queue(statistics(0, dispatch_rate=per_second), slots=2),)


def test_a_report_says_little_once_tasks_were_dispatched_after_it() -> None:
    """A task takes 60 s, and a pod has 30 s to stop: 0.2 tasks/s go to the one pod with room."""
    pods = worker("a", 1), worker("b", cost=-2, age=2)
    held = polled(*pods, pool=LONG, task_queues=dispatching(0.2))
    assert (held.desired_replicas, said(held).reason) == (2, StepReason.REPLICAS_BUSY)
    assert "may have been dispatched to them since" in said(held).message
    assert polled(*pods, pool=LONG, task_queues=dispatching(0.02)).desired_replicas == 1
    fits = LONG.model_copy(
        update={"task_duration_seconds": spec(taskDurationSeconds={"typical": 9, "max": 20}).task_duration_seconds}
    )
    assert polled(*pods, pool=fits, task_queues=dispatching(0.2)).desired_replicas == 1, "it would end in time"


def test_a_risk_that_was_taken_keeps_the_next_pod() -> None:
    """Else small risks would add up to a task that is cut short."""
    pods = worker("a", 1), worker("b", cost=-2, age=2)
    first = polled(*pods, pool=LONG, task_queues=dispatching(0.02))
    assert first.desired_replicas == 1
    assert first.memory.risk.tasks == pytest.approx(0.02 * 2.7)
    again = polled(
        *pods, pool=LONG, task_queues=dispatching(0.02), memory=replace(SOME_TIME_AGO, risk=first.memory.risk)
    )
    assert again.desired_replicas == 2


def test_pods_get_deletion_costs_that_will_have_reported_just_before_the_next_poll() -> None:
    """That is when they go, and when the next poll is of most use."""
    memory = replace(SOME_TIME_AGO, heartbeats=Heartbeats(intervals=(10.0,)))
    pods = worker("a", 1), worker("b", age=1), worker("c", age=6)
    decision = polled(*pods, pool=LONG, task_queues=dispatching(0.1), memory=memory)
    assert decision.deletion_costs == {"c": -2}
    assert decision.next_poll_seconds == pytest.approx(4.3)
