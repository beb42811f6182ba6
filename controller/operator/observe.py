"""Joins what Temporal and Kubernetes said into the one observation that the decision gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from controller.api.model import TaskType
from controller.api.pool_spec.in_flight import InFlightSource
from controller.cluster.objects import Deployment, Pod
from controller.cluster.trimming import FIELD_MANAGER
from controller.operator.learned import Learned, reported_slots
from controller.operator.polling import FIRST_SIGN_SECONDS, polled_at, unpolled_since
from controller.scaling.observation import (
    UNMEASURED,
    ForeignWorker,
    Move,
    Observation,
    PodObservation,
    Rollout,
    SlotReport,
    SlotVariables,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
    Usage,
)
from controller.scaling.words import counted
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport

HEARTBEATS: Final = "worker heartbeats"
POD_METRICS: Final = "pod metrics"
"""How people read where the slots in use come from."""

PodReports = Mapping[str, tuple[SlotReport, ...]]
"""By the pod's name, what its own metrics say; a pod that could not be read is not in it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pass sees of a pool whose target is there, before it is joined."""

    deployment: Deployment
    pods: tuple[Pod, ...]
    slots_stated: Mapping[tuple[str, TaskType], int | Unknown]
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    reading: TemporalReading
    pod_metrics: PodReports | None = None
    """`None`: the pods were not asked."""
    source: InFlightSource = InFlightSource.AUTO
    container_name: str = "worker"
    """Name of the container that is the worker."""
    slot_variables: SlotVariables = field(default_factory=SlotVariables)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    """What containers use of their limits, by the pod's name; a pod that nobody measures is not in it."""
    can_rank_pods: bool = False
    """Whether the operator may tell the ReplicaSet which pods go first."""
    pre_stop_seconds: float = 0.0
    """What the worker container's `preStop` takes of the grace period."""
    contenders: tuple[str, ...] = ()
    """Other scalers of the Deployment, each a sentence that names it and says what to do."""
    left: Deployment | None = None
    """The Deployment as the last pass left it; `None` where there was none."""
    outdated: str | None = None
    """Why the watched objects are not renewed."""


def observe(seen: Seen, learned: Learned, now: float) -> tuple[Observation, Learned]:
    """Builds the observation of a pool whose target is there.

    Returns:
        The observation, and what is known of the workers from now on.
    """
    workers = _workers(seen)
    pods = tuple(_pod(seen, pod, workers, learned) for pod in seen.pods)
    foreign = tuple(_foreign(seen.pods, workers))
    staying = [pod for pod in pods if not pod.terminating]
    slots = {key: reported_slots(staying, key) for key in seen.slots_stated}
    signs = {key: polled_at(key, seen.reading.statistics[key], pods, foreign) for key in seen.slots_stated}
    if learned.all_polled:
        signs = dict.fromkeys(seen.slots_stated, now)
    learned = learned.after(pods, slots, {key: at for key, at in signs.items() if at is not None})
    observation = Observation(
        observed_at=now,
        replicas=seen.deployment.replicas,
        pods=pods,
        task_queues=tuple(
            TaskQueueObservation(
                *key,
                seen.reading.statistics[key],
                _slots_per_replica(slots[key], stated, learned.slots.get(key)),
                slots_reported=learned.slots.get(key),
                unpolled_since=unpolled_since(key, pods, learned, now),
            )
            for key, stated in seen.slots_stated.items()
        ),
        in_flight=_source(seen, pods, learned, now),
        foreign_workers=foreign,
        grace_seconds=max(0.0, seen.deployment.termination_grace_period_seconds - seen.pre_stop_seconds),
        can_rank_pods=seen.can_rank_pods,
        rollout=rollout_of(seen.deployment),
        revision=seen.deployment.revision,
        contenders=seen.contenders,
        moved=move(seen.left.replicas, seen.deployment) if _is_same(seen.left, seen.deployment) else None,
        outdated=seen.outdated,
        creation_failure=seen.deployment.replica_failure,
        slot_variables=seen.slot_variables,
    )
    return observation, learned


def rollout_of(deployment: Deployment) -> Rollout:
    """Whether pods of an older template are being replaced; one that is paused by `spec.paused` is none."""
    if deployment.paused or not deployment.rolling_out:
        return Rollout.NONE
    return Rollout.STUCK if deployment.progressing_reason == "ProgressDeadlineExceeded" else Rollout.RUNNING


def move(replicas_before: int, deployment: Deployment) -> Move | None:
    """That somebody else set the replicas; `None` if they are as they were, or an order of ours came late."""
    if deployment.replicas == replicas_before or deployment.replicas_manager == FIELD_MANAGER:
        return None
    return Move(replicas_before, deployment.replicas_manager or "somebody")


def _is_same(left: Deployment | None, deployment: Deployment) -> TypeGuard[Deployment]:
    """Whether there was a pass over this Deployment, and not over an earlier one of its name."""
    return left is not None and left.uid == deployment.uid


