"""What the operator hands over at the end of a pass: a rendering of its report, for the page to keep."""

import math
from dataclasses import dataclass, field

from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import Condition, TemporalWorkerPoolStatus
from controller.page.series import Row
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import ScaleAction
from controller.scaling.observation import Observation, PodObservation, Unknown, used


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """An Event of a pool."""

    name: str
    """Of the Event object, which no other one has."""
    at: float
    """When it happened, in seconds since the Unix epoch."""
    type: str
    """`Normal` or `Warning`."""
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a pass decided on, and what came of it."""

    situation: Situation
    decision: Decision
    action: ScaleAction | None = None
    """The change of replicas that was made."""


@dataclass(frozen=True, slots=True)
class PassRecord:
    """One pass over one pool as it is reported."""

    namespace: str
    name: str
    uid: str
    at: float
    """When it ended, in seconds since the Unix epoch."""
    spec: TemporalWorkerPoolSpec | None
    """`None`: it can't be read."""
    status: TemporalWorkerPoolStatus = field(default_factory=TemporalWorkerPoolStatus)
    """As it was rendered, whether it was written or not."""
    decided: Decided | None = None
    """`None`: the pass failed before it decided."""
    events: tuple[PoolEvent, ...] = ()
    """Those that are due: what was not written by an earlier pass is among them again."""

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    @property
    def ready(self) -> Condition | None:
        """The condition that sums up the others."""
        return next((condition for condition in self.status.conditions if condition.type == "Ready"), None)

    @property
    def row(self) -> Row:
        """The numbers of this pass. Without a decision nothing was read: what status says is of an earlier pass."""
        if self.decided is None:
            return Row(max=math.nan if self.spec is None else self.spec.max_replicas)
        observation, status = self.decided.situation.observation, self.status
        return Row(
            backlog=_number(status.backlog),
            backlog_age_seconds=_age(observation),
            slots_used=_slots_used(observation),
            slots=_slots(observation),
            requested=_number(status.replicas),
            ready=_number(status.ready_replicas),
            desired=self.decided.decision.desired_replicas,
            max=self.decided.situation.spec.max_replicas,
        )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _age(observation: Observation) -> float:
    """Seconds that the oldest waiting task has waited."""
    read = [q.statistics for q in observation.task_queues if not isinstance(q.statistics, Unknown)]
    if len(read) < len(observation.task_queues):
        return math.nan
    return max((statistics.backlog_age_seconds for statistics in read if statistics.backlog), default=0.0)


def _slots_used(observation: Observation) -> float:
    """Tasks that run by what pods report; while a new pod has not reported, the others count."""
    if isinstance(observation.in_flight, Unknown):
        return math.nan
    return used(report for pod in observation.pods for report in pod.slots)


def _slots(observation: Observation) -> float:
    """Tasks that the ready pods run at once; a worker with a resource-based supplier can't say."""
    totals = [_total(pod) for pod in observation.ready_pods if pod.slots]
    return math.nan if isinstance(observation.in_flight, Unknown) else sum(totals)


def _total(pod: PodObservation) -> float:
    return sum(
        math.nan if report.slots_available is None else report.slots_used + report.slots_available
        for report in pod.slots
    )
