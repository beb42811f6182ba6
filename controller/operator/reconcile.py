"""One pass over one pool: observe, decide, act, tell. It starts from what is there now and needs no earlier event."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from controller.api.conditions import ConditionType, Reason
from controller.api.status import TemporalWorkerPoolStatus
from controller.api.worker_pool import Mode, TemporalWorkerPoolSpec
from controller.cluster.caches import Watches
from controller.cluster.client import Cluster
from controller.cluster.connections import ConnectionObjects
from controller.cluster.errors import ClusterError
from controller.cluster.events import Event, publish
from controller.cluster.objects import Deployment, Pod
from controller.cluster.scale import get_deployment
from controller.cluster.status import write_status
from controller.cluster.usage import UsageReader
from controller.operator import status as render
from controller.operator.act import Outcome, decide_on, scale, write_slots
from controller.operator.announce import recommended, rescaled, slots_written, transitions
from controller.operator.connection import ResolvedConnection, certificate_current, resolve
from controller.operator.contention import Contention
from controller.operator.explain import explain, ready
from controller.operator.findings import Finding, conditions, summary
from controller.operator.observe import PodReports, Seen, observe, wants_pod_metrics
from controller.operator.overriding import override_status, overriding
from controller.operator.pace import LONGEST_RETRY_SECONDS, interval_seconds, retry_seconds, seconds_until
from controller.operator.pools import Recommended, TrackedPool
from controller.operator.slots import SlotPlan, compare, is_tuned, plan_slots, slot_variables, stated_slots
from controller.operator.target import find_target, found
from controller.operator.target_safety import target_safe
from controller.scaling.decision import Situation
from controller.scaling.longest_task import measured_task_seconds
from controller.scaling.observation import Observation
from controller.temporal.budget import ReadBudget
from controller.temporal.failures import TemporalFailure
from controller.temporal.pod_metrics import PodMetricsReader
from controller.temporal.reader import TemporalReader, TemporalReading, unread

log = structlog.get_logger()

RECOMMENDATION_SECONDS: Final = 300.0
"""At most one Event about a recommendation that changed within this time."""

WORTH_TELLING: Final = 1.1
"""From this factor on a condition tells that pools are looked at less often."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pass saw and did, before it is told."""

    findings: tuple[Finding, ...]
    observation: Observation | None = None
    outcome: Outcome | None = None
    slots: SlotPlan | None = None
    budget: ReadBudget | None = None
    """Of the pool's Temporal namespace; `None` where it is not known how to reach it."""


