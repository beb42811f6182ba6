"""An on-call engineer's word: a number of replicas, or a pause, until a time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.api.overrides import FixedReplicas, LeastReplicas, Overrides, Pause
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW, free_behavior, observation, pods, queue, spec
from tests.scaling.strategies import memories, observations, specs, times

PAUSED = Overrides(pause=Pause(NOW + 60))
LEAST = Overrides(least=LeastReplicas(3, NOW + 60, "demo", "jo"))
FIXED = Overrides(fixed=FixedReplicas(12, NOW + 60, "flash sale", "jo"))
IDLE = Memory(busy_at=NOW - 3600)


def decided(overrides: Overrides, *, backlog: int = 20, replicas: int = 2, now: float = NOW) -> Decision:
    """On 20 waiting tasks, for which 4 replicas are recommended."""
    seen = observation(queue(backlog), replicas=replicas, pods=pods(replicas))
    return decide(spec(behavior=free_behavior()), seen, IDLE, now, overrides)


def test_a_fixed_number_wins_and_what_would_be_wanted_is_told() -> None:
    """Who, why, until when, and the number without it."""
    decision = decided(FIXED)
    assert decision.desired_replicas == 12
    step = decision.step(Rule.OVERRIDE)
    assert step is not None
    assert (step.reason, step.replicas_before, step.replicas_after) == (StepReason.OVERRIDDEN, 4, 12)
    assert step.message in decision.explanation
    assert decision.suspended is None


def test_a_fixed_number_is_capped_by_max_replicas_and_not_raised_to_min_replicas() -> None:
    """Beyond maxReplicas there may be no room; fewer than minReplicas may be what the on-call needs."""
    capped = decided(Overrides(fixed=FixedReplicas(50, NOW + 60)))
    assert capped.desired_replicas == 20
    assert "20 replicas (maxReplicas; 50 requested)" in capped.explanation
    seen = observation(queue(20), replicas=4, pods=pods(4))
    lowest = decide(
        spec(minReplicas=3, taskDurationSeconds={"max": 1}),
        seen,
        IDLE,
        NOW,
        Overrides(fixed=FixedReplicas(0, NOW + 60)),
    )
    assert lowest.desired_replicas == 0


def test_a_least_number_wakes_a_pool_at_zero_and_keeps_it_awake() -> None:
    """Without any task; the step says what the work alone asks for, and at its end the work alone decides."""
    asleep = decided(LEAST, backlog=0, replicas=0)
    assert asleep.desired_replicas == 3
    step = asleep.step(Rule.OVERRIDE)
    assert step is not None
    assert (step.reason, step.replicas_before, step.replicas_after) == (StepReason.MIN_REPLICAS_RAISED, 0, 3)
    assert step.message in asleep.explanation
    assert decided(LEAST, backlog=0, replicas=3).desired_replicas == 3
    assert decided(LEAST, backlog=0, replicas=0, now=NOW + 60).desired_replicas == 0


def test_a_least_number_leaves_what_the_work_needs_beyond_it_and_is_capped_by_max_replicas() -> None:
    """It is no limit upwards."""
    assert decided(LEAST).desired_replicas == decided(Overrides()).desired_replicas == 4
    capped = decided(Overrides(least=LeastReplicas(50, NOW + 60)))
    assert capped.desired_replicas == 20
    assert "20 replicas (maxReplicas; 50 requested)" in capped.explanation


def test_a_pause_leaves_the_replicas_as_they_are() -> None:
    """Even below minReplicas; nothing else of the Deployment is to be changed either."""
    decision = decided(PAUSED)
    assert (decision.desired_replicas, decision.scales) == (2, False)
    step = decision.step(Rule.PAUSE)
    assert step is not None
    assert (step.reason, step.replicas_before, step.replicas_after) == (StepReason.PAUSED, 4, 2)
    assert decision.suspended == step.message
    seen = observation(queue(0), replicas=1, pods=pods(1))
    assert decide(spec(minReplicas=3), seen, IDLE, NOW, PAUSED).desired_replicas == 1


def test_a_pause_wins_over_a_fixed_number() -> None:
    """Whoever wants nothing touched is served first."""
    assert decided(Overrides(PAUSED.pause, FIXED.fixed)).desired_replicas == 2


def test_both_end_by_themselves() -> None:
    """From their end on the work alone decides."""
    over = decided(Overrides(PAUSED.pause, FIXED.fixed), now=NOW + 60)
    assert over.desired_replicas == 4
    assert over.step(Rule.OVERRIDE) is over.step(Rule.PAUSE) is None


numbers = st.one_of(
    st.builds(Overrides, fixed=st.builds(FixedReplicas, st.integers(0, 10**6), times)),
    st.builds(Overrides, least=st.builds(LeastReplicas, st.integers(0, 10**6), times)),
)


@given(spec=specs(), seen=observations, memory=memories, now=times, overrides=numbers)
def test_no_override_exceeds_max_replicas(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float, overrides: Overrides
) -> None:
    """For any input: replicas that are busy may be above it until they are idle, but none is added there."""
    decision = decide(spec, seen, memory, now, overrides)
    assert decision.desired_replicas <= max(spec.max_replicas, seen.replicas)


@given(spec=specs(), seen=observations, memory=memories, now=times)
def test_a_pause_never_changes_anything(
    spec: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, now: float
) -> None:
    """For any input, and with any other override."""
    paused = Overrides(Pause(now + 1e4), FixedReplicas(3, now + 1e4))
    decision = decide(spec, seen, memory, now, paused)
    assert not decision.scales
    assert decision.suspended is not None


def test_what_was_learned_goes_on_while_paused() -> None:
    """The memory is that of a pool that is not paused: nothing has to be learned anew afterwards."""
    assert decided(PAUSED).memory == decided(Overrides()).memory
    assert replace(decided(FIXED).memory) == decided(Overrides()).memory
