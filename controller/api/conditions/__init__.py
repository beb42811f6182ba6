"""The conditions of a `TemporalWorkerPool` and the closed set of their reasons.

Words are those of the HorizontalPodAutoscaler where it has them. `Ready` is the summary: it is `True` with
`Autoscaling` or `RecommendOnly`, and otherwise takes status and reason from the condition that is in the way, in the
order in which `ConditionType` lists them. Together with `observedGeneration` that is what kstatus (`kubectl wait`,
Argo CD, Flux) expects.

Reasons are API: people alert on them, so renaming one is a breaking change.
"""

from typing import Final

from controller.api.conditions.annotations import AnnotationsValid, Overridden
from controller.api.conditions.capacity import CapacityAvailable
from controller.api.conditions.connection import CertificateCurrent, Connected
from controller.api.conditions.reason import ConditionType, Reason
from controller.api.conditions.replicas import AbleToScale, ObjectiveMet, ScalingActive, ScalingLimited
from controller.api.conditions.slots import SlotsEffective
from controller.api.conditions.summary import Ready
from controller.api.conditions.target import ObjectsReadable, TargetFound, TargetSafe
from controller.api.conditions.workers import InFlightKnown, WorkersPolling

__all__ = [
    "CONDITIONS",
    "REASONS",
    "AbleToScale",
    "AnnotationsValid",
    "CapacityAvailable",
    "CertificateCurrent",
    "ConditionType",
    "Connected",
    "InFlightKnown",
    "ObjectiveMet",
    "ObjectsReadable",
    "Overridden",
    "Ready",
    "Reason",
    "ScalingActive",
    "ScalingLimited",
    "SlotsEffective",
    "TargetFound",
    "TargetSafe",
    "WorkersPolling",
]

CONDITIONS: Final[tuple[type[Reason], ...]] = (
    Ready,
    Connected,
    CertificateCurrent,
    TargetFound,
    ScalingActive,
    AnnotationsValid,
    Overridden,
    AbleToScale,
    ScalingLimited,
    CapacityAvailable,
    ObjectiveMet,
    InFlightKnown,
    SlotsEffective,
    WorkersPolling,
    TargetSafe,
    ObjectsReadable,
)
"""The reasons of each condition, in the order of `ConditionType`."""

REASONS: Final = tuple(reason for condition in CONDITIONS for reason in condition)
"""All reasons there are."""
