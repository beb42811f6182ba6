"""One pass over one pool: read, decide, actuate, report. It starts from what is there now and needs no event."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import structlog

from controller.api.condition_reasons import Ready
from controller.api.conditions import ConditionReason
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.operator.actuate.claim import claim
from controller.operator.actuate.deletion_costs import write_deletion_costs
from controller.operator.actuate.journal import Journal
from controller.operator.actuate.ownership import keep_owned
from controller.operator.actuate.replicas import scale
from controller.operator.actuate.slots import write_slots
from controller.operator.clock import Clock
from controller.operator.external_scale import scaled_while_away
from controller.operator.inputs.read import InputsReader
from controller.operator.inputs.temporal import reads_per_poll
from controller.operator.pass_log import PassLog
from controller.operator.passes import ConditionUpdate, Inputs, NoTarget, PassResult
from controller.operator.polling_interval import LONGEST_RETRY_SECONDS, retry_seconds, seconds_until
from controller.operator.pool import Pool
from controller.operator.pool_state import Pass, PoolState
from controller.operator.report.events import slots_written
from controller.operator.report.explain import explain, explain_failure, explain_no_target
from controller.operator.report.external_scale import scaled_by_other
from controller.operator.report.override_warnings import override_warnings
from controller.operator.report.report import Report
from controller.operator.report.reporter import Reporter
from controller.scaling.decision import Situation
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import Observation
from controller.scaling.scale_down.grace import measured_task_seconds
from controller.temporal.budget import ReadBudget

log = structlog.get_logger()

PASS_TIMEOUT_SECONDS: Final = 60.0
"""How long one pass may take: every read and write in it has a deadline of its own, well below this."""


class Reconciler:
    """Does the passes of all pools."""

    def __init__(
        self, cluster: Cluster, inputs: InputsReader, reporter: Reporter, clock: Clock, pass_log: PassLog
    ) -> None:
        """Works on a cluster, by a clock."""
        self._cluster = cluster
        self._inputs = inputs
        self._reporter = reporter
        self._clock, self._now = clock, clock.now
        self._log = pass_log

    async def reconcile(self, pool: Pool, state: PoolState) -> tuple[PoolState, float]:
        """Does one pass. Whatever happens in it is reported on the pool, and not raised.

        Args:
            pool: As the API server has it when the pass begins; what is reported is of its generation.
            state: As the last pass left it.

        Returns:
            The state that the pass leaves, and the seconds until the next one.
        """
        state, stepped = state.for_pass(pool, self._clock.origin())
        if stepped:
            log.warning("clock_stepped", pool=pool.name, seconds=round(stepped, 1))
        run = Pass(pool, state)
        try:
            async with asyncio.timeout(PASS_TIMEOUT_SECONDS):
                pause = await self._pass(run)
        except Exception as error:  # noqa: BLE001 - a pass that raises never takes another pool or the process down
            pause = await self._failed(run, error)
        self._log.ended(run, self._now())
        await self._publish(run)
        run.keep(reconciled_at=self._now())
        return run.state, pause

    async def _pass(self, run: Pass) -> float:
        """Reads, decides, actuates and reports; gives the seconds until the next pass."""
        spec = run.pool.spec
        if isinstance(spec, str):
            return await self._report_failure(run, Ready.INVALID_SPEC, spec, may_pass=False)
        applied, mean_task_seconds = run.state.applied.deployment, measured_task_seconds(run.state.memory)
        inputs = await self._inputs.read(run.pool, spec, applied, mean_task_seconds)
        run.keep(certificate_expires_at=inputs.certificate_expires_at)
        if isinstance(inputs, NoTarget):
            run.keep(observation=None, decision=None, attainment=Attainment())
            report = explain_no_target(inputs)
        else:
            result = await self._decide_and_actuate(run, inputs)
            _count(run, result)
            _warn(run, result)
            report = explain(inputs, result, run.state.attainment, run.state.reported.status.conditions)
        await self._report(run, report)
        failure = report.ready.reason if report.is_failure else None
        pause = _pause(run, _interval(run.pool, spec, inputs.budget, report), failure)
        return min(pause, seconds_until(_moments(run.pool, report.result), self._now()))

    async def _decide_and_actuate(self, run: Pass, inputs: Inputs) -> PassResult:
        """Decides, and carries it out unless mode is Recommend: slots first, so that no pod starts with old ones."""
        with run.journal() as journal:
            if journal.settle(inputs.deployment):
                inputs = replace(inputs, last_applied=inputs.deployment)
            observation = await self._observe(run, inputs)
            overrides = run.pool.metadata.overrides
            situation = Situation(inputs.spec, observation, journal.memory, self._now(), overrides=overrides)
            result = PassResult.of(situation, inputs.deployment)
            result = await self._write_slots(run, journal, inputs, result)
            if inputs.spec.mode == Mode.AUTO:
                refused = await write_deletion_costs(self._cluster, inputs.pods, result.decision.deletion_costs)
                result = await scale(self._cluster, journal, result)
                result = replace(result, failure=result.failure or refused)
                await keep_owned(self._cluster, journal, result)
            before = run.state.applied.deployment
            result = await claim(self._cluster, journal, result, before, run.pool.metadata.name)
            journal.memory = result.memory
            journal.note_applied(result.deployment)
            run.announce(scaled_by_other(run.pool, result), result.situation.now)
        self._log.decided(run.pool.key, result)
        return result

    async def _observe(self, run: Pass, inputs: Inputs) -> Observation:
        observation, learned = await self._inputs.observe(inputs, run.state.learned)
        if inputs.last_applied is None:
            scale = scaled_while_away(run.state.memory, inputs.deployment)
            observation = replace(observation, external_scale=scale)
        run.keep(learned=learned, observation=observation)
        return observation

    async def _write_slots(self, run: Pass, journal: Journal, inputs: Inputs, result: PassResult) -> PassResult:
        asked = journal.applied.slot_question
        target, plan, question = await write_slots(self._cluster, inputs, result.decision, asked)
        journal.applied = replace(journal.applied, slot_question=question)
        run.announce(slots_written(plan, result.decision), result.situation.now)
        return replace(result, deployment=target.deployment, slots=plan)

    async def _report(self, run: Pass, report: Report) -> None:
        run.report, run.rendered = report, self._reporter.rendered(run.pool, run.state.reported, report)
        reported, events = await self._reporter.report(run.pool, run.state.reported, report, run.rendered)
        run.keep(reported=reported)
        run.announce(events, self._now())

    async def _publish(self, run: Pass) -> None:
        """Announces what was done: it has happened, whether the status could be written or not."""
        try:
            async with asyncio.timeout(PASS_TIMEOUT_SECONDS):
                run.keep(outbox=await self._reporter.publish(run.pool, run.state.outbox))
        except Exception as error:  # noqa: BLE001 - Events wait for the next pass, and what this one learned is kept
            log.warning("events_not_written", pool=run.pool.name, error=str(error))

    async def _report_failure(self, run: Pass, reason: Ready, what: str, *, may_pass: bool) -> float:
        """Reports why a pass could not do its work; gives the seconds until the next try."""
        run.keep(observation=None, decision=None)
        failure = ConditionUpdate(reason, f"{what.rstrip('.')}. {reason.remedy}")
        report = explain_failure(failure, may_pass=may_pass, failures_before=run.state.consecutive_failures)
        await self._report(run, report)
        return _pause(run, LONGEST_RETRY_SECONDS, reason)

    async def _failed(self, run: Pass, error: Exception) -> float:
        """Reports on the pool that its pass raised; gives the seconds until the next try."""
        # What the API server refused says all in words; anything else is a fault of the operator.
        trace = None if isinstance(error, ClusterError) else error
        log.error("reconcile_failed", pool=run.pool.name, error=str(error), exc_info=trace)
        try:
            what = f"Reconciling failed with {type(error).__name__}"
            what = f"{what}: {error}" if str(error) else what
            return await self._report_failure(run, Ready.RECONCILE_ERROR, what, may_pass=True)
        except Exception as second:  # noqa: BLE001 - a pool whose failure can't be reported gets its next turn all the same
            log.warning("status_not_written", pool=run.pool.name, error=str(second))
            return _pause(run, LONGEST_RETRY_SECONDS, Ready.RECONCILE_ERROR)


def _count(run: Pass, result: PassResult) -> None:
    """Keeps for metrics what was read and decided, and counts external scalings and tasks."""
    observation = result.situation.observation
    run.keep(decision=result.decision)
    if observation.is_complete:
        run.keep(read_at=observation.observed_at)
    if observation.external_scale:
        run.keep(counts=run.state.counts.with_external_scaling(observation.external_scale.kind))
    _judge(run, result)


def _warn(run: Pass, result: PassResult) -> None:
    """Announces that an override may have been forgotten."""
    known = run.state.reported.status.override
    warned, events = override_warnings(run.pool, result, run.state.warned, known)
    run.keep(warned=warned)
    run.announce(events, result.situation.now)


def _judge(run: Pass, result: PassResult) -> None:
    """Judges the tasks that were due since the last pass."""
    objective = result.situation.spec.objective.schedule_to_start_seconds
    if objective is None:
        run.keep(attainment=Attainment())
        return
    observation, queues = result.situation.observation, result.memory.queues
    attainment, judged = run.state.attainment.observe(observation, queues, objective)
    run.keep(attainment=attainment, counts=run.state.counts.with_judged(judged.tasks, judged.in_time))


def _pause(run: Pass, interval_seconds: float, failure: ConditionReason | None) -> float:
    """The pool's interval, or after a failure an exponential back-off that ends with it."""
    failures = run.state.consecutive_failures
    if failure is None:
        run.keep(consecutive_failures=0)
        return interval_seconds
    run.keep(consecutive_failures=failures + 1, counts=run.state.counts.with_error(failure))
    return retry_seconds(failures, interval_seconds)


def _interval(pool: Pool, spec: TemporalWorkerPoolSpec, budget: ReadBudget | None, report: Report) -> float:
    """Seconds to the next poll: as the decision needs it, and longer if the pools together ask for too much."""
    asked = float(spec.polling_interval_seconds)
    if report.result and report.result.decision.next_poll_seconds is not None and not report.is_failure:
        asked = report.result.decision.next_poll_seconds
    if budget is None:
        return asked
    return budget.request_interval(pool.key, reads_per_poll(spec), asked, spec.objective.schedule_to_start_seconds)


def _moments(pool: Pool, result: PassResult | None) -> Iterator[float]:
    """When a pass is due whatever the interval: an override or a grace ends, or a schedule begins or ends."""
    yield from pool.metadata.overrides.ends
    if result and result.decision.scheduled.next_change_at:
        yield result.decision.scheduled.next_change_at
    if result and result.decision.kept_until:
        yield result.decision.kept_until
