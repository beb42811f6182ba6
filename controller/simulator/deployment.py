"""The Deployment: pods that are created, start, become ready, drain, and go; and which of them go first."""

from collections.abc import Callable, Mapping, Sequence
from math import log2
from random import Random
from typing import TypeVar

from controller.simulator.clock import Clock
from controller.simulator.pod import Attempt, Pod, Slots
from controller.simulator.policy import Victims
from controller.simulator.scenario import Scenario, Span
from controller.simulator.task_queue import TaskQueue
from controller.simulator.tasks import lognormal

Argument = TypeVar("Argument")


class Deployment:
    """The pods of the workers."""

    def __init__(self, clock: Clock, scenario: Scenario, random: Random, task_queues: Sequence[TaskQueue]) -> None:
        self.pods: list[Pod] = []
        """All pods, those that are terminating included, oldest first."""
        self.replicas = scenario.initial_replicas
        """`spec.replicas`."""
        self.pod_seconds = 0.0
        """Life times of the pods that are gone, from creation to end."""
        self.cut_short = 0
        """Tasks that were killed at the end of a grace period."""
        self.at_risk = 0
        """Tasks that ran on pods when these were asked to stop."""
        self.start_ups: list[float] = []
        """Seconds from node to readiness, of each pod that became ready."""
        self._clock = clock
        self._scenario = scenario
        self._random = random
        self._task_queues = task_queues
        self._start_up = lognormal(scenario.start_up_seconds, scenario.servers.start_up_cv)
        self._created = 0
        for _ in range(scenario.initial_replicas):
            pod = self._create()
            self._begin_work(pod)
            self._become_ready(pod)

    @property
    def staying(self) -> list[Pod]:
        """The pods that were not asked to stop."""
        return [pod for pod in self.pods if not pod.terminating]

    def scale(self, replicas: int, victims: Victims | None) -> None:
        """Creates pods, or asks some to stop, until there are `replicas` (or, with `IDLE_ONLY`, more)."""
        self.replicas = replicas
        costs = {pod.name: pod.deletion_cost for pod in self.pods}
        self._after(self._scenario.servers.scale_seconds, self._reconcile, (victims, costs))

    def write_costs(self, deletion_costs: Mapping[str, int]) -> None:
        """Sets deletion costs; the next change of the replicas finds them."""
        for pod in self.pods:
            pod.deletion_cost = deletion_costs.get(pod.name, pod.deletion_cost)

    def finish(self) -> None:
        """Ends the run: the pods that are still there count up to now."""
        self.pod_seconds += sum(self._clock.now - pod.created_at for pod in self.pods)

    def _reconcile(self, change: tuple[Victims | None, Mapping[str, int]]) -> None:
        """What the Deployment and its ReplicaSet do about the replicas, with the deletion costs that they know."""
        victims, costs = change
        staying = self.staying
        for number in range(self.replicas - len(staying)):
            self._create_and_start(number * self._scenario.servers.create_seconds)
        surplus = max(0, len(staying) - self.replicas)
        if self._scenario.servers.uses_deletion_costs:
            going = first_of_replica_set(staying, surplus, costs, self._clock.now)
        else:
            going = choose_victims(staying, surplus, victims)
            self.replicas += surplus - len(going)
        for pod in going:
            self._stop(pod)

    def _after(self, seconds: Span, action: Callable[[Argument], None], argument: Argument) -> None:
        """Calls `action` after a time within this span; at once if the span is empty."""
        if seconds[1]:
            self._clock.at(self._clock.now + self._random.uniform(*seconds), action, argument)
        else:
            action(argument)

    def _create(self) -> Pod:
        self._created += 1
        pod = Pod(f"worker-{self._created}", self._clock, self._scenario, self._freed)
        if self._scenario.servers.uses_deletion_costs:
            pod.uid = self._random.random()
        self.pods.append(pod)
        return pod

    def _create_and_start(self, after_seconds: float) -> None:
        pod = self._create()
        pod.created_at += after_seconds
        self._clock.at(pod.created_at + self._scenario.node_seconds, self._get_node, pod)

    def _get_node(self, pod: Pod) -> None:
        pod.scheduled_at = self._clock.now
        ready_at = self._clock.now + self._start_up(self._random)
        lag = self._scenario.servers.ready_lag_seconds
        if lag[1]:
            begins_at = max(self._clock.now, ready_at - self._random.uniform(*lag))
            self._clock.at(begins_at, self._begin_work, pod)
        self._clock.at(ready_at, self._become_ready, pod)

    def _begin_work(self, pod: Pod) -> None:
        """Its worker starts, reports that nothing runs, and takes tasks."""
        if pod.terminating:
            return
        pod.begin()
        if self._scenario.servers.reports_from_start and not self._scenario.servers.first_report_lacks_slots:
            pod.report()
        self._clock.at(self._clock.now + self._scenario.heartbeat_seconds, self._report, pod)
        for slots in pod.slots:
            self._offer(slots)

    def _become_ready(self, pod: Pod) -> None:
        if pod.terminating:
            return
        if pod.began_at is None:
            self._begin_work(pod)
        pod.ready_at = self._clock.now
        if pod.scheduled_at is None:
            pod.scheduled_at = pod.ready_at  # it was ready when the scenario began
        else:
            self.start_ups.append(pod.ready_at - pod.scheduled_at)

    def _report(self, pod: Pod) -> None:
        if pod in self.pods:
            pod.report()
            self._clock.at(self._clock.now + self._scenario.heartbeat_seconds, self._report, pod)

    def _offer(self, slots: Slots) -> None:
        self._task_queues[self._scenario.kinds.index(slots.kind)].offer(slots)

    def _freed(self, pod: Pod, slots: Slots) -> None:
        if not pod.terminating:
            self._offer(slots)
        elif not pod.used:
            self._after(self._scenario.servers.stop_seconds, self._remove, pod)

    def _stop(self, pod: Pod) -> None:
        self.at_risk += pod.used
        pod.stop()
        if self._scenario.servers.reports_from_start and pod.began_at is not None:
            pod.report()
        if pod.used:
            self._clock.at(self._clock.now + self._scenario.grace_seconds, self._kill, pod)
        else:
            self._after(self._scenario.servers.stop_seconds, self._remove, pod)

    def _kill(self, pod: Pod) -> None:
        for attempt in pod.kill():
            self.cut_short += 1
            back_at = self._clock.now + self._scenario.servers.retry_seconds
            again = Attempt(back_at, attempt.service_seconds, attempt.kind)
            self._clock.at(back_at, self._task_queues[attempt.kind].add, again)
        self._remove(pod)

    def _remove(self, pod: Pod) -> None:
        if pod in self.pods:
            self.pods.remove(pod)
            self.pod_seconds += self._clock.now - pod.created_at