def wants_pod_metrics(source: InFlightSource, reading: TemporalReading, pods: Iterable[Pod]) -> bool:
    """Whether the pods have to be asked: they are the source, or the better one does not speak."""
    if source == InFlightSource.AUTO:
        workers = () if isinstance(reading.workers, Unknown) else reading.workers
        return not any(_is_of(worker, pod) for worker in workers for pod in pods)
    return source == InFlightSource.POD_METRICS


def _workers(seen: Seen) -> tuple[WorkerReport, ...]:
    return () if isinstance(seen.reading.workers, Unknown) else seen.reading.workers


def _pod(seen: Seen, pod: Pod, workers: Iterable[WorkerReport], learned: Learned) -> PodObservation:
    own = [worker for worker in workers if _is_of(worker, pod)]
    if seen.pod_metrics is not None:
        reports = seen.pod_metrics.get(pod.name, ())
    elif seen.source in {InFlightSource.AUTO, InFlightSource.HEARTBEATS}:
        reports = tuple(_reports(pod, own))
    else:
        reports = ()
    return PodObservation(
        name=pod.name,
        created_at=pod.created_at,
        scheduled_at=pod.scheduled_at,
        ready_since=pod.ready_since,
        terminating=pod.terminating,
        is_pending=pod.phase == "Pending",
        deletion_cost=pod.deletion_cost,
        slots=reports,
        replica_set=pod.owner.name if pod.owner else None,
        obstacle=pod.obstacle,
        usage=_usage(seen, pod, own),
        oom_killed_at=pod.oom_killed_at.get(seen.container_name),
        was_ready=pod.was_ready or pod.name in learned.ready_pods,
        has_reported=pod.name in learned.reporting_pods,
        is_stopped=seen.container_name in pod.stopped_containers,
    )


def _usage(seen: Seen, pod: Pod, own: Iterable[WorkerReport]) -> Usage:
    """What its container uses of its limits, else what its workers say of their host, the most of several."""
    container = seen.usage.get(pod.name, UNMEASURED)
    hosts = [worker.host for worker in own if _is_since(worker, pod)]
    cpu = max((host.cpu for host in hosts if host.cpu is not None), default=None)
    memory = max((host.memory for host in hosts if host.memory is not None), default=None)
    return Usage(
        cpu if container.cpu is None else container.cpu, memory if container.memory is None else container.memory
    )


def _reports(pod: Pod, own: Iterable[WorkerReport]) -> Iterable[SlotReport]:
    """The reports of this pod's workers; one from before the pod was there is of a namesake that is gone."""
    for worker in own:
        yield from (report for report in worker.slots if report.reported_at >= pod.created_at)


def _is_since(worker: WorkerReport, pod: Pod) -> bool:
    """Whether it reported since the pod was there; else it is of a namesake that is gone."""
    return any(report.reported_at >= pod.created_at for report in worker.slots)


def _is_of(worker: WorkerReport, pod: Pod) -> bool:
    """Whether a worker runs in a pod: by its host name (whole, or with a domain behind it) or by its identity."""
    identity_host = worker.worker_identity.rpartition("@")[2]
    names = {worker.host_name, worker.host_name.partition(".")[0], identity_host}
    return pod.host_name in names or pod.name in names


def _foreign(pods: Iterable[Pod], workers: Iterable[WorkerReport]) -> Iterable[ForeignWorker]:
    for worker in workers:
        if not any(_is_of(worker, pod) for pod in pods):
            yield ForeignWorker(worker.worker_identity, worker.host_name, worker.slots)


def _slots_per_replica(reported: int | None, stated: int | Unknown, last_reported: int | None) -> int | Unknown:
    """What running workers report counts, else what the Deployment or the pool says, else what was last reported."""
    return reported or (last_reported or stated if isinstance(stated, Unknown) else stated)


def _source(seen: Seen, pods: tuple[PodObservation, ...], learned: Learned, now: float) -> str | Unknown:
    """Where the slots in use come from; a source that never spoke is not the same as one that fell silent."""
    if seen.source == InFlightSource.NONE:
        return Unknown(UnknownCause.NEVER_THERE, "inFlight.source is None, so nobody is asked what the workers run")
    by_metrics = seen.pod_metrics is not None
    if isinstance(seen.reading.workers, Unknown) and not by_metrics:
        return seen.reading.workers
    ready = [pod.ready_since for pod in pods if pod.ready_since is not None and not pod.terminating]
    if not ready or learned.reporting_pods or now - min(ready) <= FIRST_SIGN_SECONDS:
        return POD_METRICS if by_metrics else HEARTBEATS
    name = POD_METRICS if by_metrics else HEARTBEATS
    heard = f"of {counted(len(ready), 'ready pod')} none has ever said by {name} what it runs"
    return Unknown(UnknownCause.NEVER_THERE, f"{heard}, the oldest for {now - min(ready):.0f} s")
