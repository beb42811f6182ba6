"""Joins what Temporal and Kubernetes said into the one observation that the decision gets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from controller.api.spec import InFlightSource, Mode
from controller.api.text import listed
from controller.cluster.objects import Deployment, Pod
from controller.operator.external_scale import external_scale
from controller.operator.inputs.learned import Learned, reported_slots
from controller.operator.inputs.polling import may_be_ours, polled_at, task_seen_at, unpolled_since
from controller.operator.inputs.worker_pods import IDENTITY_HINT, Placed, PodNames, place
from controller.operator.passes import Inputs
from controller.scaling.observation import (
    HEARTBEATS,
    POD_METRICS,
    UNMEASURED,
    ExternalScale,
    Observation,
    OtherWorker,
    PodObservation,
    Rollout,
    SlotReport,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
    Usage,
    used,
)
from controller.scaling.plausibility import Reports, SlotEvidence, resolve
from controller.scaling.server_times import FIRST_REPORT_SECONDS
from controller.scaling.text import counted, does
from controller.scaling.traces import Trace
from controller.temporal.reader import QueueKey, TemporalReading
from controller.temporal.workers import TURN_ON_IN_SDK, WorkerReport

NAMED_HOSTS: Final = 3
"""Hosts that a message names."""


def observe(
    inputs: Inputs, learned: Learned, now: float, first_report_seconds: float = FIRST_REPORT_SECONDS
) -> tuple[Observation, Learned]:
    """Builds the observation of a pool whose target is there.

    Args:
        inputs: What the pass read.
        learned: What is known of the workers.
        now: Seconds since the Unix epoch.
        first_report_seconds: How long ready pods need not have polled or reported.

    Returns:
        The observation, and what is known of the workers from now on.
    """
    placed = place(inputs.deployment, inputs.pods, _workers(inputs), inputs.target.container.name, now)
    reports, evidence, contradiction = _reports(inputs, placed, learned)
    learned = replace(learned, slot_evidence=evidence)
    pods = tuple(_pod(inputs, pod, reports[pod.name], placed, learned) for pod in inputs.pods)
    others = tuple(OtherWorker(w.worker_identity, w.host_name, w.slots) for w in placed.others)
    ready_until = now - first_report_seconds
    ours = {key: may_be_ours(key, others, pods, ready_until) for key in inputs.slots_stated}
    unmatched = _unmatched(others, pods) if any(ours.values()) else None
    staying = [pod for pod in pods if not pod.terminating]
    slots = {key: reported_slots(staying, key) for key in inputs.slots_stated}
    signs = {key: polled_at(key, inputs.reading.statistics[key], pods, others) for key in inputs.slots_stated}
    signs |= {key: now for key in inputs.slots_stated if ours[key] or learned.all_polled}
    learned = learned.after(pods, slots, dict(_traces(inputs, signs, pods, learned, now)))
    unpolled = {key: _unpolled_since(inputs, key, pods, learned, ready_until) for key in inputs.slots_stated}
    learned = replace(learned, unpolled=frozenset(key for key, since in unpolled.items() if since is not None))
    observation = Observation(
        observed_at=now,
        replicas=inputs.deployment.replicas,
        pods=pods,
        task_queues=tuple(_task_queues(inputs, slots, learned, unpolled)),
        in_flight=_source(inputs, pods, learned, now),
        other_workers=() if unmatched else others,
        unmatched_workers=unmatched,
        doubts=(
            *(placed.doubts if inputs.pod_metrics is None else ()),
            *((contradiction,) if contradiction else ()),
        ),
        grace_seconds=inputs.target.seconds_to_finish,
        can_set_deletion_costs=inputs.spec.mode == Mode.AUTO,
        rollout=rollout_of(inputs.deployment),
        revision=inputs.deployment.revision,
        contenders=inputs.contenders,
        external_scale=_external_scale(inputs),
        outdated=inputs.outdated,
        creation_failure=inputs.deployment.replica_failure,
        slot_variables=inputs.slot_variables,
    )
    return observation, learned


def _task_queues(
    inputs: Inputs,
    reported: Mapping[QueueKey, int | None],
    learned: Learned,
    unpolled: Mapping[QueueKey, float | None],
) -> Iterator[TaskQueueObservation]:
    """Each queue and task type, with the slots of a replica by the best source there is."""
    for key, stated in inputs.slots_stated.items():
        yield TaskQueueObservation(
            *key,
            inputs.reading.statistics[key],
            _slots_per_replica(reported[key], stated, learned.slots.get(key)),
            slots_reported=learned.slots.get(key),
            unpolled_since=unpolled[key],
            trace=learned.traces[key],
        )


def _traces(
    inputs: Inputs,
    polled_at: Mapping[QueueKey, float | None],
    pods: Sequence[PodObservation],
    learned: Learned,
    now: float,
) -> Iterator[tuple[QueueKey, Trace]]:
    """When tasks and workers were last seen on each queue and type, this reconcile included."""
    for key in inputs.slots_stated:
        task_at = task_seen_at(key, inputs.reading.statistics[key], pods)
        yield key, learned.trace(key, now).seen(task_at=task_at, polled_at=polled_at[key])


def _unpolled_since(
    inputs: Inputs, key: QueueKey, pods: Sequence[PodObservation], learned: Learned, ready_until: float
) -> float | None:
    """Since when no ready pod polls; while Temporal can't be read only what was found before."""
    is_unread = isinstance(inputs.reading.statistics[key], Unknown) and inputs.reading.failure is not None
    if is_unread and key not in learned.unpolled:
        return None
    return unpolled_since(pods, learned.traces[key], ready_until)