class Reconciler:
    """Does the passes of all pools."""

    def __init__(
        self,
        cluster: Cluster,
        watches: Watches,
        contention: Contention,
        temporal: TemporalReader,
        now: Callable[[], float],
    ) -> None:
        """Works on these edges; `now` gives seconds since the Unix epoch."""
        self._cluster = cluster
        self._connection_objects = ConnectionObjects(cluster)
        self._watches = watches
        self._contention = contention
        self._temporal = temporal
        self._pod_metrics = PodMetricsReader()
        self._usage = UsageReader(cluster, now)
        self._now = now

    async def close(self) -> None:
        """Closes the connections to pods."""
        await self._pod_metrics.close()

    async def reconcile(self, tracked: TrackedPool) -> float:
        """Does one pass.

        Returns:
            Seconds until the next one.

        Raises:
            ClusterError: The status could not be written.
        """
        if isinstance(tracked.spec, str):
            message = f"{tracked.spec}. {Reason.INVALID_SPEC.remedy}"
            await self._tell(tracked, Sight(()), Finding(Reason.INVALID_SPEC, message))
            return self._pause(tracked, LONGEST_RETRY_SECONDS, troubled=True)
        sight = await self._look_and_act(tracked, tracked.spec)
        good = ready(tracked.spec, sight.outcome.decision if sight.outcome else None)
        summed_up = summary(sight.findings, good)
        await self._tell(tracked, sight, summed_up)
        troubled = summed_up is not good
        pause = self._pause(tracked, _interval(tracked, tracked.spec, sight, troubled=troubled), troubled=troubled)
        return min(pause, seconds_until(_moments(tracked, sight), self._now()))

    async def failed(self, tracked: TrackedPool, error: Exception) -> float:
        """Shows on the pool that its pass raised, and gives the seconds until the next try."""
        # What the API server refused says all in words; anything else is a fault of the operator.
        trace = None if isinstance(error, ClusterError) else error
        log.error("pass_failed", pool="/".join(tracked.metadata.key), error=str(error), exc_info=trace)
        message = f"The last pass ended in {type(error).__name__}: {error}. {Reason.RECONCILE_ERROR.remedy}"
        try:
            await self._tell(tracked, Sight(()), Finding(Reason.RECONCILE_ERROR, message))
        except Exception as second:  # noqa: BLE001 - a pool whose trouble can't be told gets its next turn all the same
            log.warning("status_not_written", pool="/".join(tracked.metadata.key), error=str(second))
        return self._pause(tracked, LONGEST_RETRY_SECONDS, troubled=True)

    async def _look_and_act(self, tracked: TrackedPool, spec: TemporalWorkerPoolSpec) -> Sight:
        namespace = tracked.metadata.namespace
        connection = await resolve(self._connection_objects, namespace, spec)
        reading = await self._read(connection, spec)
        budget = None
        if isinstance(connection, ResolvedConnection):
            budget = self._temporal.budget(connection.identity, spec.temporal_namespace)
        told_first = _connected(connection, spec, reading, budget), *_certificates(connection, tracked, self._now())
        overrides = tracked.overrides
        told_first = (*told_first, *overriding(overrides, tracked.status.conditions, self._now()))
        target = find_target(namespace, spec, await self._deployment(tracked, spec))
        if isinstance(target, Finding):
            return Sight((*told_first, target), budget=budget)
        pods = self._watches.pods.of(target.deployment)
        safety = target_safe(spec, target, measured_task_seconds(tracked.memory))
        seen = Seen(
            deployment=target.deployment,
            pods=pods,
            slots_stated=stated_slots(spec, target.container),
            reading=reading,
            pod_metrics=await self._read_pods(spec, reading, pods),
            source=spec.in_flight.source,
            container_name=target.container.name,
            slot_variables=slot_variables(spec, target.deployment, target.container, _unsafe(safety)),
            usage=await self._usage.read(target.deployment, target.container) if is_tuned(spec) else {},
            can_rank_pods=spec.mode == Mode.AUTO,
            pre_stop_seconds=target.container.pre_stop_seconds,
            contenders=self._contention.contenders(tracked, target),
            left=tracked.left,
            outdated=self._watches.outdated,
        )
        observation, tracked.learned = observe(seen, tracked.learned, self._now())
        situation = Situation(spec, observation, tracked.memory, self._now(), overrides=overrides)
        decision = decide_on(situation)
        plan = plan_slots(spec, target.deployment, target.container, decision.slots)
        if not reading.failure:
            target, plan = await write_slots(self._cluster, spec, target, plan, decision)
        if spec.mode == Mode.AUTO:
            outcome = await scale(self._cluster, target.deployment, situation, decision, pods)
        else:
            outcome = Outcome(decision, decision.memory, target.deployment)
        tracked.left = outcome.deployment
        compared = compare(plan, observation, rolling_out=target.deployment.rolling_out)
        # Slots that differ wait for Temporal first, which `Connected` tells.
        slots = () if reading.failure and plan.due else (compared,)
        told = (*told_first, found(target), *slots, *explain(situation, outcome), safety)
        return Sight(told, observation, outcome, plan, budget)

    async def _deployment(self, tracked: TrackedPool, spec: TemporalWorkerPoolSpec) -> Deployment | None:
        """The Deployment as watched; as read where the watch has not come to the change that the last pass made."""
        namespace, name = tracked.metadata.namespace, spec.scale_target_ref.name
        watched = self._watches.deployments.get(namespace, name)
        if watched and tracked.left and watched.is_before(tracked.left):
            return await get_deployment(self._cluster, namespace, name)
        return watched

    async def _read_pods(
        self, spec: TemporalWorkerPoolSpec, reading: TemporalReading, pods: tuple[Pod, ...]
    ) -> PodReports | None:
        """What the pods' own metrics say, if they have to be asked."""
        where = spec.in_flight.pod_metrics
        if where is None or not wants_pod_metrics(spec.in_flight.source, reading, pods):
            return None
        addresses = {pod.name: pod.ip for pod in pods if pod.ip}
        return await self._pod_metrics.read(addresses, where, spec.temporal_namespace, self._now())

    async def _read(
        self, connection: ResolvedConnection | TemporalFailure, spec: TemporalWorkerPoolSpec
    ) -> TemporalReading:
        queues = [(queue.name, task.type) for queue in spec.task_queues for task in queue.tasks]
        if isinstance(connection, TemporalFailure):
            return unread(connection, queues)
        version = spec.worker_deployment
        return await self._temporal.read(connection.identity, spec.temporal_namespace, queues, version)

    async def _tell(self, tracked: TrackedPool, sight: Sight, summed_up: Finding) -> None:
        """Writes status if it says something new, and Events for what changed."""
        now = self._now()
        before = tracked.status
        after = _status(tracked, sight, summed_up, now)
        tracked.observation = sight.observation
        if sight.outcome:
            tracked.memory = sight.outcome.memory
            _log_decision(tracked, sight.outcome)
        drifted = now - tracked.status_written_at >= render.DRIFT_SECONDS
        is_there = True
        if render.is_news(before, after) or (drifted and before != after):
            is_there = await self._write(tracked, after, now)
        if is_there:
            await self._publish(
                tracked,
                [*_events(before, after, sight), *_recommendation(tracked, before.desired_replicas, sight, now)],
                now,
            )

    async def _write(self, tracked: TrackedPool, status: TemporalWorkerPoolStatus, now: float) -> bool:
        """Writes the status; `False` if the pool is gone."""
        if not await write_status(self._cluster, tracked.metadata.reference, status.to_manifest()):
            return False
        tracked.status, tracked.status_written_at = status, now
        return True

    async def _publish(self, tracked: TrackedPool, events: list[Event], now: float) -> None:
        """Writes Events; one that is refused is not worth the pass, since status says the same."""
        for event in events:
            try:
                await publish(self._cluster, tracked.metadata.reference, event, now)
            except ClusterError as error:
                log.warning("event_not_written", pool="/".join(tracked.metadata.key), error=str(error))

    @staticmethod
    def _pause(tracked: TrackedPool, interval_seconds: float, *, troubled: bool) -> float:
        """The pool's interval, or after trouble an exponential back-off that ends with it."""
        if not troubled:
            tracked.troubled_passes = 0
            return interval_seconds
        pause = retry_seconds(tracked.troubled_passes, interval_seconds)
        tracked.troubled_passes += 1
        return pause


