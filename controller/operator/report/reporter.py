"""Reporting what a pass found, decided and changed: by status, Events and the log, all renderings of one decision."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from controller.api.model import timestamp
from controller.api.spec import Mode
from controller.api.status import OperatorStatus, TemporalWorkerPoolStatus
from controller.cluster.client import Cluster
from controller.cluster.errors import (
    ClusterError,
    ClusterUnavailableError,
    ConflictError,
    ForbiddenError,
    ThrottledError,
)
from controller.cluster.events import Event, publish
from controller.cluster.status import write_status
from controller.operator.passes import ConditionUpdate, PassResult
from controller.operator.pool import Pool
from controller.operator.report import status as render
from controller.operator.report.conditions import conditions
from controller.operator.report.events import recommended, status_refused, transitions
from controller.operator.report.next_change import with_next_change
from controller.operator.report.outbox import Outbox
from controller.operator.report.overrides import override_status, overriding
from controller.operator.report.report import Report
from controller.operator.report.traces import traced
from controller.operator.report.transition_log import log_transitions

log = structlog.get_logger()

RECOMMENDATION_SECONDS: Final = 300.0
"""At most one Event about a recommendation that changed within this time."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A recommendation that was reported by an Event."""

    replicas: int
    at: float
    """Seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What was last reported of a pool."""

    status: TemporalWorkerPoolStatus = field(default_factory=TemporalWorkerPoolStatus)
    """As it was last written."""
    written_at: float = float("-inf")
    recommended: Recommended | None = None
    """The recommendation that the last Event named."""
    is_refused: bool = False
    """The operator may not write the status: what is reported is in Events, the log and metrics alone."""


class Reporter:
    """Reports on pools."""

    def __init__(self, cluster: Cluster, now: Callable[[], float], operator: OperatorStatus | None = None) -> None:
        """Writes to this cluster; `now` gives seconds since the Unix epoch, `operator` is this process."""
        self._cluster = cluster
        self._now = now
        self._operator = operator
        self.crd: ConditionUpdate | None = None
        """That the CRD of the cluster is of another version than this operator."""

    def rendered(self, pool: Pool, before: Reported, report: Report) -> TemporalWorkerPoolStatus:
        """The status of a pool as a report gives it, whether it is written or not."""
        return _status(pool, before.status, replace(report, crd=self.crd), self._operator, self._now())

    async def report(
        self, pool: Pool, before: Reported, report: Report, status: TemporalWorkerPoolStatus | None = None
    ) -> tuple[Reported, tuple[Event, ...]]:
        """Writes the status of a pool if it says something new; without `status` it is rendered from the report.

        Returns:
            What is reported now, and Events for what changed; none of a pool that is gone.

        Raises:
            ClusterError: The status could not be written.
        """
        now = self._now()
        status = status or self.rendered(pool, before, report)
        if report.result:
            _log_decision(pool, report.result)
        refusal: tuple[Event, ...] = ()
        try:
            after = await self._written(pool, before, status, report.result)
        except ForbiddenError as error:
            log.warning(
                "status_not_written", namespace=pool.metadata.namespace, pool=pool.metadata.name, error=str(error)
            )
            after = replace(before, status=status, is_refused=True)
            refusal = () if before.is_refused else (status_refused(error),)
        if after is None:
            return before, ()
        log_transitions(pool, before.status.conditions, status.conditions)
        events = (*refusal, *transitions(before.status.conditions, status.conditions))
        recommendation = _recommendation(before, report.result, now)
        if recommendation is None:
            return after, events
        replicas, event = recommendation
        return replace(after, recommended=Recommended(replicas, now)), (*events, event)

    async def _written(
        self, pool: Pool, before: Reported, status: TemporalWorkerPoolStatus, result: PassResult | None
    ) -> Reported | None:
        """What is reported once the status is written, if it says something new; `None` for a pool that is gone."""
        now = self._now()
        age = now - before.written_at
        drifted = age >= render.DRIFT_SECONDS and not _say_the_same(before.status, status)
        changed = age >= render.SOON_SECONDS and render.is_soon_news(before.status, status)
        if before.is_refused or render.is_news(before.status, status, now) or changed or drifted:
            status = await with_next_change(status, result)
            is_there = await write_status(self._cluster, pool.metadata.reference, status.to_manifest())
            return replace(before, status=status, written_at=now, is_refused=False) if is_there else None
        if not render.gives_sign_of_life(before.status, now):
            return before
        alive = before.status.model_copy(update={"last_reconcile_time": status.last_reconcile_time})
        manifest, reference = alive.to_manifest(), pool.metadata.reference
        is_there = await write_status(self._cluster, reference, manifest, only=("lastReconcileTime",))
        return replace(before, status=alive) if is_there else None

    async def publish(self, pool: Pool, outbox: Outbox) -> Outbox:
        """Writes the Events that are due; while the API server does not take any, they wait for the next pass.

        One that is refused does not fail the pass, since status says the same.

        Returns:
            Those that are still to be written.
        """
        for written, due in enumerate(outbox):
            try:
                regarding = due.regarding or pool.metadata.reference
                await publish(self._cluster, regarding, due.event, due.at, due.name)
            except (ClusterUnavailableError, ThrottledError) as error:
                log.warning("event_delayed", pool=pool.name, error=str(error))
                return outbox[written:]
            except ConflictError:
                pass  # it was written before, and only the answer was lost
            except ClusterError as error:
                log.warning("event_not_written", pool=pool.name, error=str(error))
        return ()


