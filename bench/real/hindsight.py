"""What a run is compared to: the best constant number of replicas in hindsight, and a bound that nothing gets below."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from bench.real.recording import Task

TARGET_SHARE = 0.95
"""Share of the tasks that are to start within the objective."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of replicas that was there from the first arrival to the last task's end."""

    replicas: int
    pod_seconds: float
    share_within: float
    """Share of the tasks that started within the objective."""


def best_constant(tasks: Sequence[Task], slots: int, max_replicas: int, objective_seconds: float) -> Constant:
    """The fewest replicas with which 95 % of the recorded arrivals start in time, or `max_replicas`."""
    for replicas in range(1, max_replicas + 1):
        result = constant(tasks, slots, replicas, objective_seconds)
        if result.share_within >= TARGET_SHARE:
            break
    return result


def constant(tasks: Sequence[Task], slots: int, replicas: int, objective_seconds: float) -> Constant:
    """Plays the recorded arrivals with a constant number of replicas, first in, first out."""
    arrivals = sorted((task.arrived, task.seconds) for task in tasks)
    begin = end = arrivals[0][0]
    free = [begin] * (replicas * slots)
    in_time = 0
    for arrived, seconds in arrivals:
        start = max(heappop(free), arrived)
        heappush(free, start + seconds)
        in_time += start - arrived <= objective_seconds
        end = max(end, start + seconds)
    return Constant(replicas, replicas * (end - begin), in_time / len(arrivals))


def lower_bound(tasks: Sequence[Task], slots: int) -> float:
    """Pod-seconds of pods that always have a task in every slot."""
    return sum(task.seconds for task in tasks) / slots
