"""Events: the closed list of what they say beside the transitions of conditions, and the facts that programs read.

An Event has either a reason of this list, or the reason of the condition whose transition it announces.
"""

from enum import StrEnum
from typing import Final, Self

CONDITION: Final = "workerpools.dev/condition"
FROM_STATUS: Final = "workerpools.dev/from-status"
FROM_REASON: Final = "workerpools.dev/from-reason"
TO_STATUS: Final = "workerpools.dev/to-status"
TO_REASON: Final = "workerpools.dev/to-reason"
"""Annotations of an Event about a transition: the condition's type, its status and reason before and after."""

FROM_REPLICAS: Final = "workerpools.dev/from-replicas"
TO_REPLICAS: Final = "workerpools.dev/to-replicas"
STEP: Final = "workerpools.dev/step"
BY: Final = "workerpools.dev/by"
"""Annotations of an Event about a change of replicas: both numbers, the reason of the step that decided, and the field
manager that made the change where it was not the operator."""

SCALED_BY: Final = "workerpools.dev/scaled-by"
"""Annotation of a Deployment, and of an Event about it: the pool that scales it."""


class EventType(StrEnum):
    """Whether it needs attention."""

    NORMAL = "Normal"
    WARNING = "Warning"


class EventReason(StrEnum):
    """What happened that is no transition of a condition.

    Attributes:
        type: Whether it needs attention.
        action: What the operator did or tried, as one word.
        meaning: When it is written, as a sentence.
    """

    type: EventType
    action: str
    meaning: str

    def __new__(cls, value: str, type_: EventType, action: str, meaning: str) -> Self:
        """Make one member of a row: its word, type, action and meaning."""
        reason = str.__new__(cls, value)
        reason._value_ = value
        reason.type, reason.action, reason.meaning = type_, action, meaning
        return reason

    SUCCESSFUL_RESCALE = (
        "SuccessfulRescale",
        EventType.NORMAL,
        "Scale",
        "The operator changed the replicas; the Deployment has an Event of the same reason, which names the pool.",
    )
    SCALED_BY_OTHER = (
        "ScaledByOther",
        EventType.NORMAL,
        "Scale",
        "Another field manager changed the replicas, such as `kubectl scale`: what becomes of it, and how to keep it.",
    )
    RECOMMENDATION = (
        "Recommendation",
        EventType.NORMAL,
        "Recommend",
        "In mode Recommend, the recommended replicas changed; at most every 5 minutes.",
    )
    SUCCESSFUL_UPDATE_SLOTS = (
        "SuccessfulUpdateSlots",
        EventType.NORMAL,
        "UpdateSlots",
        "The operator wrote slot variables into the Deployment.",
    )
    LATE_WHILE_OVERRIDDEN = (
        "LateWhileOverridden",
        EventType.WARNING,
        "Override",
        "Tasks start late while an annotation pauses the pool or sets its replicas; again each hour.",
    )
    LONG_OVERRIDE = (
        "LongOverride",
        EventType.WARNING,
        "Override",
        "A pause or an override ends more than a day from now; again each day.",
    )
    FAILED_UPDATE_STATUS = (
        "FailedUpdateStatus",
        EventType.WARNING,
        "UpdateStatus",
        "The operator may not write the status of the pool, which is of an earlier time from then on.",
    )
    EVENTS_LEFT_OUT = (
        "EventsLeftOut",
        EventType.NORMAL,
        "Report",
        "More happened than the rate of Events allows: how many were left out.",
    )
