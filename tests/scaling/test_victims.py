"""Which pods may go, so that no task is cut short."""

from dataclasses import replace

import pytest

from controller.api.worker_pool import TemporalWorkerPoolSpec
from controller.scaling.decision import Need, Proposal, Situation, Victims
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.reasons import Reason
from controller.scaling.victims import victims
from tests.scaling.builders import NOW, observation, pod, pods, report, spec

DRAINING = (*pods(2), pod(report(1), name="drains", terminating=True))


def lowered(
    service_seconds: float = 4,
    *,
    grace: float | None = None,
    pool: TemporalWorkerPoolSpec | None = None,
    memory: Memory | None = None,
    draining: bool = False,
) -> Proposal:
    """Three replicas become two."""
    seen = observation(replicas=3, pods=DRAINING if draining else pods(3))
    situation = Situation(pool or spec(), replace(seen, grace_seconds=grace), memory or Memory(), NOW)
    need = Need(0, stands=False, start_up_seconds=20, service_seconds=service_seconds, assumed=False)
    return victims(situation, Proposal(2, situation.memory, need=need))


def removed(seconds_ago: float) -> Memory:
    """A replica was removed some seconds ago."""
    return Memory(scale_actions=(ScaleAction(NOW - seconds_ago, 4, 3, "", ""),))


def test_short_tasks_end_within_the_grace_period() -> None:
    """Kubernetes gives 30 s where nothing is set; half of that is enough."""
    proposal = lowered(15)
    assert (proposal.victims, proposal.steps[-1].reason) == (Victims.IDLE, Reason.LEAST_USED)
    assert proposal.steps[-1].message == (
        "Starting pods go first, then the least used: tasks end within 15 s, half of the grace period."
    )


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (lowered(15.1), "a task takes 15 s, and half of the grace period is 15 s"),
        (lowered(31, grace=60), "a task takes 31 s, and half of the grace period is 30 s"),
        (
            lowered(pool=spec(taskDurationSeconds={"max": 16})),
            "taskDurationSeconds.max is 16 s, and half of the grace period 15 s",
        ),
        (
            lowered(memory=replace(removed(100), outlasted_at=NOW - 1199)),
            "pods that drained lately still ran tasks after 15 s, half of their grace period",
        ),
        (
            lowered(memory=removed(15), draining=True),
            "pods that drained lately still ran tasks after 15 s, half of their grace period",
        ),
    ],
    ids=["longer tasks", "a longer grace period", "the owner's hint", "a drain that was seen", "a drain that is seen"],
)
def test_long_tasks_are_not_asked_to_stop(proposal: Proposal, why: str) -> None:
    """Only pods that report no slot in use may go."""
    assert (proposal.victims, proposal.steps[-1].reason) == (Victims.IDLE_ONLY, Reason.IDLE_ONLY)
    assert proposal.steps[-1].message == f"Only pods that report no slot in use may go: {why}."


@pytest.mark.parametrize(
    "proposal",
    [
        lowered(grace=60, service_seconds=30),
        lowered(memory=removed(14.9), draining=True),
        lowered(memory=Memory(outlasted_at=NOW - 1200)),
        lowered(draining=True),
    ],
    ids=["within half of it", "a drain that has time left", "a drain of long ago", "a drain that nobody ordered"],
)
def test_else_the_least_used_may_go(proposal: Proposal) -> None:
    """Nothing says that a task would be cut short."""
    assert proposal.victims == Victims.IDLE


def test_a_slow_drain_is_remembered() -> None:
    """It counts for the next twenty minutes."""
    assert lowered(memory=removed(15), draining=True).memory.outlasted_at == NOW


def test_nothing_is_said_when_nobody_goes() -> None:
    """The question arises only when the number is lowered."""
    situation = Situation(spec(), observation(replicas=2, pods=pods(2)), Memory(), NOW)
    assert victims(situation, Proposal(2, Memory())).steps == ()
