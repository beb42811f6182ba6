"""One pass over one pool: observe, decide, act, tell. It starts from what is there now and needs no earlier event."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import structlog

from controller.api.condition_reasons import Ready, TargetSafe
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.objects import Deployment, Pod
from controller.cluster.usage import UsageReader
from controller.cluster.workload import Watches, get_deployment
from controller.operator.actuate.act import Decided, Outcome, decide_on, scale, write_slots
from controller.operator.actuate.slots import compare, is_tuned, plan_slots, slot_variables, stated_slots
from controller.operator.clock import Clock
from controller.operator.findings import Finding, summary
from controller.operator.inputs.contention import Contention
from controller.operator.inputs.observe import Seen, observe
from controller.operator.inputs.target import Target, find_target, found
from controller.operator.inputs.target_safety import target_safe
from controller.operator.inputs.work import Work, WorkReader, reads_per_poll
from controller.operator.polling_interval import LONGEST_RETRY_SECONDS, retry_seconds, seconds_until
from controller.operator.pools import TrackedPool
from controller.operator.report.events import slots_written
from controller.operator.report.explain import explain, ready
from controller.operator.report.objective import objective_met
from controller.operator.report.overriding import overriding
from controller.operator.report.readable import objects_readable
from controller.operator.report.recorder import Recorder
from controller.operator.report.reporter import Sight, Teller
from controller.scaling.decision import Situation
from controller.scaling.objective.attainment import Attainment
from controller.scaling.scale_down.grace import measured_task_seconds
from controller.temporal.reader import TemporalReader

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class View:
    """What a pass found of a pool whose target is there, before it decides."""

    target: Target
    pods: tuple[Pod, ...]
    work: Work
    situation: Situation
    safety: Finding
    """Whether the Deployment lets its workers finish."""


class Reconciler:
    """Does the passes of all pools."""

    def __init__(
        self,
        cluster: Cluster,
        watches: Watches,
        contention: Contention,
        temporal: TemporalReader,
        clock: Clock,
    ) -> None:
        """Works on these edges, by this clock."""
        self._recorder: Recorder | None = None
        self._cluster = cluster
        self._watches = watches
        self._contention = contention
        self._work = WorkReader(cluster, temporal)
        self._teller = Teller(cluster, clock.now)
        self._usage = UsageReader(cluster, clock.now, clock.elapsed)
        self._clock, self._now = clock, clock.now

    def record_into(self, recorder: Recorder) -> None:
        """Writes down from now on what is decided."""
        self._recorder = recorder

    async def close(self) -> None:
        """Closes the connections to pods."""
        await self._work.close()

    async def reconcile(self, tracked: TrackedPool) -> float:
        """Does one pass.

        Returns:
            Seconds until the next one.

        Raises:
            ClusterError: The status could not be written.
        """
        if seconds := tracked.follow(self._clock.origin()):
            log.warning("clock_stepped", pool="/".join(tracked.metadata.key), seconds=round(seconds, 1))
        if isinstance(tracked.spec, str):
            message = f"{tracked.spec}. {Ready.INVALID_SPEC.remedy}"
            await self._teller.tell(tracked, Sight(()), Finding(Ready.INVALID_SPEC, message))
            return self._pause(tracked, LONGEST_RETRY_SECONDS, troubled=True)
        sight = await self._look_and_act(tracked, tracked.spec)
        good = ready(tracked.spec, sight.outcome.decision if sight.outcome else None)
        summed_up = summary(sight.findings, good)
        await self._teller.tell(tracked, sight, summed_up)
        troubled = summed_up is not good
        pause = self._pause(tracked, _interval(tracked, tracked.spec, sight, troubled=troubled), troubled=troubled)
        return min(pause, seconds_until(_moments(tracked, sight), self._now()))

    async def failed(self, tracked: TrackedPool, error: Exception) -> float:
        """Shows on the pool that its pass raised, and gives the seconds until the next try."""
        # What the API server refused says all in words; anything else is a fault of the operator.
        trace = None if isinstance(error, ClusterError) else error
        log.error("pass_failed", pool="/".join(tracked.metadata.key), error=str(error), exc_info=trace)
        message = f"The last pass ended in {type(error).__name__}: {error}. {Ready.RECONCILE_ERROR.remedy}"
        try:
            await self._teller.tell(tracked, Sight(()), Finding(Ready.RECONCILE_ERROR, message))
        except Exception as second:  # noqa: BLE001 - a pool whose trouble can't be told gets its next turn all the same
            log.warning("status_not_written", pool="/".join(tracked.metadata.key), error=str(second))
        return self._pause(tracked, LONGEST_RETRY_SECONDS, troubled=True)

    async def _look_and_act(self, tracked: TrackedPool, spec: TemporalWorkerPoolSpec) -> Sight:
        work = await self._work.read(tracked, spec, self._now())
        told_first = *work.findings, *overriding(tracked.metadata.overrides, tracked.status.conditions, self._now())
        target = find_target(tracked.metadata.namespace, spec, await self._deployment(tracked, spec))
        if isinstance(target, Finding):
            return Sight((*told_first, target), budget=work.budget)
        tracked.settle(target.deployment)
        view = await self._look(tracked, spec, target, work)
        sight = await self._act(tracked, view)
        unread = objects_readable(self._watches, target, tracked.status.conditions)
        judged = _judge(tracked, view.situation, sight)
        return replace(sight, findings=(*told_first, *sight.findings, *unread, *judged))

    async def _look(self, tracked: TrackedPool, spec: TemporalWorkerPoolSpec, target: Target, work: Work) -> View:
        """Joins what Temporal and Kubernetes say into the situation that is decided on."""
        pods = self._watches.pods.of(target.deployment)
        safety = target_safe(spec, target, measured_task_seconds(tracked.memory))
        seen = Seen(
            deployment=target.deployment,
            pods=pods,
            slots_stated=stated_slots(spec, target.container),
            reading=work.reading,
            pod_metrics=await self._work.read_pods(spec, work.reading, pods, self._now()),
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
        situation = Situation(spec, observation, tracked.memory, self._now(), overrides=tracked.metadata.overrides)
        return View(target, pods, work, situation, safety)

    async def _act(self, tracked: TrackedPool, view: View) -> Sight:
        """Decides, and carries it out unless the mode is Recommend."""
        situation, target, failed = view.situation, view.target, view.work.reading.failure is not None
        spec = situation.spec
        decision = decide_on(situation)
        plan = plan_slots(spec, target.deployment, target.container, decision.slots)
        if not failed:
            target, plan = await write_slots(self._cluster, tracked, target, plan, decision)
            tracked.outbox.add(slots_written(plan, decision), situation.now)
        if spec.mode == Mode.AUTO:
            decided = Decided(target.deployment, situation, decision)
            outcome = await scale(self._cluster, tracked, decided, view.pods)
        else:
            outcome = Outcome(decision, decision.memory, target.deployment)
        tracked.memory, tracked.left = outcome.memory, outcome.deployment
        if self._recorder:
            self._recorder.record(tracked.metadata.key, outcome.situation or situation, outcome)
        compared = compare(plan, situation.observation, rolling_out=target.deployment.rolling_out)
        # Slots that differ wait for Temporal first, which `Connected` tells.
        slots = () if failed and plan.due else (compared,)
        told = (found(target), *slots, *explain(situation, outcome), view.safety)
        return Sight(told, situation.observation, outcome, plan, view.work.budget)

    async def _deployment(self, tracked: TrackedPool, spec: TemporalWorkerPoolSpec) -> Deployment | None:
        """The Deployment as watched; as read where the watch has not come to the change that the last pass made."""
        namespace, name = tracked.metadata.namespace, spec.scale_target_ref.name
        watched = self._watches.deployments.get(namespace, name)
        if watched and tracked.left and watched.is_before(tracked.left):
            read = await get_deployment(self._cluster, namespace, name)
            return read and read.after(watched)
        return watched

    @staticmethod
    def _pause(tracked: TrackedPool, interval_seconds: float, *, troubled: bool) -> float:
        """The pool's interval, or after trouble an exponential back-off that ends with it."""
        if not troubled:
            tracked.troubled_passes = 0
            return interval_seconds
        pause = retry_seconds(tracked.troubled_passes, interval_seconds)
        tracked.troubled_passes += 1
        return pause


