"""How long one decision takes: `python -m bench.decision_speed --help`.

A pool with 2 task queues and 200 pods, each of which reports its slots of both, in the middle of a busy day: some
backlog, some pods that start, a memory that is full.
"""

import cProfile
from pstats import SortKey, Stats
from statistics import median, quantiles
from time import perf_counter
from typing import Annotated

import typer

from controller.api.model import TaskType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import (
    Observation,
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    TaskQueueObservation,
)

QUEUES = ("orders", "mails")
PODS = 200
SLOTS = 10
POLL_SECONDS = 10.0
WARM_UP_DECISIONS = 200

SPEC = TemporalWorkerPoolSpec.from_manifest(
    {
        "scaleTargetRef": {"name": "worker"},
        "connection": {"address": "temporal-frontend:7233"},
        "taskQueues": [{"name": name, "tasks": [{"type": "Activity", "slots": SLOTS}]} for name in QUEUES],
        "minReplicas": 1,
        "maxReplicas": 2 * PODS,
        "objective": {"scheduleToStartSeconds": 30},
    }
)


def observe(number: int) -> Observation:
    """What is seen at one poll: the numbers go up and down, so that every step has something to do."""
    now = number * POLL_SECONDS
    used = 5 + number % 5
    pods = tuple(_pod(index, now, used) for index in range(PODS))
    return Observation(now, PODS, pods, tuple(_queue(name, number, now) for name in QUEUES), "worker heartbeats")


def _pod(index: int, now: float, used: int) -> PodObservation:
    if index >= PODS - 5:
        return PodObservation(f"worker-{index}", now - 5, now - 4)
    reports = tuple(SlotReport(name, SlotType.ACTIVITY, used, SLOTS - used, now - index % 10) for name in QUEUES)
    return PodObservation(f"worker-{index}", -100, -99, -80, slots=reports)


def _queue(name: str, number: int, now: float) -> TaskQueueObservation:
    waits = number % 4 == 0
    statistics = QueueStatistics(40 if waits else 0, 3.5 if waits else 0, 300 + number % 7, 300, now)
    return TaskQueueObservation(name, TaskType.ACTIVITY, statistics, SLOTS)


def measure(decisions: int) -> list[float]:
    """Milliseconds of each decision, after the memory has filled; what is seen is made ready beforehand."""
    memory, milliseconds = Memory(), []
    for number in range(WARM_UP_DECISIONS + decisions):
        observation = observe(number)
        started = perf_counter()
        decision = decide(SPEC, observation, memory, observation.observed_at)
        milliseconds.append(1000 * (perf_counter() - started))
        memory = decision.memory
    return milliseconds[WARM_UP_DECISIONS:]


def main(
    decisions: Annotated[int, typer.Option(min=100, help="How many decisions are timed.")] = 1000,
    profile: Annotated[bool, typer.Option("--profile", help="Say where the time goes.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Time decisions for a pool with 2 task queues and 200 pods.

    Example: python -m bench.decision_speed --profile
    """
    profiler = cProfile.Profile()
    if profile:
        milliseconds = profiler.runcall(measure, decisions)
        Stats(profiler).sort_stats(SortKey.TIME).print_stats("controller", 15)
    else:
        milliseconds = measure(decisions)
    p99 = quantiles(milliseconds, n=100)[98]
    typer.echo(f"{decisions} decisions: median {median(milliseconds):.3f} ms, p99 {p99:.3f} ms")


if __name__ == "__main__":
    typer.run(main)
