"""What `ObjectsReadable` says: objects of which not everything can be read; that is unknown, and the rest counts."""

from collections.abc import Sequence
from typing import Final

from controller.api.condition_reasons import ObjectsReadable
from controller.api.text import listed
from controller.operator.passes import ConditionUpdate
from controller.scaling.text import counted

NAMED_OBJECTS: Final = 3
"""Objects that a message names."""


def objects_readable(unreadable: Sequence[str]) -> ConditionUpdate:
    """The update for the objects that can't be read whole, each with its fields."""
    if not unreadable:
        return ConditionUpdate(ObjectsReadable.OBJECTS_READABLE, ObjectsReadable.OBJECTS_READABLE.cause)
    named = listed(unreadable, "; ", NAMED_OBJECTS)
    message = f"{counted(len(unreadable), 'object')} can't be read whole: {named}. Those fields count as unknown."
    return ConditionUpdate(ObjectsReadable.OBJECT_UNREADABLE, f"{message} {ObjectsReadable.OBJECT_UNREADABLE.remedy}")