def rollout_of(deployment: Deployment) -> Rollout:
    """Whether pods of an older template are being replaced; one that is paused by `spec.paused` is none."""
    if deployment.paused or not deployment.rolling_out:
        return Rollout.NONE
    return Rollout.STUCK if deployment.progressing_reason == "ProgressDeadlineExceeded" else Rollout.RUNNING


def _external_scale(inputs: Inputs) -> ExternalScale | None:
    """Replicas that others set since the last pass; the first pass over a Deployment has nothing to compare with."""
    before = inputs.last_applied
    if before is None or before.uid != inputs.deployment.uid:
        return None
    return external_scale(before.replicas, inputs.deployment)


def asks_for_pod_metrics(source: InFlightSource, reading: TemporalReading, pods: Sequence[Pod]) -> bool:
    """Whether the pods have to be asked: they are the source, or the better one does not speak of each by itself."""
    if source == InFlightSource.AUTO:
        workers = () if isinstance(reading.workers, Unknown) else reading.workers
        known = PodNames(pods)
        found_in = {len(known.candidates(worker)) for worker in workers} - {0}
        return found_in != {1}
    return source == InFlightSource.POD_METRICS


def _workers(inputs: Inputs) -> tuple[WorkerReport, ...]:
    return () if isinstance(inputs.reading.workers, Unknown) else inputs.reading.workers


def _reports(inputs: Inputs, placed: Placed, learned: Learned) -> tuple[Reports, SlotEvidence, str | None]:
    """What the workers of each pod report, without contradictions; and what was found of these.

    While a rollout runs, pods of an older template may have other slots than are stated now.
    """
    reported = {pod.name: _reported(inputs, pod, placed) for pod in inputs.pods}
    evidence = learned.slot_evidence.after(reported)
    stated = {
        (task_queue, str(task_type)): slots
        for (task_queue, task_type), slots in inputs.slots_stated.items()
        if not isinstance(slots, Unknown) and not inputs.deployment.rolling_out
    }
    sdks = {worker.instance: worker.sdk for workers in placed.by_pod.values() for worker in workers if worker.instance}
    resolved, contradiction = resolve(reported, stated, evidence, sdks)
    return resolved, evidence, contradiction


def _reported(inputs: Inputs, pod: Pod, placed: Placed) -> tuple[SlotReport, ...]:
    if inputs.pod_metrics is not None:
        return inputs.pod_metrics.get(pod.name, ())
    return (
        placed.reports(pod) if inputs.spec.in_flight.source in {InFlightSource.AUTO, InFlightSource.HEARTBEATS} else ()
    )


