"""Runs one policy in one scenario."""

from math import floor
from random import Random
from statistics import fmean

from controller.scaling.observation import (
    PodObservation,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
)
from controller.simulator.clock import Clock
from controller.simulator.deployment import Deployment
from controller.simulator.outcome import Outcome, Sample, Scaling
from controller.simulator.pod import Attempt, Pod
from controller.simulator.policy import Policy, PolicyDecision, SimulatedObservation
from controller.simulator.scenario import Scenario
from controller.simulator.task_queue import TaskQueue
from controller.simulator.tasks import Task

SAMPLE_SECONDS = 5


def draw_tasks(scenario: Scenario, seed: int) -> list[Task]:
    """The tasks of a scenario, the same for every policy."""
    return scenario.tasks(Random(f"tasks of {scenario.name}, {seed}"))  # noqa: S311 - chance, not secrecy


def simulate(scenario: Scenario, policy: Policy, policy_name: str, seed: int = 0) -> Outcome:
    """Lets a policy scale a scenario from its first task to the end of its tail."""
    return Simulation(scenario, policy, seed).run(policy_name, draw_tasks(scenario, seed))


class Simulation:
    """A scenario with a scaler in it."""

    def __init__(self, scenario: Scenario, policy: Policy, seed: int) -> None:
        self._scenario = scenario
        self._policy = policy
        self._random = Random(f"{scenario.name}, {seed}")  # noqa: S311 - chance, not secrecy
        self._clock = Clock()
        self._task_queues = [TaskQueue(self._clock, scenario, self._random) for _ in scenario.kinds]
        self._deployment = Deployment(self._clock, scenario, self._random, self._task_queues)
        self._samples: list[Sample] = []
        self._scalings: list[Scaling] = []

    def run(self, policy_name: str, tasks: list[Task]) -> Outcome:
        """Plays the tasks and the time without arrivals after them."""
        clock, queues = self._clock, self._task_queues
        clock.at(0, self._sample, None)
        by_chance = self._random.random() * self._policy.poll_seconds
        first_poll = self._scenario.first_poll_seconds
        clock.at(by_chance if first_poll is None else first_poll, self._poll, None)
        for task in tasks:
            clock.run_until(task.arrives_at)
            queues[task.kind].add(Attempt(task.arrives_at, task.service_seconds, task.kind))
        clock.run_until(self._scenario.end_seconds(tasks))
        self._deployment.finish()
        waits = [wait for queue in queues for wait in queue.waits]
        waits += [clock.now - attempt.scheduled_at for queue in queues for attempt in queue.waiting]  # never started
        return Outcome(
            scenario=self._scenario.name,
            policy=policy_name,
            waits=sorted(waits),
            objective_seconds=self._scenario.objective_seconds,
            pod_seconds=self._deployment.pod_seconds,
            work_seconds=sum(task.service_seconds for task in tasks),
            cut_short=self._deployment.cut_short,
            scalings=tuple(self._scalings),
            samples=tuple(self._samples),
            first_arrival=tasks[0].arrives_at if tasks else 0,
            last_dispatch=max(queue.last_dispatch for queue in queues),
            at_risk=self._deployment.at_risk,
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
        recommended = self._policy.recommend(self._observe(), now)
        self._clock.at(now + self._pause(recommended), self._poll, None)
        before = self._deployment.replicas
        if recommended.replicas is not None and recommended.replicas != before:
            self._deployment.scale(recommended.replicas, recommended.victims)
        self._deployment.write_costs(recommended.deletion_costs)
        after = self._deployment.replicas
        if after != before:
            self._scalings.append(Scaling(now, before, after, recommended.reason))

    def _pause(self, recommended: PolicyDecision) -> float:
        """Seconds to the next poll."""
        planned = recommended.next_poll_seconds
        if planned is None:
            planned = self._policy.poll_seconds
        jitter = self._scenario.servers.poll_jitter_seconds
        return planned + (self._random.uniform(0, jitter) if jitter else 0)

    def _observe(self) -> SimulatedObservation:
        """What the operator would observe now; what Temporal does not answer is lost."""
        now, scenario = self._clock.now, self._scenario
        lost = self._random.random() < scenario.lost_poll_share or any(a <= now < b for a, b in scenario.outages)
        unknown = Unknown(UnknownCause.LOST, "Temporal did not answer") if lost else None
        return SimulatedObservation(
            observed_at=now,
            replicas=self._deployment.replicas,
            pods=tuple(self._pod_observation(pod) for pod in self._deployment.pods if pod.created_at <= now),
            task_queues=tuple(
                TaskQueueObservation(kind.task_queue, kind.task_type, unknown or queue.read(), kind.slots)
                for kind, queue in zip(scenario.kinds, self._task_queues, strict=True)
            ),
            in_flight=unknown or "worker heartbeats",
            can_set_deletion_costs=scenario.servers.uses_deletion_costs,
            grace_seconds=scenario.grace_seconds,
            mean_start_up_seconds=self._mean_start_up() if scenario.servers.gives_start_up else None,
        )

    def _mean_start_up(self) -> float | None:
        start_ups = self._deployment.start_ups
        return fmean(start_ups) if start_ups else None

    def _pod_observation(self, pod: Pod) -> PodObservation:
        servers = self._scenario.servers
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
            replica_set="worker" if servers.uses_deletion_costs else None,
        )


def _floor(seconds: float | None) -> float | None:
    return None if seconds is None else floor(seconds)
