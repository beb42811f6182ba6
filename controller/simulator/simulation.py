"""Runs one law in one world."""

from math import floor
from random import Random
from statistics import fmean

from controller.scaling.observation import (
    Observation,
    PodObservation,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.simulator.clock import Clock
from controller.simulator.deployment import Deployment
from controller.simulator.laws import Law, Order
from controller.simulator.outcome import Outcome, Sample, Scaling
from controller.simulator.pod import Pod
from controller.simulator.slots import Attempt
from controller.simulator.task_queue import TaskQueue
from controller.simulator.tasks import Task
from controller.simulator.world import World

SAMPLE_SECONDS = 5


def draw_tasks(world: World, seed: int) -> list[Task]:
    """The tasks of a world, the same for every law."""
    return world.tasks(Random(f"tasks of {world.name}, {seed}"))  # noqa: S311 - chance, not secrecy


def simulate(world: World, law: Law, law_name: str, seed: int = 0) -> Outcome:
    """Lets a law scale a world from its first task to the end of its quiet tail."""
    return Simulation(world, law, seed).run(law_name, draw_tasks(world, seed))


class Simulation:
    """A world with a scaler in it."""

    def __init__(self, world: World, law: Law, seed: int) -> None:
        self._world = world
        self._law = law
        self._random = Random(f"{world.name}, {seed}")  # noqa: S311 - chance, not secrecy
        self._clock = Clock()
        self._task_queues = [TaskQueue(self._clock, world, self._random) for _ in world.kinds]
        self._deployment = Deployment(self._clock, world, self._random, self._task_queues)
        self._samples: list[Sample] = []
        self._scalings: list[Scaling] = []

    def run(self, law_name: str, tasks: list[Task]) -> Outcome:
        """Plays the tasks and the quiet after them."""
        clock, queues = self._clock, self._task_queues
        clock.at(0, self._sample, None)
        by_chance = self._random.random() * self._law.poll_seconds
        first_poll = self._world.first_poll_seconds
        clock.at(by_chance if first_poll is None else first_poll, self._poll, None)
        for task in tasks:
            clock.run_until(task.arrives_at)
            queues[task.kind].add(Attempt(task.arrives_at, task.service_seconds, task.kind))
        clock.run_until(self._world.end_seconds(tasks))
        self._deployment.finish()
        waits = [wait for queue in queues for wait in queue.waits]
        waits += [clock.now - attempt.scheduled_at for queue in queues for attempt in queue.waiting]  # never started
        return Outcome(
            world=self._world.name,
            law=law_name,
            waits=sorted(waits),
            objective_seconds=self._world.objective_seconds,
            pod_seconds=self._deployment.pod_seconds,
            work_seconds=sum(task.service_seconds for task in tasks),
            cut_short=self._deployment.cut_short,
            scalings=tuple(self._scalings),
            samples=tuple(self._samples),
            first_arrival=tasks[0].arrives_at if tasks else 0,
            last_dispatch=max(queue.last_dispatch for queue in queues),
        )

    def _sample(self, _: None) -> None:
        pods, now = self._deployment.pods, self._clock.now
        staying = self._deployment.staying
        ready = sum(pod.ready_at is not None for pod in staying)
        used, waiting = sum(pod.used for pod in pods), sum(len(queue.waiting) for queue in self._task_queues)
        self._samples.append(Sample(now, waiting, used, len(staying), ready))
        self._clock.at(now + SAMPLE_SECONDS, self._sample, None)

    def _poll(self, _: None) -> None:
        now = self._clock.now
        order = self._law.order(self._observe(), now)
        self._clock.at(now + self._pause(order), self._poll, None)
        before = self._deployment.replicas
        if order.replicas is not None and order.replicas != before:
            self._deployment.scale(order.replicas, order.victims)
        self._deployment.write_costs(order.deletion_costs)
        after = self._deployment.replicas
        if after != before:
            self._scalings.append(Scaling(now, before, after, order.reason))

    def _pause(self, order: Order) -> float:
        """Seconds to the next poll."""
        planned = self._law.poll_seconds if order.next_poll_seconds is None else order.next_poll_seconds
        jitter = self._world.servers.poll_jitter_seconds
        return planned + (self._random.uniform(0, jitter) if jitter else 0)

    def _observe(self) -> Observation:
        """What the operator would see now; what Temporal was asked for in vain is lost."""
        now, world = self._clock.now, self._world
        lost = self._random.random() < world.lost_poll_share or any(a <= now < b for a, b in world.outages)
        unknown = Unknown(UnknownCause.LOST, "Temporal gave no answer") if lost else None
        return Observation(
            observed_at=now,
            replicas=self._deployment.replicas,
            pods=tuple(self._seen(pod) for pod in self._deployment.pods if pod.created_at <= now),
            task_queues=tuple(
                TaskQueueObservation(kind.task_queue, kind.task_type, unknown or queue.read(), kind.slots)
                for kind, queue in zip(world.kinds, self._task_queues, strict=True)
            ),
            in_flight=unknown or "worker heartbeats",
            can_rank_pods=world.servers.ranks_pods,
            grace_seconds=world.grace_seconds,
            start_up_seconds=self._mean_start_up() if world.servers.gives_start_up else None,
        )

    def _mean_start_up(self) -> float | None:
        start_ups = self._deployment.start_ups
        return fmean(start_ups) if start_ups else None

    def _seen(self, pod: Pod) -> PodObservation:
        servers = self._world.servers
        created_at, scheduled_at, ready_since = pod.created_at, pod.scheduled_at, pod.ready_at
        if servers.whole_seconds:
            created_at, scheduled_at, ready_since = floor(created_at), _floor(scheduled_at), _floor(ready_since)
        return PodObservation(
            name=pod.name,
            created_at=created_at,
            scheduled_at=scheduled_at,
            ready_since=ready_since,
            terminating=pod.terminating,
            slots=pod.slot_reports,
            is_pending=pod.began_at is None,
            deletion_cost=pod.deletion_cost,
            replica_set="worker" if servers.ranks_pods else None,
        )


def _floor(seconds: float | None) -> float | None:
    return None if seconds is None else floor(seconds)
