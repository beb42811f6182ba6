"""Everything that a pass reads, in one place: Temporal first, then the Deployment, its pods and its other scalers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from controller.api.condition_reasons import TargetSafe
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.objects import Deployment
from controller.cluster.usage import UsageReader
from controller.cluster.workload import WatchesByNamespace, get_deployment
from controller.operator.clock import Clock
from controller.operator.inputs.contention import Contention
from controller.operator.inputs.heartbeats import HeartbeatSupport
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.operator.inputs.polled_instead import PolledInstead
from controller.operator.inputs.slots import is_tuned, slot_variables
from controller.operator.inputs.target import find_target, found
from controller.operator.inputs.target_safety import target_safe
from controller.operator.inputs.temporal import TemporalInputs
from controller.operator.passes import ConditionUpdate, Inputs, NoTarget, Target
from controller.operator.pool import Pool
from controller.operator.slots import stated_slots
from controller.scaling.observation import Observation
from controller.scaling.server_times import FIRST_REPORT_SECONDS
from controller.temporal.reader import TemporalReader


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read."""

    cluster: Cluster
    watches: WatchesByNamespace
    contention: Contention
    temporal: TemporalReader
    target_labels: Mapping[str, str] = field(default_factory=dict)
    """The labels without which a Deployment is no target."""


class InputsReader:
    """Reads for all pools."""

    def __init__(self, sources: Sources, clock: Clock, first_report_seconds: float = FIRST_REPORT_SECONDS) -> None:
        """Reads by this clock; ready pods need not have polled or reported for `first_report_seconds`."""
        self._cluster = sources.cluster
        self._watches = sources.watches
        self._contention = sources.contention
        self._target_labels = sources.target_labels
        self._temporal = TemporalInputs(sources.cluster, sources.temporal)
        self._polled_instead = PolledInstead(sources.temporal)
        self._heartbeats = HeartbeatSupport(sources.temporal)
        self._usage = UsageReader(sources.cluster, clock.now, clock.elapsed)
        self._now = clock.now
        self._first_report_seconds = first_report_seconds

    async def observe(self, inputs: Inputs, learned: Learned) -> tuple[Observation, Learned]:
        """The observation of a pool, with what is only asked for where something is wrong with its workers.

        Returns:
            The observation, and what is known of the workers from now on.
        """
        observation, learned = observe(inputs, learned, self._now(), self._first_report_seconds)
        observation = await self._heartbeats.explain(inputs, observation)
        return await self._polled_instead.add(inputs, observation, learned)

    async def close(self) -> None:
        """Closes the connections to pods."""
        await self._temporal.close()

    async def read(
        self, pool: Pool, spec: TemporalWorkerPoolSpec, last_applied: Deployment | None, mean_task_seconds: float | None
    ) -> Inputs | NoTarget:
        """Reads all that a pass needs.

        Args:
            pool: The pool that the pass began with.
            spec: Its spec.
            last_applied: The Deployment as the last pass left it.
            mean_task_seconds: How long its tasks run, as it was measured; `None` where it was not.

        Raises:
            ClusterError: The Deployment could not be read.
        """
        answer = await self._temporal.read(pool, spec, self._now())
        deployment = await self._deployment(pool, spec, last_applied)
        target = find_target(pool.metadata.namespace, spec, deployment, self._target_labels)
        if isinstance(target, ConditionUpdate):
            return NoTarget(
                target,
                (*answer.updates, target),
                is_gone=deployment is None,
                budget=answer.budget,
                certificate_expires_at=answer.certificate_expires_at,
            )
        watches = self._watches.of(pool.metadata.namespace)
        inputs = Inputs(
            spec=spec,
            target=target,
            pods=watches.pods.of(target.deployment),
            slots_stated=stated_slots(spec, target.container),
            reading=answer.reading,
            contenders=self._contention.contenders(pool, target),
            last_applied=last_applied,
            outdated=watches.outdated,
            unwatched=watches.unwatched,
            unreadable=tuple(self._unreadable(target)),
            budget=answer.budget,
            server=answer.server,
            pool_created_at=pool.metadata.created_at,
            updates=(*answer.updates, found(target), target_safe(spec, target, mean_task_seconds)),
            certificate_expires_at=answer.certificate_expires_at,
        )
        return await self._completed(inputs)

    async def _completed(self, inputs: Inputs) -> Inputs:
        """With what is only read where it is needed, and what follows from the rest."""
        spec, target = inputs.spec, inputs.target
        unsafe = [
            u.message for u in inputs.updates if isinstance(u.reason, TargetSafe) and u.reason != TargetSafe.TARGET_SAFE
        ]
        return replace(
            inputs,
            pod_metrics=await self._temporal.read_pods(spec, inputs.reading, inputs.pods, self._now()),
            usage=await self._usage.read(target.deployment, target.container) if is_tuned(spec) else {},
            slot_variables=slot_variables(spec, target, next(iter(unsafe), None)),
        )

    async def _deployment(
        self, pool: Pool, spec: TemporalWorkerPoolSpec, last_applied: Deployment | None
    ) -> Deployment | None:
        """The Deployment as watched; as read where the watch has not come to the change that the last pass made."""
        namespace, name = pool.metadata.namespace, spec.scale_target_ref.name
        watched = self._watches.of(namespace).deployments.get(namespace, name)
        if watched and last_applied and watched.is_before(last_applied):
            read = await get_deployment(self._cluster, namespace, name)
            return read and read.after(watched)
        return watched

    def _unreadable(self, target: Target) -> Iterator[str]:
        """Each object that can't be read whole, with the fields, such as `pod worker-0 (status.phase)`."""
        deployment = target.deployment
        watches = self._watches.of(deployment.namespace)
        if deployment.unread:
            yield f"Deployment {deployment.name} ({', '.join(deployment.unread)})"
        for pod in watches.pods.of(deployment):
            if pod.unread:
                yield f"pod {pod.name} ({', '.join(pod.unread)})"
        for scaler in watches.scalers.unread(deployment.namespace, deployment.name):
            yield f"{scaler.kind} {scaler.name} ({', '.join(scaler.unread)})"