def _say_the_same(one: TemporalWorkerPoolStatus, other: TemporalWorkerPoolStatus) -> bool:
    """Whether two statuses differ by no more than the time of the reconcile."""
    return one == other.model_copy(update={"last_reconcile_time": one.last_reconcile_time})


def _status(
    pool: Pool, before: TemporalWorkerPoolStatus, report: Report, operator: OperatorStatus | None, now: float
) -> TemporalWorkerPoolStatus:
    overrides, result = pool.metadata.overrides, report.result
    report = replace(report, updates=(*report.updates, *overriding(overrides, now)))
    status = before.model_copy(
        update={
            "observed_generation": pool.metadata.generation,
            "conditions": conditions(pool, report, before.conditions, now),
            "override": override_status(overrides, now),
            "objective": before.objective if pool.may_have_objective else None,
            "last_reconcile_time": timestamp(now),
            "operator": operator,
        }
    )
    if result:
        status = render.observed(status, result.deployment, result.situation.observation)
        status = render.decided(status, result.decision, result.memory, now)
        status = traced(status, before.memory, result.situation.observation)
        status = render.judged(status, report.attainment, now)
    elif report.target_is_gone:
        status = render.without_target(status)
    return status.model_copy(update={"replica_summary": render.replica_summary(status, pool.spec)})


def _recommendation(before: Reported, result: PassResult | None, now: float) -> tuple[int, Event] | None:
    """A recommendation that changed and its Event, at most one within `RECOMMENDATION_SECONDS`."""
    last = before.recommended
    if not result or result.situation.spec.mode != Mode.RECOMMEND:
        return None
    if last and now - last.at < RECOMMENDATION_SECONDS:
        return None
    event = recommended(result.decision, last.replicas if last else before.status.desired_replicas)
    return (result.decision.desired_replicas, event) if event else None


def _log_decision(pool: Pool, result: PassResult) -> None:
    decision, other = result.decision, result.situation.observation.external_scale
    if other:
        log.info(
            "scaled_by_other",
            namespace=pool.metadata.namespace,
            pool=pool.metadata.name,
            by=other.by,
            replicas_before=other.replicas_before,
            replicas_after=decision.current_replicas,
        )
    level = log.info if result.action or result.failure else log.debug
    level(
        "rescaled" if result.action else "decided",
        namespace=pool.metadata.namespace,
        pool=pool.metadata.name,
        current_replicas=decision.current_replicas,
        desired_replicas=decision.desired_replicas,
        reason=decision.deciding_step.reason,
        steps=[f"{step.rule}/{step.reason}: {step.message}" for step in decision.steps],
        deletion_costs=dict(decision.deletion_costs),
        failure=result.failure.message if result.failure else None,
    )
