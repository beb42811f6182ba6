"""What Temporal says of a pool's work: the connection resolved, the queues read, within the budget."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from controller.api.condition_reasons import CertificateCurrent, Connected
from controller.api.spec import InFlightSource, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.objects import Pod
from controller.cluster.secrets import ConnectionObjects
from controller.operator.inputs.connection import ResolvedConnection, certificate_current, resolve
from controller.operator.inputs.observe import asks_for_pod_metrics
from controller.operator.passes import ConditionUpdate
from controller.operator.pool import Pool, PoolKey
from controller.scaling.observation import SlotReport
from controller.temporal.budget import ReadBudget
from controller.temporal.client import ConnectionIdentity
from controller.temporal.errors import TemporalFailure
from controller.temporal.pod_metrics import PodMetricsReader
from controller.temporal.reader import TemporalReader, TemporalReading, failed_reading

REPORTED_STRETCH: Final = 1.1
"""From this factor on a condition says that pools are polled less often."""


@dataclass(frozen=True, slots=True)
class TemporalAnswer:
    """What one poll of Temporal brought."""

    reading: TemporalReading
    budget: ReadBudget | None
    """Of the pool's Temporal namespace; `None` where it is not known how to reach it."""
    updates: tuple[ConditionUpdate, ...]
    """About the connection and its certificates."""
    certificate_expires_at: float | None = None
    """When the first certificate of the connection expires; `None` where there is none, or it is not known."""
    server: ConnectionIdentity | None = None
    """How the server is reached; `None` where that is not known."""


class TemporalInputs:
    """Polls Temporal, and the pods' metrics, for pools."""

    def __init__(self, cluster: Cluster, temporal: TemporalReader) -> None:
        """Finds connections in the cluster, and reads through this reader."""
        self._connection_objects = ConnectionObjects(cluster)
        self._temporal = temporal
        self._pod_metrics = PodMetricsReader()

    async def close(self) -> None:
        """Closes the connections to pods."""
        await self._pod_metrics.close()

    async def read(self, pool: Pool, spec: TemporalWorkerPoolSpec, now: float) -> TemporalAnswer:
        """Reads the task queues of a pool and the workers on them."""
        connection = await resolve(self._connection_objects, pool.metadata.namespace, spec)
        reading = await self._read(connection, spec)
        if isinstance(connection, TemporalFailure):
            return TemporalAnswer(reading, None, (ConditionUpdate(connection.reason, connection.message),))
        budget = self._temporal.budget(connection.identity, spec.temporal_namespace)
        connected = _connected(connection, spec.temporal_namespace, reading, _slowed(pool.key, budget))
        current = certificate_current(connection.certificates, now)
        updates = refused_as_expired(connected, current), current
        expires_at = min((each.validity.not_after for each in connection.certificates), default=None)
        return TemporalAnswer(reading, budget, updates, expires_at, connection.identity)

    async def read_pods(
        self, spec: TemporalWorkerPoolSpec, reading: TemporalReading, pods: tuple[Pod, ...], now: float
    ) -> Mapping[str, tuple[SlotReport, ...]] | None:
        """What the pods' own metrics say, if they have to be asked."""
        where = spec.in_flight.pod_metrics
        if where is None or not asks_for_pod_metrics(spec.in_flight.source, reading, pods):
            return None
        return await self._pod_metrics.read(addresses(pods), where, spec.temporal_namespace, now)

    async def _read(
        self, connection: ResolvedConnection | TemporalFailure, spec: TemporalWorkerPoolSpec
    ) -> TemporalReading:
        queues = [(queue.name, task.type) for queue in spec.task_queues for task in queue.tasks]
        if isinstance(connection, TemporalFailure):
            return failed_reading(connection, queues)
        return await self._temporal.read(
            connection.identity,
            spec.temporal_namespace,
            queues,
            spec.worker_deployment,
            with_workers=asks_for_workers(spec.in_flight.source),
        )


def asks_for_workers(source: InFlightSource) -> bool:
    """Whether Temporal is asked for the workers: a source that was not chosen can't fail a pool."""
    return source in {InFlightSource.AUTO, InFlightSource.HEARTBEATS}


def addresses(pods: tuple[Pod, ...]) -> dict[str, str]:
    """IP address of each pod by its name; not of those that share one, as with the node's network: which of them
    serves the page there is not known.
    """
    pods_at = Counter(pod.ip for pod in pods)
    return {pod.name: pod.ip for pod in pods if pod.ip and pods_at[pod.ip] == 1}


def reads_per_poll(spec: TemporalWorkerPoolSpec) -> int:
    """Requests to Temporal that a poll of the pool takes."""
    types = sum(len(queue.tasks) for queue in spec.task_queues)
    lists = len(spec.task_queues) if asks_for_workers(spec.in_flight.source) else 0
    return lists + (1 if spec.worker_deployment else types)


def _connected(
    connection: ResolvedConnection, temporal_namespace: str, reading: TemporalReading, slowed: str | None
) -> ConditionUpdate:
    if reading.failure:
        return ConditionUpdate(reading.failure.reason, reading.failure.message)
    message = f"{connection.identity.address} answers for Temporal namespace {temporal_namespace}."
    if slowed:
        return ConditionUpdate(Connected.READS_SLOWED, f"{message} {slowed} {Connected.READS_SLOWED.remedy}")
    return ConditionUpdate(Connected.CONNECTED, message)


def refused_as_expired(connected: ConditionUpdate, current: ConditionUpdate) -> ConditionUpdate:
    """With the certificate and its times where the server refuses one that has expired: it does not know its Secret."""
    is_expired = current.reason is CertificateCurrent.CERTIFICATE_EXPIRED
    if connected.reason is not Connected.CLIENT_CERTIFICATE_REFUSED or not is_expired:
        return connected
    return replace(connected, message=f"{connected.message} {current.message}")


def _slowed(pool: PoolKey, budget: ReadBudget) -> str | None:
    """How much less often the pool is polled than it would be; `None` where that is too little to report."""
    asked, granted = budget.intervals(pool)
    if granted <= REPORTED_STRETCH * asked:
        return None
    return (
        f"Temporal API budget: pools of this namespace ask for {budget.requested_rate:.3g} reads/s, "
        f"{budget.granted_rate:.3g} are allowed; polled every {granted:.0f} s instead of {asked:.3g} s."
    )
