"""What is more urgent never gets fewer replicas, all else equal: same observation, same memory."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from controller.scaling.decide import decide
from controller.scaling.observation import QueueStatistics
from controller.scaling.reasons import Rule, StepReason
from tests.scaling.builders import NOW
from tests.scaling.scenes import Scene, scenes


def replicas(scene: Scene) -> int:
    """What is decided on it."""
    return decide(scene.spec, scene.seen, scene.memory, NOW).desired_replicas


def waits_beside_idle_slots(scene: Scene) -> bool:
    """Whether a backlog stands that something else than the slots seems to hold back, or by what is reported."""
    decision = decide(scene.spec, scene.seen, scene.memory, NOW)
    step = decision.step(Rule.BOTTLENECK)
    reported_idle = any(queue.standing_since and not queue.full for queue in decision.memory.queues.values())
    return step is not None and (step.reason != StepReason.SLOTS_LIMIT or reported_idle)


@given(scene=scenes(), shorter=st.integers(1, 120))
def test_a_shorter_objective_never_gets_fewer_replicas(scene: Scene, shorter: int) -> None:
    """Who promises more buys no less for it."""
    assume(shorter < scene.objective_seconds)
    tighter = replace(scene, objective_seconds=shorter)
    assume(not waits_beside_idle_slots(tighter))
    assert replicas(tighter) >= replicas(scene)


@given(scene=scenes(), longer=st.floats(0.1, 1000))
def test_tasks_that_have_waited_longer_never_get_fewer_replicas(scene: Scene, longer: float) -> None:
    """They are due sooner. That they wait beside idle slots is another matter: then replicas may not help."""
    read = scene.seen.task_queues[0].statistics
    assert isinstance(read, QueueStatistics)
    assume(0 < read.backlog_age_seconds < longer)
    older = scene.with_age(longer)
    assume(not waits_beside_idle_slots(older))
    assert replicas(older) >= replicas(scene)


@given(scene=scenes(), factor=st.floats(1, 100))
def test_tasks_that_take_longer_never_get_fewer_replicas(scene: Scene, factor: float) -> None:
    """By what was measured."""
    assert replicas(scene.with_longer_tasks(factor)) >= replicas(scene)


@given(scene=scenes(), longer=st.floats(0.1, 1000))
def test_tasks_that_the_owner_says_take_longer_never_get_fewer_replicas(scene: Scene, longer: float) -> None:
    """By the hint, while nothing was measured or little."""
    assume(scene.hint_seconds is not None and scene.hint_seconds < longer)
    assert replicas(replace(scene, hint_seconds=longer)) >= replicas(scene)
