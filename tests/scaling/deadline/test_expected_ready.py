"""When a pod that starts will be ready, and that a burst is answered once."""

import pytest

from controller.scaling.deadline.start_up import REMEMBERED, StartUp, seconds_until_ready
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, PodObservation
from tests.scaling.builders import NOW, observation, queue, report, spec, statistics
from tests.scaling.builders import pod as ready_pod

START_UP_SECONDS = 100.0
"""Of which pods wait 40 s for a node."""
NODE_SECONDS = 40.0


@pytest.mark.parametrize(
    ("created", "scheduled", "left"),
    [
        pytest.param(0, None, 100, id="just ordered"),
        pytest.param(30, None, 70, id="waits for its node"),
        pytest.param(40, None, 60, id="is about to get its node"),
        pytest.param(70, None, 90, id="its node is 30 s late: in 30 s"),
        pytest.param(50, 0, 60, id="just got its node"),
        pytest.param(50, 45, 15, id="starts"),
        pytest.param(99, 60, 0, id="is about to be ready"),
        pytest.param(99, 80, 20, id="is 20 s late: in 20 s"),
    ],
)
def test_a_pod_is_expected_when_it_has_taken_as_long_as_others(
    created: float, scheduled: float | None, left: float
) -> None:
    """The wait for a node and the start each take their own time."""
    pod = PodObservation("worker-0", NOW - created, None if scheduled is None else NOW - scheduled)
    assert seconds_until_ready(pod, START_UP_SECONDS, NODE_SECONDS, NOW) == left


def look(backlog: int, seconds: float, age: float, *starting: PodObservation) -> Observation:
    """One replica with 10 busy slots that does 2.5 tasks of 4 s a second, and pods that start."""
    now = NOW + seconds
    read = statistics(backlog, age_seconds=age, add_rate=2.5, dispatch_rate=2.5, read_at=now)
    one = ready_pod(report(10, reported_at=now))
    return observation(queue(read), replicas=1 + len(starting), pods=(one, *starting), observed_at=now)


@pytest.mark.parametrize("objective", [10, 60, 300])
def test_a_burst_is_answered_once(objective: int) -> None:
    """While the pods that it asked for start, no look at the same backlog asks for more.

    The service time is measured on: by it the number may move by a few per cent, as without a burst.
    """
    deadline = spec(objective={"scheduleToStartSeconds": objective}, maxReplicas=1000, minReplicas=1)
    memory = Memory(start_up=StartUp(mean_seconds=40, count=REMEMBERED))
    for seconds in range(-600, 5, 5):
        memory = decide(deadline, look(0, seconds, 0), memory, NOW + seconds).memory
    starting = tuple[PodObservation, ...]()
    wanted = []
    for seconds in range(5, 50, 5):
        decision = decide(deadline, look(2000, seconds, seconds, *starting), memory, NOW + seconds)
        memory = decision.memory
        wanted.append(decision.desired_replicas)
        if not starting:
            ordered = range(decision.desired_replicas - 1)
            starting = tuple(PodObservation(f"new-{n}", NOW + seconds, NOW + seconds) for n in ordered)
    assert wanted[0] > 5
    assert max(wanted) <= 1.03 * wanted[0], wanted
