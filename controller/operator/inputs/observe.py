"""Joins what Temporal and Kubernetes said into the one observation that the decision gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeGuard

from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.cluster.convert import FIELD_MANAGER
from controller.cluster.objects import Deployment, Pod
from controller.operator.inputs.learned import Learned, reported_slots
from controller.operator.inputs.polling import FIRST_SIGN_SECONDS, may_be_ours, polled_at, unpolled_since
from controller.operator.inputs.worker_pods import IDENTITY_HINT, Placed, candidates, place
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
    used,
)
from controller.scaling.plausibility import Reports, SlotEvidence, resolve
from controller.scaling.text import counted
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport

UNNAMED: Final = "an unnamed field manager"
"""Who set the replicas where the Deployment does not say it: something removed its managedFields."""

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
    placed = place(seen.deployment, seen.pods, _workers(seen), seen.container_name, now)
    reports, evidence, contradiction = _reports(seen, placed, learned)
    learned = replace(learned, slot_evidence=evidence)
    pods = tuple(_pod(seen, pod, reports[pod.name], placed, learned) for pod in seen.pods)
    foreign = tuple(ForeignWorker(w.worker_identity, w.host_name, w.slots) for w in placed.strangers)
    ours = {key: may_be_ours(key, foreign, pods, now) for key in seen.slots_stated}
    unmatched = _unmatched(foreign, pods) if any(ours.values()) else None
    staying = [pod for pod in pods if not pod.terminating]
    slots = {key: reported_slots(staying, key) for key in seen.slots_stated}
    signs = {
        key: now if ours[key] else polled_at(key, seen.reading.statistics[key], pods, foreign)
        for key in seen.slots_stated
    }
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
        foreign_workers=() if unmatched else foreign,
        unmatched_workers=unmatched,
        doubts=(
            *(placed.doubts if seen.pod_metrics is None else ()),
            *((contradiction,) if contradiction else ()),
        ),
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
    return Move(replicas_before, deployment.replicas_manager or UNNAMED)


def _is_same(left: Deployment | None, deployment: Deployment) -> TypeGuard[Deployment]:
    """Whether there was a pass over this Deployment, and not over an earlier one of its name."""
    return left is not None and left.uid == deployment.uid


def wants_pod_metrics(source: InFlightSource, reading: TemporalReading, pods: Sequence[Pod]) -> bool:
    """Whether the pods have to be asked: they are the source, or the better one does not speak of each by itself."""
    if source == InFlightSource.AUTO:
        workers = () if isinstance(reading.workers, Unknown) else reading.workers
        found_in = {len(candidates(worker, pods)) for worker in workers} - {0}
        return found_in != {1}
    return source == InFlightSource.POD_METRICS


def _workers(seen: Seen) -> tuple[WorkerReport, ...]:
    return () if isinstance(seen.reading.workers, Unknown) else seen.reading.workers


def _reports(seen: Seen, placed: Placed, learned: Learned) -> tuple[Reports, SlotEvidence, str | None]:
    """What the workers of each pod report, without contradictions; and what was found of these.

    While a rollout runs, pods of an older template may have other slots than are stated now.
    """
    heard = {pod.name: _heard(seen, pod, placed) for pod in seen.pods}
    evidence = learned.slot_evidence.after(heard)
    stated = {
        (task_queue, str(task_type)): slots
        for (task_queue, task_type), slots in seen.slots_stated.items()
        if not isinstance(slots, Unknown) and not seen.deployment.rolling_out
    }
    sdks = {worker.instance: worker.sdk for workers in placed.by_pod.values() for worker in workers if worker.instance}
    resolved, contradiction = resolve(heard, stated, evidence, sdks)
    return resolved, evidence, contradiction


def _heard(seen: Seen, pod: Pod, placed: Placed) -> tuple[SlotReport, ...]:
    if seen.pod_metrics is not None:
        return seen.pod_metrics.get(pod.name, ())
    return placed.reports(pod) if seen.source in {InFlightSource.AUTO, InFlightSource.HEARTBEATS} else ()


def _pod(seen: Seen, pod: Pod, reports: tuple[SlotReport, ...], placed: Placed, learned: Learned) -> PodObservation:
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
        blocker=pod.blocker,
        usage=_usage(seen, pod, placed.by_pod.get(pod.name, ())),
        oom_killed_at=pod.oom_killed_at.get(seen.container_name),
        was_ready=pod.was_ready or pod.name in learned.ready_pods,
        has_reported=pod.name in learned.reporting_pods,
        is_stopped=seen.container_name in pod.stopped_containers,
        shares_reports=seen.pod_metrics is None and _shares_reports(pod, placed),
    )


def _shares_reports(pod: Pod, placed: Placed) -> bool:
    """Whether who of its group runs which tasks is not known; where each reports that it runs none, it is."""
    for group in placed.shared:
        if pod.name in group:
            workers = [worker for name in group for worker in placed.by_pod.get(name, ())]
            return any(used(worker.slots) for worker in workers) or not group <= placed.by_pod.keys()
    return False


def _usage(seen: Seen, pod: Pod, own: Iterable[WorkerReport]) -> Usage:
    """What its container uses of its limits, else what its workers say of their host, the most of several."""
    container = seen.usage.get(pod.name, UNMEASURED)
    hosts = [worker.host for worker in own]
    cpu = max((host.cpu for host in hosts if host.cpu is not None), default=None)
    memory = max((host.memory for host in hosts if host.memory is not None), default=None)
    return Usage(
        cpu if container.cpu is None else container.cpu, memory if container.memory is None else container.memory
    )


def _unmatched(foreign: Sequence[ForeignWorker], pods: Iterable[PodObservation]) -> str:
    silent = [pod for pod in pods if pod.is_ready and not pod.slots]
    hosts = sorted({worker.host_name or worker.identity for worker in foreign})
    named = ", ".join(hosts[:3]) + (", …" if hosts[3:] else "")
    return (
        f"{counted(len(foreign), 'worker')} on these task queues run on hosts that are no pod's ({named}), and "
        f"{counted(len(silent), 'ready pod')} report nothing: they may be the pods' own. {IDENTITY_HINT}."
    )


def _slots_per_replica(reported: int | None, stated: int | Unknown, last_reported: int | None) -> int | Unknown:
    """What running workers report counts, else what the Deployment or the pool says, else what was last reported."""
    return reported or (last_reported or stated if isinstance(stated, Unknown) else stated)


def _source(seen: Seen, pods: tuple[PodObservation, ...], learned: Learned, now: float) -> str | Unknown:
    """Where the slots in use come from; a source that never spoke is not the same as one that fell silent."""
    if seen.source == InFlightSource.NONE:
        return Unknown(UnknownCause.NEVER_THERE, "inFlight.source is None, so nobody is asked what the workers run")
    by_metrics = seen.pod_metrics is not None
    if isinstance(seen.reading.workers, Unknown) and not by_metrics:
        # What reported before will come back by waiting, whoever refuses now.
        return (
            replace(seen.reading.workers, cause=UnknownCause.LOST) if learned.reporting_pods else seen.reading.workers
        )
    ready = [pod.ready_since for pod in pods if pod.ready_since is not None and not pod.terminating]
    if not ready or learned.reporting_pods or now - min(ready) <= FIRST_SIGN_SECONDS:
        return POD_METRICS if by_metrics else HEARTBEATS
    name = POD_METRICS if by_metrics else HEARTBEATS
    heard = f"of {counted(len(ready), 'ready pod')} none has ever said by {name} what it runs"
    return Unknown(UnknownCause.NEVER_THERE, f"{heard}, the oldest for {now - min(ready):.0f} s")
