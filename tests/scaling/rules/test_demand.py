"""The deadline policy as a whole: what it says, and what must always hold."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.scaling.deadline.service_time import LONGEST_SECONDS
from controller.scaling.deadline.start_up import REMEMBERED, StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Need, Proposal, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Blocker, Observation, PodObservation, Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.behavior import behavior as behavior_rule
from controller.scaling.rules.demand import STEPS
from tests.scaling.builders import (
    LOST,
    NEVER_THERE,
    NOW,
    observation,
    outcome,
    pod,
    pods,
    queue,
    report,
    spec,
    statistics,
)

POOL = spec(objective={"scheduleToStartSeconds": 60}, pollingIntervalSeconds=10, scaleToZero={"idleSeconds": 0})


def seen(
    now: float,
    backlog: int = 0,
    *,
    age: float = 0,
    rate: float = 0,
    replicas: int = 0,
    workers: tuple[PodObservation, ...] = (),
) -> Observation:
    """One queue with as much dispatched as added."""
    read = statistics(backlog, age_seconds=age, add_rate=rate, dispatch_rate=rate, read_at=now)
    return observation(queue(read), replicas=replicas, pods=workers, observed_at=now)


def carried_out(decision: Decision, now: float) -> Memory:
    """The memory after the operator did what was decided."""
    if not decision.scales:
        return decision.memory
    return decision.memory.record(ScaleAction(now, decision.current_replicas, decision.desired_replicas, "", ""))


def learned(start_up_seconds: float = 20.0) -> Memory:
    """Of pods that take so long to start."""
    return Memory(start_up=StartUp(mean_seconds=start_up_seconds, count=20))


def run(observations: list[Observation], memory: Memory | None = None) -> list[Decision]:
    """Decides one observation after the other, 10 s apart."""
    decisions, memory = [], memory or learned()
    for i, some in enumerate(observations):
        decisions.append(decide(POOL, some, memory, NOW + 10 * i))
        memory = carried_out(decisions[-1], NOW + 10 * i)
    return decisions


def test_the_decision_tells_every_step_of_the_queue_that_needs_most() -> None:
    """In the order of the policy."""
    decision = run([seen(NOW), seen(NOW + 10, 500, age=10)])[-1]
    assert tuple(step.rule for step in decision.steps[: len(STEPS)]) == STEPS
    assert [step.reason for step in decision.steps[:7]] == [
        StepReason.BACKLOG_STANDS,
        StepReason.SLOTS_LIMIT,
        StepReason.SERVICE_TIME_ASSUMED,
        StepReason.ARRIVALS,
        StepReason.LOAD_OF_ARRIVALS,
        StepReason.BACKLOG_SLOTS,
        StepReason.SCHEDULE_TO_START,
    ]
    assert decision.desired_replicas == 12


def test_the_hint_takes_the_place_of_the_assumption() -> None:
    """Tasks of 2 s instead of 5 s: ceil(500 / (20 / 2 + 0.5) / 10) = 5 replicas."""
    hinted = POOL.model_copy(
        update={"task_duration_seconds": spec(taskDurationSeconds={"typical": 2}).task_duration_seconds}
    )
    first = decide(hinted, seen(NOW), learned(), NOW)
    assert decide(hinted, seen(NOW + 10, 500, age=10), first.memory, NOW + 10).desired_replicas == 5


def test_the_queue_that_needs_most_wins_and_is_named() -> None:
    """Rates, backlog and service time are apart by queue and type."""
    busy = queue(statistics(30, age_seconds=10), name="bills")
    decision = decide(POOL, observation(queue(), busy), Memory(), NOW)
    step = decision.step(Rule.DEMAND)
    assert step is not None
    assert set(decision.memory.queues) == {"orders/Activity", "bills/Activity"}


def test_a_queue_that_left_the_spec_is_forgotten() -> None:
    """The memory is bounded by the spec."""
    memory = decide(POOL, observation(queue(), queue(name="bills")), Memory(), NOW).memory
    assert set(decide(POOL, observation(queue()), memory, NOW + 10).memory.queues) == {"orders/Activity"}


def test_a_queue_that_was_lost_is_remembered() -> None:
    """What was learned of it is still true when it is back."""
    memory = decide(POOL, observation(queue(), queue(name="bills")), Memory(), NOW).memory
    later = decide(POOL, observation(queue(), queue(LOST, name="bills")), memory, NOW + 10).memory
    assert later.queues["bills/Activity"] == memory.queues["bills/Activity"]


def counting(seconds: int, count: int, *, used: int, per_second: float) -> tuple[PodObservation, ...]:
    """Pods that report what they run and how many tasks have ended on them."""
    ended = int(per_second * seconds / count)
    now = NOW + seconds
    return tuple(
        pod(replace(report(used, reported_at=now), tasks_ended=ended, worker=f"w{i}"), name=f"worker-{i}")
        for i in range(count)
    )


def test_a_steady_load_is_served_by_the_slots_that_it_fills() -> None:
    """10 tasks/s of 4 s are 40 slots: 4 replicas of 10 slots, or one more for chance."""
    polls = [(NOW + t, counting(t, 5, used=8, per_second=10)) for t in range(0, 900, 10)]
    rates = (10 + 0.01 * (i % 2) for i in range(len(polls)))  # one that is the same came out of the server's cache
    decisions = run([seen(now, rate=next(rates), replicas=5, workers=workers) for now, workers in polls])
    step = decisions[-1].step(Rule.DEMAND)
    assert step is not None
    assert 4 <= step.replicas_after <= 5
    assert decisions[-1].need is not None
    assert decisions[-1].need.service_seconds == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("running", [1, 7])
def test_running_tasks_that_outlast_the_objective_keep_their_slots(running: int) -> None:
    """Tasks of an hour that run now need their slots for longer than the objective."""
    workers = tuple(pod(report(running, reported_at=NOW + 10_000), name=f"worker-{i}") for i in range(3))
    decisions = run([seen(NOW + 10 * i, replicas=3, workers=workers) for i in range(60)])
    needed = -(-3 * running // 10)  # rounded up
    assert decisions[-1].desired_replicas >= needed


@given(st.lists(st.integers(0, 400), min_size=2, max_size=12), st.integers(1, 20))
def test_never_scaled_down_into_a_growing_backlog(growth: list[int], replicas: int) -> None:
    """While more and more tasks wait for full slots, no replica goes."""
    backlog, memory = 20, learned()
    for i, more in enumerate(growth):
        backlog += more
        now = NOW + 10 * i
        workers = tuple(pod(report(10, reported_at=now), name=f"worker-{n}") for n in range(replicas))
        some = seen(now, backlog, age=10 + 10 * i, rate=1, replicas=replicas, workers=workers)
        decision = decide(POOL, some, memory, now)
        assert decision.desired_replicas >= replicas
        memory, replicas = carried_out(decision, now), decision.desired_replicas


@given(st.integers(0, 20), st.integers(0, 1000), st.floats(0, 100))
def test_the_first_pass_changes_nothing_unless_a_backlog_stands(replicas: int, backlog: int, rate: float) -> None:
    """After a restart nothing is known: nothing is removed, and nothing added for a rate."""
    some = seen(NOW, backlog, age=0.5 if backlog else 0, rate=rate, replicas=replicas, workers=pods(replicas))
    pool = POOL.model_copy(update={"scale_to_zero": spec(scaleToZero={"idleSeconds": 300}).scale_to_zero})
    assert decide(pool, some, learned(), NOW).desired_replicas == replicas


def test_the_pace_of_behavior_takes_the_place_of_keep_time() -> None:
    """If the owner sets it."""
    pool = POOL.model_copy(update={"behavior": spec(behavior={"scaleUp": {}}).behavior})
    decision = decide(pool, seen(NOW, 500, age=10), learned(), NOW)
    assert decision.step(Rule.KEEP_TIME) is None
    step = decision.step(Rule.BEHAVIOR)
    assert step is not None
    assert step.reason == StepReason.SCALE_UP_LIMIT  # 4 pods in 15 s


@pytest.mark.parametrize(
    ("rules", "current", "recommended", "kept"),
    [
        ({"scaleUp": {"tolerance": 0.5}}, 4, 6, True),
        ({"scaleUp": {"tolerance": 0.49}}, 4, 6, False),
        ({"scaleUp": {}}, 4, 6, False),
        ({"scaleDown": {"tolerance": 0.5}}, 4, 2, True),
        ({"scaleDown": {"tolerance": 0.49}}, 4, 2, False),
        ({"scaleDown": {"tolerance": 0.9}}, 4, 6, False),
        ({"scaleUp": {"tolerance": 0.9}}, 4, 2, False),
        ({"scaleDown": {"tolerance": 0.5}}, 2, 1, True),
        ({"scaleUp": {"tolerance": 0.9}, "scaleDown": {"tolerance": 0.9}}, 4, 4, False),
        ({"scaleUp": {"tolerance": 0.9}}, 0, 1, False),
    ],
    ids=[
        "half as many more",
        "a little beyond it",
        "none is set",
        "half as many",
        "a little beyond that",
        "down is not up",
        "up is not down",
        "one of two",
        "no change",
        "from zero",
    ],
)
def test_a_tolerance_counts_only_for_its_direction_and_if_it_is_set(
    rules: dict[str, Any], current: int, recommended: int, *, kept: bool
) -> None:
    """Within it the replicas stay, and the step says what is recommended."""
    pool = POOL.model_copy(update={"behavior": spec(behavior=rules).behavior})
    situation = Situation(pool, observation(replicas=current), Memory(), NOW)
    proposal = behavior_rule(situation, Proposal(recommended, Memory()))
    said = [outcome(step) for step in proposal.steps if step.reason == StepReason.WITHIN_TOLERANCE]
    assert said == ([(Rule.BEHAVIOR, StepReason.WITHIN_TOLERANCE, recommended, current)] if kept else [])


def test_the_need_is_told_beside_the_number() -> None:
    """500 tasks wait and no replica runs: a start takes 24 s, and 5 s of a task are assumed."""
    decision = run([seen(NOW), seen(NOW + 10, 500, age=10)])[-1]
    expected = Need(
        steady_replicas=0,
        stands=True,
        start_up_seconds=24,
        service_seconds=5,
        longest_seconds=LONGEST_SECONDS,
        idle_poll_seconds=10,
        assumed=True,
        starts_are_late=False,
        unmeasured=True,
    )
    assert decision.need == expected
    idle = run([seen(NOW)])[-1]
    assert idle.need == replace(expected, stands=False, unmeasured=False)


def test_starts_are_late_where_one_takes_longer_than_the_objective_allows() -> None:
    """60 s are less than 1.2 x 46 s and a poll."""
    needs = [decide(POOL, seen(NOW), learned(s), NOW).need for s in (45, 46)]
    assert [need.starts_are_late for need in needs if need] == [False, True]


def test_a_pod_that_is_not_coming_will_say_nothing_of_a_start() -> None:
    """However long it takes in the end."""
    stuck = replace(pod(name="stuck", ready_since=None), blocker=Blocker("ImagePullBackOff", "Back-off"))
    decision = decide(POOL, seen(NOW, replicas=1, workers=(stuck,)), learned(), NOW)
    assert decision.memory.start_up.seen == frozenset({"stuck"})


@pytest.mark.parametrize(("source", "learned_at"), [("worker heartbeats", NOW), (NEVER_THERE, None)])
def test_where_nobody_says_what_runs_a_quiet_look_teaches_nothing(
    source: str | Unknown, learned_at: float | None
) -> None:
    """The next one begins a new window."""
    decision = decide(POOL, replace(seen(NOW, workers=pods(1)), in_flight=source), learned(), NOW)
    assert decision.memory.queues["orders/Activity"].service_time.at == learned_at


def test_what_was_forgotten_after_a_rollout_stays_forgotten() -> None:
    """A rule before this one forgets the start-up of an older template: pods that are there say nothing of the new."""
    memory = Memory(start_up=StartUp(mean_seconds=300, count=20), revision="1")
    seen = replace(observation(replicas=1, pods=(pod(report()),)), revision="2")
    decision = decide(spec(objective={"scheduleToStartSeconds": 60}), seen, memory, NOW)
    assert (decision.memory.start_up.mean_seconds, decision.memory.start_up.count) == (0, 0)


def test_a_start_is_learned_from_the_pods_of_a_scale_up_of_this_operator_or_of_anybody() -> None:
    """The pods that were ordered 8 s ago are ready since 2 s."""
    memory = decide(POOL, seen(NOW - 10), Memory(), NOW - 10).memory.record(
        ScaleAction(NOW - 8, 0, 2, "", "", "kubectl")
    )
    new = tuple(PodObservation(f"new-{i}", NOW - 8, NOW - 7, NOW - 2) for i in range(2))
    start_up = decide(POOL, seen(NOW, replicas=2, workers=new), memory, NOW).memory.start_up
    assert (start_up.mean_seconds, start_up.node_seconds, start_up.count) == (5, 1, 2)


def test_nothing_waits_until_it_is_known_how_long_tasks_take() -> None:
    """20 s of start-up come too late for an objective of 10 s: what is missing is ordered, whatever starts already."""
    late = POOL.model_copy(update={"objective": spec(objective={"scheduleToStartSeconds": 10}).objective})
    starting = tuple(PodObservation(f"new-{i}", NOW + 9, NOW + 9) for i in range(2))
    first = decide(late, seen(NOW), learned(), NOW)
    none = decide(late, seen(NOW + 10, 150, age=10), first.memory, NOW + 10)
    some = decide(late, seen(NOW + 10, 150, age=10, replicas=2, workers=starting), first.memory, NOW + 10)
    assert none.desired_replicas == some.desired_replicas == 15
    step = some.step(Rule.BACKLOG_SLOTS)
    assert step is not None
    assert step.reason == StepReason.SLOT_PER_TASK


def polled(backlog: int, seconds: float, age: float, *starting: PodObservation) -> Observation:
    """One replica with 10 busy slots that does 2.5 tasks of 4 s a second, and pods that start."""
    now = NOW + seconds
    read = statistics(backlog, age_seconds=age, add_rate=2.5, dispatch_rate=2.5, read_at=now)
    one = pod(
        replace(report(10, reported_at=now), tasks_ended=int(2.5 * (seconds + 1000)), worker="w"),
        name="worker-0",
    )
    return observation(queue(read), replicas=1 + len(starting), pods=(one, *starting), observed_at=now)


@pytest.mark.parametrize("objective", [10, 60, 300])
def test_a_burst_is_answered_once(objective: int) -> None:
    """While the pods that it asked for start, no poll of the same backlog asks for more.

    How long tasks take is measured on: by it the number may move by a few per cent, as without a burst.
    """
    deadline = spec(objective={"scheduleToStartSeconds": objective}, maxReplicas=1000, minReplicas=1)
    memory = Memory(start_up=StartUp(mean_seconds=40, count=REMEMBERED))
    for seconds in range(-600, 5, 5):
        memory = decide(deadline, polled(0, seconds, 0), memory, NOW + seconds).memory
    starting = tuple[PodObservation, ...]()
    desired = []
    for seconds in range(5, 50, 5):
        decision = decide(deadline, polled(2000, seconds, seconds, *starting), memory, NOW + seconds)
        memory = decision.memory
        desired.append(decision.desired_replicas)
        if not starting:
            ordered = range(decision.desired_replicas - 1)
            starting = tuple(PodObservation(f"new-{n}", NOW + seconds, NOW + seconds) for n in ordered)
    assert desired[0] > 3
    assert max(desired) <= 1.03 * desired[0], desired
