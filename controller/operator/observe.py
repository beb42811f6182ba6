"""Joins what Temporal and Kubernetes said into the one observation that the decision gets."""

from collections.abc import Iterable, Mapping

from controller.api.model import TaskType
from controller.cluster.objects import Deployment, Pod
from controller.scaling.observation import Observation, PodObservation, SlotReport, TaskQueueObservation, Unknown
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport

IN_FLIGHT_SOURCE = "worker heartbeats"
"""How people read where the slots in use come from."""


def observe(
    deployment: Deployment,
    pods: Iterable[Pod],
    slots_per_replica: Mapping[tuple[str, TaskType], int | Unknown],
    reading: TemporalReading,
    now: float,
) -> Observation:
    """Builds the observation of a pool whose target is there."""
    workers = () if isinstance(reading.workers, Unknown) else reading.workers
    return Observation(
        observed_at=now,
        replicas=deployment.replicas,
        pods=tuple(_pod(pod, workers) for pod in pods),
        task_queues=tuple(
            TaskQueueObservation(*key, reading.statistics[key], slots) for key, slots in slots_per_replica.items()
        ),
        in_flight=reading.workers if isinstance(reading.workers, Unknown) else IN_FLIGHT_SOURCE,
        grace_seconds=float(deployment.termination_grace_period_seconds),
    )


def _pod(pod: Pod, workers: Iterable[WorkerReport]) -> PodObservation:
    return PodObservation(
        name=pod.name,
        created_at=pod.created_at,
        scheduled_at=pod.scheduled_at,
        ready_since=pod.ready_since,
        terminating=pod.terminating,
        slots=tuple(_reports(pod, workers)),
    )


def _reports(pod: Pod, workers: Iterable[WorkerReport]) -> Iterable[SlotReport]:
    """The reports of this pod's workers; one from before the pod was there is of a namesake that is gone."""
    for worker in workers:
        if worker.host_name == pod.host_name:
            yield from (report for report in worker.slots if report.reported_at >= pod.created_at)
