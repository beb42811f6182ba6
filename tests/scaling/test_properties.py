"""What must hold for any spec, observation and memory that the types allow."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from controller.api.spec import Disruption, TemporalWorkerPoolSpec
from controller.api.status import MAX_DECISION_STEPS
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import (
    Observation,
    QueueStatistics,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
    used,
)
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.scale_down.deletion_cost import MAX_CHANGES
from tests.scaling.builders import NOW, observation, pods, queue, spec
from tests.scaling.strategies import blind_observations, growing_backlogs, memories, observations, specs, times
from tests.scaling.victims import only_idle_pods_go, possible_victims

any_case = given(spec=specs(), seen=observations, memory=memories, now=times)


@any_case
def test_any_input_gives_a_decision_within_the_bounds(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Huge, empty, out of order or in the future: never an exception, never out of bounds, always a reason."""
    decision = decide(spec, seen, memory, now)
    assert not memory.forgotten or decision.memory.forgotten is None
    assert spec.min_replicas <= decision.desired_replicas
    assert decision.desired_replicas <= spec.max_replicas or held_by_busy_pods(seen, decision)
    assert decision.current_replicas == seen.replicas
    assert decision.deciding_step in decision.steps


def held_by_busy_pods(seen: Observation, decision: Decision) -> bool:
    """Whether there are more replicas than `maxReplicas`, and those that stay may not be asked to stop."""
    step = decision.step(Rule.DISRUPTION)
    return (
        step is not None
        and step.reason in {StepReason.REPLICAS_BUSY, StepReason.MARKING}
        and decision.desired_replicas <= seen.replicas
    )


