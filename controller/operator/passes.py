"""What the parts of a pass hand on to one another: what was read, what became of it, and what a condition says.

`inputs`, `actuate` and `report` know these types, and not each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from controller.api.conditions import ConditionReason, ConditionType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment, Pod
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import SlotReport, SlotVariables, Unknown, Usage
from controller.temporal.budget import ReadBudget
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import QueueKey, TemporalReading


@dataclass(frozen=True, slots=True)
class ConditionUpdate:
    """What a pass says of one condition; the reason names condition and status."""

    reason: ConditionReason
    message: str
    """What happened, the numbers, and what to do."""

    @property
    def condition(self) -> ConditionType:
        """The condition that this sets."""
        return self.reason.condition


@dataclass(frozen=True, slots=True)
class Target:
    """What a pool scales."""

    deployment: Deployment
    container: Container
    """The worker."""

    @property
    def seconds_to_finish(self) -> float:
        """What a worker that is asked to stop has left of the grace period: `preStop` is part of it."""
        return max(0.0, self.deployment.termination_grace_period_seconds - self.container.pre_stop_seconds)


@dataclass(frozen=True, slots=True)
class NoTarget:
    """What a pass read of a pool without a usable Deployment."""

    problem: ConditionUpdate
    """What is wrong with the target."""
    updates: tuple[ConditionUpdate, ...]
    """That, and what there is to say of the connection."""
    is_gone: bool
    """Whether there is no such Deployment; else it is there and can't be used."""
    budget: ReadBudget | None
    certificate_expires_at: float | None = None
    """When the first certificate of the connection expires; `None` where there is none, or it is not known."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a pass read of a pool whose Deployment is there."""

    spec: TemporalWorkerPoolSpec
    target: Target
    pods: tuple[Pod, ...]
    slots_stated: Mapping[QueueKey, int | Unknown]
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    reading: TemporalReading
    pod_metrics: Mapping[str, tuple[SlotReport, ...]] | None = None
    """By the pod's name, what its own metrics say; a pod that could not be read is not in it. `None`: not asked."""
    slot_variables: SlotVariables = field(default_factory=SlotVariables)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    """What containers use of their limits, by the pod's name; a pod that is not measured is not in it."""
    contenders: tuple[str, ...] = ()
    """Other scalers of the Deployment, each a sentence that names it and says what to do."""
    last_applied: Deployment | None = None
    """The Deployment as the last pass left it; `None` where there was none."""
    outdated: str | None = None
    """Why the watched objects are not renewed."""
    unwatched: str | None = None
    """The same, of other scalers too."""
    unreadable: tuple[str, ...] = ()
    """Objects that can't be read whole, with the fields, such as `pod worker-0 (status.phase)`."""
    budget: ReadBudget | None = None
    """Of the pool's Temporal namespace; `None` where it is not known how to reach it."""
    server: ConnectionIdentity | None = None
    """How the pool's Temporal server is reached; `None` where that is not known."""
    pool_created_at: float | None = None
    """When the pool was made; `None` where the API server does not say."""
    updates: tuple[ConditionUpdate, ...] = ()
    """About the connection and the target."""
    certificate_expires_at: float | None = None
    """When the first certificate of the connection expires; `None` where there is none, or it is not known."""

    @property
    def deployment(self) -> Deployment:
        """The Deployment as it was read."""
        return self.target.deployment


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The slots of a pool's task types, and the variables that should be written."""

    in_force: Mapping[QueueKey, int | Unknown] = field(default_factory=dict)
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    desired: Mapping[str, int] = field(default_factory=dict)
    """Every variable that the operator is to own, with its value."""
    due: bool = False
    """Whether the Deployment differs from `desired`."""
    problem: ConditionUpdate | None = None
    """Why the desired slots are not in force, or can't be."""
    changes: str = ""
    """What is due, in words, such as `SLOTS=12`."""
    written: str = ""
    """What was written in this pass, likewise."""


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass decided, and what became of it."""

    situation: Situation
    """What was decided on; not what the pass began with where the replicas were set by others in between."""
    decision: Decision
    deployment: Deployment
    """As it was read, or as it is after the change."""
    slots: SlotPlan = field(default_factory=SlotPlan)
    """Which slots are in force, due or written."""
    action: ScaleAction | None = None
    """The change of replicas that was made."""
    failure: ConditionUpdate | None = None
    """Why a change that was due was not made."""

    @classmethod
    def of(cls, situation: Situation, deployment: Deployment) -> Self:
        """What is decided for a Deployment as it was read; nothing was changed yet."""
        decided_on = situation.spec, situation.observation, situation.memory, situation.now, situation.overrides
        return cls(situation, decide(*decided_on), deployment)

    def failed(self, failure: ConditionUpdate) -> Self:
        """With the reason why the change was not made."""
        return replace(self, failure=failure)

    @property
    def memory(self) -> Memory:
        """What the next pass should remember."""
        return self.decision.memory.record(self.action) if self.action else self.decision.memory