def _pod(inputs: Inputs, pod: Pod, reports: tuple[SlotReport, ...], placed: Placed, learned: Learned) -> PodObservation:
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
        usage=_usage(inputs, pod, placed.by_pod.get(pod.name, ())),
        oom_killed_at=pod.oom_killed_at.get(inputs.target.container.name),
        was_ready=pod.was_ready or pod.name in learned.ready_pods,
        unready_since=pod.unready_since,
        last_report=None if reports else learned.last_reports.get(pod.name),
        has_reported=pod.name in learned.reporting_pods,
        is_stopped=inputs.target.container.name in pod.stopped_containers,
        restarts=pod.last_end.restarts if pod.last_end else 0,
        ended_at=pod.last_end.at if pod.last_end else None,
        shares_reports=inputs.pod_metrics is None and _shares_reports(pod, placed),
    )


def _shares_reports(pod: Pod, placed: Placed) -> bool:
    """Whether who of its group runs which tasks is not known; where each reports that it runs none, it is."""
    for group in placed.shared:
        if pod.name in group:
            workers = [worker for name in group for worker in placed.by_pod.get(name, ())]
            return any(used(worker.slots) for worker in workers) or not group <= placed.by_pod.keys()
    return False


def _usage(inputs: Inputs, pod: Pod, own: Iterable[WorkerReport]) -> Usage:
    """What its container uses of its limits, else what its workers say of their host, the most of several."""
    container = inputs.usage.get(pod.name, UNMEASURED)
    hosts = [worker.host for worker in own]
    cpu = max((host.cpu for host in hosts if host.cpu is not None), default=None)
    memory = max((host.memory for host in hosts if host.memory is not None), default=None)
    return Usage(
        cpu if container.cpu is None else container.cpu, memory if container.memory is None else container.memory
    )


def _unmatched(others: Sequence[OtherWorker], pods: Iterable[PodObservation]) -> str:
    unreported = [pod for pod in pods if pod.is_ready and not pod.slots]
    named = listed(sorted({worker.host_name or worker.identity for worker in others}), most=NAMED_HOSTS)
    return (
        f"{does(len(others), 'worker', 'poll')} these queues from hosts that are no pod's ({named}), and "
        f"{counted(len(unreported), 'ready pod')} sent no report: they may be the same. {IDENTITY_HINT}."
    )


def _slots_per_replica(reported: int | None, stated: int | Unknown, last_reported: int | None) -> int | Unknown:
    """What running workers report counts, else what the Deployment or the pool says, else what was last reported."""
    return reported or (last_reported or stated if isinstance(stated, Unknown) else stated)


def _source(inputs: Inputs, pods: tuple[PodObservation, ...], learned: Learned, now: float) -> str | Unknown:
    """Where the slots in use come from; a source that never reported is not the same as one that no longer does."""
    if inputs.spec.in_flight.source == InFlightSource.NONE:
        return Unknown(UnknownCause.NEVER_THERE, "inFlight.source is None, so what the workers run is not read")
    by_metrics = inputs.pod_metrics is not None
    if isinstance(inputs.reading.workers, Unknown) and not by_metrics:
        workers = inputs.reading.workers
        # What reported before will come back by waiting, whatever refuses now.
        return replace(workers, cause=UnknownCause.LOST) if learned.reporting_pods else workers
    ready = [pod.ready_since for pod in pods if pod.ready_since is not None and not pod.terminating]
    if not ready or learned.reporting_pods or now - min(ready) <= FIRST_REPORT_SECONDS:
        return POD_METRICS if by_metrics else HEARTBEATS
    sent = "served pod metrics" if by_metrics else "sent worker heartbeats"
    pods_ready = "the ready pod has" if len(ready) == 1 else f"none of {len(ready)} ready pods has"
    not_yet = " not" if len(ready) == 1 else ""
    message = f"{pods_ready}{not_yet} {sent} (ready for up to {now - min(ready):.0f} s)"
    return Unknown(UnknownCause.NEVER_THERE, message, "" if by_metrics else TURN_ON_IN_SDK)
