"""The conditions of a `TemporalWorkerPool`, and what a reason of one says; `condition_reasons` has all of them.

`Ready` is the summary: it has the reason of the worst thing that is true, by the table of `report/summary.py`, and is
not `True` where a release should stop. `Stalled` is there while a person has to act. Together with `observedGeneration`
that is what kstatus (`kubectl wait`, Argo CD, Flux) expects.
"""

from enum import StrEnum
from typing import Final, Self

from typing_extensions import override

from controller.api.status import ConditionStatus

TRUE: Final = ConditionStatus.TRUE
FALSE: Final = ConditionStatus.FALSE
UNKNOWN: Final = ConditionStatus.UNKNOWN


NOT_CHECKED: Final = "NotChecked"
"""The reason of a condition of any type, `Unknown` then, that the last pass could not check: the message names the
condition that says why."""


class ConditionType(StrEnum):
    """The aspects of a pool's state, in the order of status and documents.

    The class with the name of a condition has its reasons; its docstring says what `True` means.
    """

    READY = "Ready"
    STALLED = "Stalled"
    CONNECTED = "Connected"
    CERTIFICATE_CURRENT = "CertificateCurrent"
    TARGET_FOUND = "TargetFound"
    SCALING_ACTIVE = "ScalingActive"
    ANNOTATIONS_VALID = "AnnotationsValid"
    OVERRIDDEN = "Overridden"
    SCHEDULES_VALID = "SchedulesValid"
    ABLE_TO_SCALE = "AbleToScale"
    SCALING_LIMITED = "ScalingLimited"
    CAPACITY_AVAILABLE = "CapacityAvailable"
    OBJECTIVE_MET = "ObjectiveMet"
    IN_FLIGHT_KNOWN = "InFlightKnown"
    SLOTS_EFFECTIVE = "SlotsEffective"
    WORKERS_POLLING = "WorkersPolling"
    TARGET_SAFE = "TargetSafe"
    OBJECTS_READABLE = "ObjectsReadable"


class ConditionReason(StrEnum):
    """Why a condition has its status. Events have the same reasons.

    Attributes:
        condition: The condition that the reason belongs to; `Ready` may repeat it.
        status: The status that the condition then has.
        cause: What it means, as a sentence.
        remedy: What to do, as a sentence; empty if nothing needs to be done.
    """

    condition: ConditionType
    status: ConditionStatus
    cause: str
    remedy: str

    @override
    def __init_subclass__(cls, condition: ConditionType) -> None:
        """Set the condition whose reasons follow."""
        super().__init_subclass__()
        cls.condition = condition

    def __new__(cls, value: str, status: ConditionStatus, cause: str, remedy: str = "") -> Self:
        """Make one member of a row: its word, status, cause and remedy."""
        reason = str.__new__(cls, value)
        reason._value_ = value
        reason.status, reason.cause, reason.remedy = status, cause, remedy
        return reason