def _judge(tracked: TrackedPool, situation: Situation, sight: Sight) -> Iterator[Finding]:
    """Judges the tasks that were due since the last pass, and what is to be said of the objective."""
    objective = situation.spec.objective.schedule_to_start_seconds
    if objective is None or sight.outcome is None:
        tracked.attainment = Attainment()
        return
    observation, queues = situation.observation, sight.outcome.memory.queues
    tracked.attainment, judged = tracked.attainment.observe(observation, queues, objective)
    tracked.counts = tracked.counts.with_judged(judged.tasks, judged.in_time)
    yield objective_met(situation, sight.outcome.decision, tracked.attainment, tracked.status.conditions)


def _unsafe(safety: Finding) -> str | None:
    """Why a restart of pods may cost work; `None` if nothing is known to."""
    return None if safety.reason is TargetSafe.TARGET_SAFE else safety.message


def _interval(tracked: TrackedPool, spec: TemporalWorkerPoolSpec, sight: Sight, *, troubled: bool) -> float:
    """Seconds to the next look: as urgent as what was seen, and stretched if the pools together want too much."""
    wanted = float(spec.polling_interval_seconds)
    if sight.outcome and sight.outcome.decision.next_poll_seconds is not None and not troubled:
        wanted = sight.outcome.decision.next_poll_seconds
    if sight.budget is None:
        return wanted
    objective_seconds = spec.objective.schedule_to_start_seconds
    return sight.budget.request_interval(tracked.metadata.key, reads_per_poll(spec), wanted, objective_seconds)


def _moments(tracked: TrackedPool, sight: Sight) -> Iterator[float]:
    """When a pass is due whatever the interval: an override ends, or a schedule begins or ends."""
    yield from tracked.metadata.overrides.ends
    if sight.outcome and sight.outcome.decision.scheduled.next_change_at:
        yield sight.outcome.decision.scheduled.next_change_at
