"""The Deployment: pods that are ordered, start, become ready, drain, and go; and who goes first."""

from collections.abc import Callable
from random import Random

from controller.scaling.decision import Victims
from controller.scaling.simulation.clock import Clock
from controller.scaling.simulation.pod import Attempt, Pod
from controller.scaling.simulation.task_queue import TaskQueue
from controller.scaling.simulation.tasks import lognormal
from controller.scaling.simulation.world import World

START_UP_CV = 0.3
"""Coefficient of variation of start-up times."""

RETRY_SECONDS = 30
"""A task whose worker was killed comes back after so long: until its time-out is noticed and it is tried again."""


class Deployment:
    """The pods of the workers."""

    def __init__(self, clock: Clock, world: World, random: Random, task_queue: TaskQueue) -> None:
        self.pods: list[Pod] = []
        """All pods that are there, those that are terminating included, oldest first."""
        self.pod_seconds = 0.0
        """Life times of the pods that are gone, from order to end."""
        self.cut_short = 0
        """Tasks that were killed at the end of a grace period."""
        self.start_ups: list[float] = []
        """Seconds from node to readiness, of each pod that became ready."""
        self._clock = clock
        self._world = world
        self._random = random
        self._task_queue = task_queue
        self._start_up = lognormal(world.start_up_seconds, START_UP_CV)
        self._ordered = 0
        for _ in range(world.initial_replicas):
            self._become_ready(self._order())

    @property
    def staying(self) -> list[Pod]:
        """The pods that were not asked to stop."""
        return [pod for pod in self.pods if not pod.terminating]

    def scale(self, replicas: int, victims: Victims | None) -> None:
        """Orders pods, or asks some to stop, until there are `replicas` (or, with `IDLE_ONLY`, more)."""
        staying = self.staying
        for _ in range(replicas - len(staying)):
            self._order_and_start()
        if replicas < len(staying):
            for pod in choose_victims(staying, len(staying) - replicas, victims):
                self._stop(pod)

    def finish(self) -> None:
        """Ends the run: the pods that are still there count up to now."""
        self.pod_seconds += sum(self._clock.now - pod.created_at for pod in self.pods)

    def _order(self) -> Pod:
        self._ordered += 1
        pod = Pod(f"worker-{self._ordered}", self._clock, self._world, self._freed)
        self.pods.append(pod)
        return pod

    def _order_and_start(self) -> None:
        self._clock.at(self._clock.now + self._world.node_seconds, self._get_node, self._order())

    def _get_node(self, pod: Pod) -> None:
        pod.scheduled_at = self._clock.now
        self._clock.at(self._clock.now + self._start_up(self._random), self._become_ready, pod)

    def _become_ready(self, pod: Pod) -> None:
        if pod.terminating:
            return
        pod.ready_at = self._clock.now
        if pod.scheduled_at is None:
            pod.scheduled_at = pod.ready_at  # it was there before the world began
        else:
            self.start_ups.append(pod.ready_at - pod.scheduled_at)
        self._clock.at(self._clock.now + self._world.heartbeat_seconds, self._report, pod)
        self._task_queue.offer(pod)

    def _report(self, pod: Pod) -> None:
        if pod in self.pods:
            pod.report()
            self._clock.at(self._clock.now + self._world.heartbeat_seconds, self._report, pod)

    def _freed(self, pod: Pod) -> None:
        if not pod.terminating:
            self._task_queue.offer(pod)
        elif not pod.running:
            self._remove(pod)

    def _stop(self, pod: Pod) -> None:
        pod.terminating = True
        if pod.running:
            self._clock.at(self._clock.now + self._world.grace_seconds, self._kill, pod)
        else:
            self._remove(pod)

    def _kill(self, pod: Pod) -> None:
        for attempt in pod.kill():
            self.cut_short += 1
            back_at = self._clock.now + RETRY_SECONDS
            self._clock.at(back_at, self._task_queue.add, Attempt(back_at, attempt.service_seconds))
        self._remove(pod)

    def _remove(self, pod: Pod) -> None:
        if pod in self.pods:
            self.pods.remove(pod)
            self.pod_seconds += self._clock.now - pod.created_at


def choose_victims(pods: list[Pod], count: int, victims: Victims | None) -> list[Pod]:
    """The pods that go when `count` of them have to, as the ReplicaSet controller ranks them.

    Pods that are not ready go first. Of the others, without `victims`, those that became ready last; with it, those
    that reported the fewest slots in use (`controller.kubernetes.io/pod-deletion-cost` says so), then the last ones.
    With `IDLE_ONLY` no pod goes that reported a slot in use or nothing yet: if need be, fewer go.
    """
    if victims == Victims.IDLE_ONLY:
        pods = [pod for pod in pods if pod.ready_at is None or (pod.reported_at is not None and not pod.reported_used)]
    last_first = list(reversed(pods))  # of equals, the last one goes
    return sorted(last_first, key=_ranking(victims))[:count]


def _ranking(victims: Victims | None) -> Callable[[Pod], tuple[float, ...]]:
    def rank(pod: Pod) -> tuple[float, ...]:
        if pod.ready_at is None:
            return (0, pod.scheduled_at is not None, 0, -pod.created_at)
        if victims is None:
            return (1, 0, 0, -pod.ready_at)
        return (1, pod.reported_at is None, pod.reported_used, -pod.ready_at)  # who never reported may be busy

    return rank