def _unsafe(safety: Finding) -> str | None:
    """Why a restart of pods may cost work; `None` if nothing is known to."""
    return None if safety.reason is Reason.TARGET_SAFE else safety.message


def _interval(tracked: TrackedPool, spec: TemporalWorkerPoolSpec, sight: Sight, *, troubled: bool) -> float:
    """Seconds to the next look: as urgent as what was seen, and stretched if the pools together want too much."""
    wanted = float(spec.polling_interval_seconds)
    if sight.outcome and sight.observation and not troubled:
        wanted = interval_seconds(wanted, sight.observation, sight.outcome.decision)
    if sight.budget is None:
        return wanted
    types = sum(len(queue.tasks) for queue in spec.task_queues)
    reads = len(spec.task_queues) + (1 if spec.worker_deployment else types)
    sight.budget.wish(tracked.metadata.key, reads, wanted)
    return wanted * sight.budget.slowdown


def _moments(tracked: TrackedPool, sight: Sight) -> Iterator[float]:
    """When a pass is due whatever the interval: an override ends, or a schedule begins or ends."""
    yield from tracked.overrides.ends
    if sight.outcome and sight.outcome.decision.scheduled.next_change_at:
        yield sight.outcome.decision.scheduled.next_change_at


def _connected(
    connection: ResolvedConnection | TemporalFailure,
    spec: TemporalWorkerPoolSpec,
    reading: TemporalReading,
    budget: ReadBudget | None,
) -> Finding:
    if isinstance(connection, TemporalFailure):
        return Finding(connection.reason, connection.message)
    if reading.failure:
        return Finding(reading.failure.reason, reading.failure.message)
    message = f"{connection.identity.address} answers for Temporal namespace {spec.temporal_namespace}."
    if budget and budget.slowdown >= WORTH_TELLING:
        interval = spec.polling_interval_seconds
        slowed = (
            f"{message} Its pools want {budget.slowdown:.1f} times the {budget.rate:.3g} reads per second that are let "
            f"through: this one is looked at every {interval * budget.slowdown:.0f} s, not every {interval} s. "
        )
        return Finding(Reason.READS_SLOWED, slowed + Reason.READS_SLOWED.remedy)
    return Finding(Reason.CONNECTED, message)


