"""Pods whose readiness probe fails while they work: what a worker reports counts, whatever its probe says."""

from dataclasses import replace

import pytest

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, PodObservation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.zero_gate import zero_gate
from tests.scaling.builders import NEVER_THERE, NOW, observation, pod, queue, report, spec, statistics

TASKS = {"taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5}]}], "maxReplicas": 100}
WITHIN_30_S = spec(**TASKS, objective={"scheduleToStartSeconds": 30}, taskDurationSeconds={"typical": 10})
WITHOUT_A_HINT = spec(**TASKS, objective={"scheduleToStartSeconds": 30})
PER_REPLICA = spec(**TASKS, behavior={"scaleDown": {"stabilizationWindowSeconds": 0}})
IDLE_ONLY = spec(**TASKS, disruption="IdleOnly", behavior={"scaleDown": {"stabilizationWindowSeconds": 0}})


def workers(count: int, used: int, now: float, *, ready: bool) -> tuple[PodObservation, ...]:
    """Pods of 5 slots that were ready an hour ago, and have reported just now."""
    seen = (report(used, slots=5, reported_at=now - 3) for _ in range(count))
    ready_since = NOW - 3600 if ready else None
    return tuple(
        replace(pod(each, name=f"worker-{i}", ready_since=ready_since), was_ready=True) for i, each in enumerate(seen)
    )


def after(
    passes: int, a_spec: TemporalWorkerPoolSpec, count: int, *, ready: bool, load: float
) -> tuple[Observation, Decision]:
    """What is decided after some passes with every slot in use, without anything being changed meanwhile."""
    memory, dispatched = Memory(), count * 5 / 10 if load else 0.0
    for i in range(passes):
        now = NOW + 15 * i
        waiting = int((load - dispatched) * 15 * (i + 1))
        read = statistics(waiting, age_seconds=waiting / 2, add_rate=load, dispatch_rate=dispatched, read_at=now)
        seen = observation(
            queue(read, slots=5), replicas=count, pods=workers(count, 5, now, ready=ready), observed_at=now
        )
        decision = decide(a_spec, replace(seen, can_set_deletion_costs=True), memory, now)
        memory = decision.memory
    return seen, decision


def test_busy_pods_that_are_not_ready_are_the_supply_that_they_are() -> None:
    """20 tasks/s of 10 s on 4 pods of 5 slots: the backlog asks for as many as beside ready ones."""
    _, unready = after(3, WITHIN_30_S, 4, ready=False, load=20)
    _, ready = after(3, WITHIN_30_S, 4, ready=True, load=20)
    assert unready.desired_replicas > 50
    assert unready.desired_replicas == ready.desired_replicas


@pytest.mark.parametrize(
    "a_spec", [WITHOUT_A_HINT, PER_REPLICA, IDLE_ONLY], ids=["deadline", "per replica", "idle only"]
)
def test_busy_pods_that_are_not_ready_stay(a_spec: TemporalWorkerPoolSpec) -> None:
    """8 of 8, and nothing waits: the running tasks fill them all."""
    _, decision = after(24, a_spec, 8, ready=False, load=0)
    assert decision.desired_replicas == 8


@pytest.mark.parametrize("unready", [6, 8, 0])
def test_busy_pods_stay_whatever_is_planned(unready: int) -> None:
    """Tasks are said to end soon, and the reports of just now say that each slot is in use: those count."""
    within_30_s = spec(
        **TASKS, objective={"scheduleToStartSeconds": 30}, taskDurationSeconds={"typical": 10, "max": 20}
    )
    memory = Memory()
    for i in range(8):
        now = NOW + 15 * i
        busy = (*workers(unready, 5, now, ready=False), *workers(8 - unready, 5, now, ready=True))
        pods = tuple(replace(each, name=f"worker-{number}") for number, each in enumerate(busy))
        seen = observation(queue(statistics(read_at=now), slots=5), replicas=8, pods=pods, observed_at=now)
        decision = decide(within_30_s, replace(seen, can_set_deletion_costs=True), memory, now)
        assert decision.desired_replicas == 8
        memory = decision.memory
    step = decision.step(Rule.RUNNING_WORK)
    assert step is None or step.reason == StepReason.RUNNING_WORK


@pytest.mark.parametrize("ready_since", [NOW - 3600, NOW + 1], ids=["old", "younger than the count of dispatches"])
def test_what_pods_may_run_that_fell_silent_fits_too(ready_since: float) -> None:
    """3 of 5 are idle, and it is unknown what the 2 do that reported before: those count as full, and stay."""
    within_30_s = spec(**TASKS, objective={"scheduleToStartSeconds": 30}, taskDurationSeconds={"typical": 1, "max": 2})
    memory = Memory()
    for i in range(12):
        now = NOW + 15 * i
        unreported = tuple(
            replace(pod(name=f"unreported-{n}", ready_since=ready_since), has_reported=True) for n in range(2)
        )
        seen = observation(
            queue(statistics(read_at=now), slots=5),
            replicas=5,
            pods=(*workers(3, 0, now, ready=True), *unreported),
            observed_at=now,
        )
        decision = decide(within_30_s, seen, memory, now)
        memory = decision.memory
    assert decision.desired_replicas == 2
    step = decision.step(Rule.RUNNING_WORK)
    assert step is not None
    assert (step.reason, step.replicas_after) == (StepReason.RUNNING_WORK, 2)


def lost(*pods: PodObservation, in_flight: str | Unknown = "worker heartbeats") -> Decision:
    """What an idle pool decides, long after it saw work, when nothing is needed."""
    seen = replace(observation(replicas=len(pods), pods=pods, in_flight=in_flight), can_set_deletion_costs=True)
    memory = Memory(busy_at=NOW - 3600, unneeded_since=NOW - 3600)
    return decide(IDLE_ONLY, seen, memory, NOW)


CUT_OFF = replace(pod(name="cut-off", ready_since=None), was_ready=True, has_reported=True)


def test_a_pod_that_lost_readiness_and_heartbeats_is_not_idle() -> None:
    """A node that was cut off: its worker may well run on."""
    assert lost(CUT_OFF).desired_replicas == 1
    seen, memory = observation(replicas=1, pods=(CUT_OFF,)), Memory(busy_at=NOW - 3600)
    (step,) = zero_gate(Situation(spec(), seen, memory, NOW), Proposal(0, memory)).steps
    assert step.reason == StepReason.NO_IDLE_EVIDENCE


def test_none_goes_where_only_idle_ones_may_and_nobody_says_who_is() -> None:
    """`IdleOnly` without a source: a pod that is not ready any more goes first, and it is unknown what it runs."""
    unreported = tuple(replace(pod(name=f"worker-{i}"), was_ready=True) for i in range(3))
    decision = lost(CUT_OFF, *unreported, in_flight=NEVER_THERE)
    step = decision.step(Rule.DISRUPTION)
    assert (decision.desired_replicas, step and step.reason) == (4, StepReason.REPLICAS_BUSY)


def test_a_busy_pod_that_is_not_ready_shrinks_the_step() -> None:
    """The ReplicaSet takes it first, whatever the idle ones beside it are marked with."""
    busy = replace(pod(report(1), name="busy", ready_since=None), was_ready=True)
    idle = tuple(replace(pod(report(0), name=f"idle-{i}"), deletion_cost=-2) for i in range(3))
    assert lost(busy, *idle).desired_replicas == 4
    assert lost(replace(busy, ready_since=NOW - 60), *idle).desired_replicas == 1
