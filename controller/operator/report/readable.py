"""What `ObjectsReadable` says: objects that can't be watched, or not be read whole; the rest of them counts."""

from collections.abc import Sequence
from typing import Final

from controller.api.condition_reasons import ObjectsReadable
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate
from controller.scaling.text import counted

NAMED_OBJECTS: Final = 3
"""Objects that a message names."""


def objects_readable(unreadable: Sequence[str], unwatched: str | None = None) -> ConditionUpdate:
    """What there is to say of the objects that a pass read.

    Args:
        unreadable: Those that can't be read whole, each with its fields.
        unwatched: Why what is known of some kind is of an earlier time; `None` where all is of now.
    """
    if unwatched:
        reason = ObjectsReadable.WATCH_FAILED
        return ConditionUpdate(reason, f"{unwatched.rstrip('.')}. {reason.remedy}")
    if not unreadable:
        return ConditionUpdate(ObjectsReadable.OBJECTS_READABLE, ObjectsReadable.OBJECTS_READABLE.cause)
    named = listed(unreadable, "; ", NAMED_OBJECTS)
    message = f"{counted(len(unreadable), 'object')} can't be read whole: {named}. Those fields count as unknown."
    return ConditionUpdate(ObjectsReadable.OBJECT_UNREADABLE, f"{message} {ObjectsReadable.OBJECT_UNREADABLE.remedy}")