def choose_victims(pods: list[Pod], count: int, victims: Victims | None) -> list[Pod]:
    """The pods that go when `count` of them have to, in the order of the ReplicaSet controller.

    Pods that are not ready go first. Of the others, without `victims`, those that became ready last; with it, those
    that reported the fewest slots in use (`controller.kubernetes.io/pod-deletion-cost` says so), then the last ones.
    With `IDLE_ONLY` no pod goes that reported a slot in use or nothing yet: if need be, fewer go.
    """
    if victims == Victims.IDLE_ONLY:
        pods = [pod for pod in pods if pod.ready_at is None or (pod.reported_at is not None and not pod.reported_used)]
    last_first = list(reversed(pods))  # of equals, the last one goes
    return sorted(last_first, key=_sort_key(victims))[:count]


def _sort_key(victims: Victims | None) -> Callable[[Pod], tuple[float, ...]]:
    def key(pod: Pod) -> tuple[float, ...]:
        if pod.ready_at is None:
            return (0, pod.scheduled_at is not None, 0, -pod.created_at)
        if victims is None:
            return (1, 0, 0, -pod.ready_at)
        return (1, pod.reported_at is None, pod.reported_used, -pod.ready_at)  # one that has not reported may be busy

    return key


def first_of_replica_set(pods: list[Pod], count: int, costs: Mapping[str, int], now: float) -> list[Pod]:
    """The pods that go when `count` of them have to, in the order of the ReplicaSet controller of Kubernetes.

    Unassigned first, then pending, then not ready, then by deletion cost, then by how recently they became ready (on a
    logarithmic scale); of equals, by chance.
    """

    def key(pod: Pod) -> tuple[float, ...]:
        ready_seconds = 0.0 if pod.ready_at is None else log2(max(1.0, now - pod.ready_at)) // 1
        started = pod.began_at is not None, pod.ready_at is not None
        return (pod.scheduled_at is not None, *started, costs.get(pod.name, 0), ready_seconds, pod.uid)

    return sorted(pods, key=key)[:count]