@any_case
def test_the_same_input_gives_the_same_decision(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """There is no clock, no chance and no state but the memory."""
    assert decide(spec, seen, memory, now) == decide(spec, seen, memory, now)


@any_case
def test_the_steps_tell_the_whole_way_of_the_number(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Each step starts where the one before ended, from the replicas that are there to those desired."""
    decision = decide(spec, seen, memory, now)
    numbers = [seen.replicas, *(step.replicas_after for step in decision.steps)]
    assert [step.replicas_before for step in decision.steps] == numbers[:-1]
    assert decision.desired_replicas == numbers[-1]
    assert len(decision.steps) <= MAX_DECISION_STEPS


@given(spec=specs(), seen=blind_observations, memory=memories, now=times)
def test_the_unknown_never_lowers(spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float) -> None:
    """Whichever reading is lost, the replicas that are there stay, but for `maxReplicas`."""
    decision = decide(spec, seen, memory, now)
    assert decision.desired_replicas >= min(seen.replicas, spec.max_replicas)


@given(spec=specs(), pair=growing_backlogs(), memory=memories, now=times)
def test_more_backlog_never_gives_fewer_replicas(
    spec: TemporalWorkerPoolSpec, pair: tuple[Observation, Observation], memory: Memory, now: float
) -> None:
    """With an equal memory, a longer queue asks for at least as much."""
    seen, fuller = pair
    assert decide(spec, fuller, memory, now).desired_replicas >= decide(spec, seen, memory, now).desired_replicas


@any_case
def test_nothing_is_piled_up_that_does_not_come(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """No more than what was ordered, what the owner asks for at least, and the one that wakes a pool."""
    decision = decide(spec, seen, memory, now)
    if decision.capacity.stops_growth:
        scheduled = min(decision.scheduled.min_replicas, spec.max_replicas)
        assert decision.desired_replicas <= max(seen.replicas, spec.min_replicas, scheduled, 1)


@any_case
def test_zero_is_reached_only_with_evidence(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Reaching zero means: every queue read and empty, nothing dispatched, no slot in use, long enough."""
    assume(seen.replicas > 0)
    decision = decide(spec, seen, memory, now)
    if decision.desired_replicas > 0:
        return
    step = decision.step(Rule.ZERO_GATE)
    assert step is not None
    assert step.reason == StepReason.IDLE
    assert all(idle(queue) for queue in seen.task_queues)
    if not (spec.scale_to_zero.without_in_flight_evidence and seen.never_reported):
        assert not any(report.slots_used for pod in seen.pods for report in pod.slots)
    assert memory.busy_at is not None
    idle_since = decision.memory.idle_since
    assert idle_since is not None
    assert now - idle_since >= spec.scale_to_zero.idle_seconds


@any_case
def test_only_idle_pods_can_go_where_only_idle_ones_may(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Whichever pods the ReplicaSets choose, among equals or among ReplicaSets: none of them may run a task."""
    decision = decide(spec, replace(seen, can_set_deletion_costs=True), memory, now)
    assume(decision.desired_replicas < seen.replicas)
    assume(only_idle_pods_go(spec, seen, decision, now))
    assume(spec.disruption == Disruption.IDLE_ONLY or not seen.never_reported)
    removed = max(0, len(seen.staying_pods) - decision.desired_replicas)
    assert not any(used(pod.slots) for pod in possible_victims(seen.staying_pods, removed))
    assert removed <= sum(not used(pod.slots) for pod in seen.staying_pods)


@any_case
def test_marks_are_few_and_only_for_pods_that_are_there(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """Each is a request; where the operator may not rank pods there is none."""
    costs = decide(spec, seen, memory, now).deletion_costs
    assert not costs or seen.can_set_deletion_costs
    assert len(costs) <= MAX_CHANGES
    assert costs.keys() <= {pod.name for pod in seen.ready_pods}


def idle(queue: TaskQueueObservation) -> bool:
    """Whether a queue is known to be empty and quiet."""
    read = queue.statistics
    nothing_waits = isinstance(read, QueueStatistics) and (read.backlog == 0 or read.backlog_age_seconds == 0)
    return nothing_waits and isinstance(read, QueueStatistics) and read.dispatch_rate_per_second == 0


@given(spec=specs(), replicas=st.integers(1, 30))
def test_nothing_is_removed_right_after_a_restart(spec: TemporalWorkerPoolSpec, replicas: int) -> None:
    """At the first pass the replicas that are there count as just needed, if the owner left a window for that."""
    rules = spec.behavior.scale_down if spec.behavior else None
    assume(rules is None or rules.stabilization_window_seconds is None or rules.stabilization_window_seconds > 0)
    decision = decide(spec, observation(replicas=replicas, pods=pods(replicas)), Memory(), NOW)
    assert decision.desired_replicas >= min(replicas, spec.max_replicas)


@given(spec=specs(), backlogs=st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_no_change_is_larger_than_the_policies_allow(spec: TemporalWorkerPoolSpec, backlogs: list[int]) -> None:
    """Over any run of passes 5 s apart, a policy that is the only one of its direction is kept in each period."""
    memory, replicas, changes = Memory(), spec.min_replicas, []
    for i, backlog in enumerate(backlogs):
        now = NOW + 5 * i
        seen = observation(queue(backlog), replicas=replicas, pods=pods(replicas), observed_at=now)
        decision = decide(spec, seen, memory, now)
        memory = carried_out(decision, now)
        changes.append((now, replicas, decision.desired_replicas))
        replicas = decision.desired_replicas
    assert_policies_kept(spec, changes)


def carried_out(decision: Decision, now: float) -> Memory:
    """The memory after the operator did what was decided."""
    if not decision.scales:
        return decision.memory
    action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, "", "")
    return decision.memory.record(action)


def assert_policies_kept(spec: TemporalWorkerPoolSpec, changes: list[tuple[float, int, int]]) -> None:
    """In no period do more pods come than the only scale-up policy allows, the one that wakes a pool excepted."""
    rules = spec.behavior.scale_up if spec.behavior else None
    if rules is None or rules.policies is None or len(rules.policies) != 1 or rules.policies[0].type != "Pods":
        return
    policy = rules.policies[0]
    for now, _, after in changes:
        start = next(before for at, before, _ in changes if at > now - policy.period_seconds)
        assert after - start <= max(policy.value, 1 if start == 0 else 0, spec.max_replicas if spec.schedules else 0)


@given(seen=observations, memory=memories, now=times, back=st.floats(0, 1e6))
def test_a_clock_that_goes_back_frees_no_window(seen: Observation, memory: Memory, now: float, back: float) -> None:
    """Times that are remembered from the future count as now, so no window ends early."""
    before = decide(spec(), seen, memory, now).memory
    after = decide(spec(), seen, before, now - back)
    assert all(recommendation.at <= now - back for recommendation in after.memory.recommendations)
    assert after.memory.busy_at is None or after.memory.busy_at <= now - back


@settings(max_examples=30)
@given(backlog=st.integers(0, 300), replicas=st.integers(1, 20))
def test_a_steady_state_settles(backlog: int, replicas: int) -> None:
    """The same observation, decided again and again, ends at one number and stays there."""
    memory, numbers, pool = Memory(), [], spec(minReplicas=1)
    for i in range(100):
        now = NOW + 15 * i
        seen = observation(
            queue(backlog),
            replicas=replicas,
            pods=pods(replicas, reported_at=now),
            observed_at=now,
        )
        decision = decide(pool, seen, memory, now)
        memory, replicas = carried_out(decision, now), decision.desired_replicas
        numbers.append(replicas)
    assert len(set(numbers[-20:])) == 1


def test_lost_and_never_there_are_told_apart() -> None:
    """The two causes of a missing reading are not the same value."""
    assert Unknown(UnknownCause.LOST, "m") != Unknown(UnknownCause.NEVER_THERE, "m")
