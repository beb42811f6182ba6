"""In which pod each worker runs, as far as its host name and identity show it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from controller.api.text import cut
from controller.cluster.objects import Deployment, Pod
from controller.operator.inputs.living import latest, living
from controller.scaling.observation import SlotReport
from controller.scaling.text import counted
from controller.temporal.workers import WorkerReport

IDENTITY_HINT: Final = (
    "Give each worker its pod's name as identity, an option of the SDK's client (metadata.name of the downward API)"
)
"""What matches workers with their pods whatever their host names are."""

_POD_SUFFIX: Final = r"-[a-z0-9]{1,10}-[bcdfghjklmnpqrstvwxz2456789]{5}"
"""What a ReplicaSet of a Deployment, and the API server, put behind the name of the Deployment."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The workers of one pass by where they run."""

    by_pod: Mapping[str, tuple[WorkerReport, ...]] = field(default_factory=dict)
    """By the pod's name, the living workers that run in it, or in one of those that share its host name."""
    shared: tuple[frozenset[str], ...] = ()
    """Names of pods whose workers can't be distinguished: those are spread over them, so that only the sum is right."""
    others: tuple[WorkerReport, ...] = ()
    """Workers that run in none of the pods, nor in one that is gone."""
    doubts: tuple[str, ...] = ()
    """What is not known, each a sentence for people, with what to do."""

    def reports(self, pod: Pod) -> tuple[SlotReport, ...]:
        """What the workers of a pod report; nothing where one of them can't be read: what is left may look idle."""
        workers = self.by_pod.get(pod.name, ())
        return () if any(w.implausible for w in workers) else tuple(report for w in workers for report in w.slots)


def place(
    deployment: Deployment, pods: Sequence[Pod], workers: Iterable[WorkerReport], container_name: str, now: float
) -> Placed:
    """Finds out where workers run.

    Args:
        deployment: Whose pods these are.
        pods: Its pods.
        workers: The workers on the pool's task queues, of whichever Deployment.
        container_name: Name of the container that is the worker.
        now: Seconds since the Unix epoch.
    """
    groups: dict[tuple[str, ...], tuple[Pod, ...]] = {}
    theirs: dict[tuple[str, ...], list[WorkerReport]] = defaultdict(list)
    known = PodNames(pods)
    for worker in latest(workers):
        group = known.candidates(worker)
        names = tuple(pod.name for pod in group)
        groups[names] = group
        theirs[names].append(worker)
    groups.pop((), None)
    by_pod: dict[str, tuple[WorkerReport, ...]] = defaultdict(tuple)
    for names, group in groups.items():
        for pod, own in _spread(group, theirs[names], container_name, now).items():
            by_pod[pod] += own
    shared = [group for group in groups.values() if len(group) > 1]
    return Placed(
        by_pod=by_pod,
        shared=tuple(frozenset(pod.name for pod in group) for group in shared),
        others=tuple(worker for worker in theirs[()] if not _is_left_behind(worker, deployment)),
        doubts=(*_unreadable(by_pod), *(_shared_host_name(group) for group in shared)),
    )


class PodNames:
    """The pods of a pool by the names that workers may give: to compare each worker with each pod takes seconds."""

    def __init__(self, pods: Sequence[Pod]) -> None:
        """Knows these."""
        self._pods = pods
        self._named: dict[str, list[int]] = defaultdict(list)
        self._hosts: dict[str, list[int]] = defaultdict(list)
        for position, pod in enumerate(pods):
            self._named[pod.name].append(position)
            self._hosts[pod.host_name].append(position)

    def candidates(self, worker: WorkerReport) -> tuple[Pod, ...]:
        """The pods in which a worker may run: the one of its name, else all of its host name; none for another worker.

        By its host name (whole, or with a domain behind it) or by the host of its identity.
        """
        names = _names(worker)
        named = {position for name in names for position in self._named.get(name, ())}
        if len(named) != 1:
            named.update(position for name in names for position in self._hosts.get(name, ()))
        return tuple(self._pods[position] for position in sorted(named))


def _names(worker: WorkerReport) -> set[str]:
    identity_host = worker.worker_identity.rpartition("@")[2]
    return {worker.host_name, worker.host_name.partition(".")[0], identity_host} - {""}


def _spread(
    group: Sequence[Pod], workers: Iterable[WorkerReport], container_name: str, now: float
) -> dict[str, tuple[WorkerReport, ...]]:
    """The living workers of pods that can't be distinguished, by the pod's name; usually it is one pod."""
    if len(group) == 1:
        (pod,) = group
        own = [worker for worker in workers if worker.reported_at >= pod.created_at]
        return {pod.name: living(own, pod.container_started_at.get(container_name), now)}
    spread: dict[str, tuple[WorkerReport, ...]] = defaultdict(tuple)
    oldest_first = sorted(group, key=lambda pod: pod.created_at)
    since = min(max(pod.created_at, pod.container_started_at.get(container_name, 0.0)) for pod in group)
    turns: dict[tuple[bool, frozenset[str]], int] = defaultdict(int)
    for worker in sorted(workers, key=lambda worker: (worker.started_at or 0.0, worker.instance)):
        if worker.reported_at >= since:
            of_its_kind = [pod for pod in oldest_first if pod.terminating == worker.is_stopping] or oldest_first
            turn = worker.is_stopping, frozenset(report.task_queue for report in worker.slots)
            spread[of_its_kind[turns[turn] % len(of_its_kind)].name] += (worker,)
            turns[turn] += 1
    return spread


def _is_left_behind(worker: WorkerReport, deployment: Deployment) -> bool:
    """Whether a worker without a pod is one of a pod that is gone, or about to end: it takes no tasks any more."""
    gone = re.compile(re.escape(deployment.name) + _POD_SUFFIX)
    return worker.is_stopping or any(gone.fullmatch(name) for name in _names(worker))


def _unreadable(by_pod: Mapping[str, Iterable[WorkerReport]]) -> Iterable[str]:
    """One sentence for the pods whose workers report what can't be."""
    bad = {pod: worker for pod, workers in sorted(by_pod.items()) for worker in workers if worker.implausible}
    if bad:
        pod, worker = next(iter(bad.items()))
        yield (
            f"Reports of {counted(len(bad), 'pod')} can't be read, so they count as busy: of {pod} "
            f"({worker.sdk or 'SDK not known'}) {worker.implausible}."
        )


def _shared_host_name(pods: Sequence[Pod]) -> str:
    return (
        f"{counted(len(pods), 'pod')} share the host name {cut(pods[0].host_name, 63)}, so their slots are known only "
        f"as a sum, and none counts as idle while any works. {IDENTITY_HINT}."
    )
