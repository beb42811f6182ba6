"""Telling what a pass saw and did: by status, Events and the log, all renderings of the same decision."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from controller.api.condition_reasons import TargetFound
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.api.status import TemporalWorkerPoolStatus
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ClusterUnavailableError, ConflictError, ThrottledError
from controller.cluster.events import Event, publish
from controller.cluster.status import write_status
from controller.operator.actuate.act import Outcome
from controller.operator.actuate.slots import SlotPlan
from controller.operator.findings import Finding, conditions
from controller.operator.pools import Recommended, TrackedPool
from controller.operator.report import status as render
from controller.operator.report.events import recommended, transitions
from controller.operator.report.overriding import override_status
from controller.scaling.observation import Observation
from controller.temporal.budget import ReadBudget

log = structlog.get_logger()

RECOMMENDATION_SECONDS: Final = 300.0
"""At most one Event about a recommendation that changed within this time."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pass saw and did, before it is told."""

    findings: tuple[Finding, ...]
    observation: Observation | None = None
    outcome: Outcome | None = None
    slots: SlotPlan | None = None
    budget: ReadBudget | None = None
    """Of the pool's Temporal namespace; `None` where it is not known how to reach it."""


class Teller:
    """Writes what passes have to say to the pools."""

    def __init__(self, cluster: Cluster, now: Callable[[], float]) -> None:
        """Writes to this cluster; `now` gives seconds since the Unix epoch."""
        self._cluster = cluster
        self._now = now

    async def tell(self, tracked: TrackedPool, sight: Sight, summed_up: Finding) -> None:
        """Writes status if it says something new, and Events for what changed.

        Raises:
            ClusterError: The status could not be written.
        """
        now = self._now()
        before = tracked.status
        after = _status(tracked, sight, summed_up, now)
        tracked.observation = sight.observation
        if sight.outcome:
            _log_decision(tracked, sight.outcome)
        drifted = now - tracked.status_written_at >= render.DRIFT_SECONDS
        is_there = True
        try:
            if render.is_news(before, after) or (drifted and before != after):
                is_there = await self._write(tracked, after, now)
        except ClusterError:
            await self._publish(tracked)  # what was done has happened, whether its status can be written or not
            raise
        if is_there:
            tracked.outbox.add(transitions(before.conditions, after.conditions), now)
            tracked.outbox.add(_recommendation(tracked, before.desired_replicas, sight, now), now)
            await self._publish(tracked)

    async def _write(self, tracked: TrackedPool, status: TemporalWorkerPoolStatus, now: float) -> bool:
        """Writes the status; `False` if the pool is gone."""
        if not await write_status(self._cluster, tracked.metadata.reference, status.to_manifest()):
            return False
        tracked.status, tracked.status_written_at = status, now
        return True

    async def _publish(self, tracked: TrackedPool) -> None:
        """Writes the Events that are due; while the API server does not take any, they wait for the next pass.

        One that is refused is not worth the pass, since status says the same.
        """
        for due in tracked.outbox:
            try:
                await publish(self._cluster, tracked.metadata.reference, due.event, due.at, due.name)
            except (ClusterUnavailableError, ThrottledError) as error:
                log.warning("event_delayed", pool="/".join(tracked.metadata.key), error=str(error))
                return
            except ConflictError:
                pass  # it was written before, and only the answer was lost
            except ClusterError as error:
                log.warning("event_not_written", pool="/".join(tracked.metadata.key), error=str(error))
            tracked.outbox.remove(due)


def _status(tracked: TrackedPool, sight: Sight, summed_up: Finding, now: float) -> TemporalWorkerPoolStatus:
    generation = tracked.metadata.generation
    status = tracked.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions(sight.findings, summed_up, tracked.status.conditions, generation, now),
            "override": override_status(tracked.metadata.overrides, now),
        }
    )
    if sight.outcome and sight.observation:
        status = render.observed(status, sight.outcome.deployment, sight.observation)
        status = render.decided(status, sight.outcome.decision, sight.outcome.memory, now)
        return render.judged(status, tracked.attainment, now)
    gone = any(finding.reason == TargetFound.TARGET_NOT_FOUND for finding in sight.findings)
    return render.without_target(status) if gone else status


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
        deletion_costs=dict(decision.deletion_costs),
        failure=outcome.failure.message if outcome.failure else None,
    )