def _certificates(
    connection: ResolvedConnection | TemporalFailure, tracked: TrackedPool, now: float
) -> Iterator[Finding]:
    """What there is to say of certificates; a pool that never had one says nothing of them."""
    if isinstance(connection, TemporalFailure):
        return
    had_one = any(condition.type == ConditionType.CERTIFICATE_CURRENT for condition in tracked.status.conditions)
    if connection.certificates or had_one:
        yield certificate_current(connection.certificates, now)


def _status(tracked: TrackedPool, sight: Sight, summed_up: Finding, now: float) -> TemporalWorkerPoolStatus:
    generation = tracked.metadata.generation
    status = tracked.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions(sight.findings, summed_up, tracked.status.conditions, generation, now),
            "override": override_status(tracked.overrides, now),
        }
    )
    if sight.outcome and sight.observation:
        status = render.observed(status, sight.outcome.deployment, sight.observation)
        return render.decided(status, sight.outcome.decision, sight.outcome.memory, now)
    gone = any(finding.reason == Reason.TARGET_NOT_FOUND for finding in sight.findings)
    return render.without_target(status) if gone else status


def _events(before: TemporalWorkerPoolStatus, after: TemporalWorkerPoolStatus, sight: Sight) -> list[Event]:
    events = list(transitions(before.conditions, after.conditions))
    if sight.outcome and sight.outcome.action:
        events.append(rescaled(sight.outcome.action))
    if sight.outcome and sight.slots:
        events += slots_written(sight.slots, sight.outcome.decision)
    return events


def _recommendation(tracked: TrackedPool, before: int | None, sight: Sight, now: float) -> Iterator[Event]:
    """The Event of a recommendation that changed, at most one within `RECOMMENDATION_SECONDS`."""
    told = tracked.recommended
    if not (sight.outcome and isinstance(tracked.spec, TemporalWorkerPoolSpec) and tracked.spec.mode == Mode.RECOMMEND):
        return
    if told and now - told.at < RECOMMENDATION_SECONDS:
        return
    if event := recommended(sight.outcome.decision, told.replicas if told else before):
        tracked.recommended = Recommended(sight.outcome.decision.desired_replicas, now)
        yield event


def _log_decision(tracked: TrackedPool, outcome: Outcome) -> None:
    decision = outcome.decision
    level = log.info if outcome.action or outcome.failure else log.debug
    level(
        "rescaled" if outcome.action else "decided",
        namespace=tracked.metadata.namespace,
        pool=tracked.metadata.name,
        current_replicas=decision.current_replicas,
        desired_replicas=decision.desired_replicas,
        reason=decision.deciding_step.reason,
        steps=[f"{step.rule}/{step.reason}: {step.message}" for step in decision.steps],
        failure=outcome.failure.message if outcome.failure else None,
    )
