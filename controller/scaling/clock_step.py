"""When the clock is set: all moments of a value are moved at once, wherever they are in it.

A moment is a float in a field that is called `at`, `since`, `until` or `times`, or whose name ends in one of the first
three, such as `ready_since`: seconds since the Unix epoch. Other numbers are lengths of time, counts and rates.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Final, TypeVar

NAMES: Final = frozenset({"at", "since", "until", "times"})

T = TypeVar("T")
Move = Callable[[float], float]


def is_moment(field_name: str) -> bool:
    """Whether a field of this name holds a moment, or several."""
    return field_name.rpartition("_")[2] in NAMES


def shifted(value: T, seconds: float) -> T:
    """The value as it would be if all had happened so many seconds later; earlier with a negative number.

    A moment of 0 stands for never, and stays.
    """
    return moved(value, lambda moment: moment + seconds if moment else moment)


def moved(value: T, move: Move) -> T:
    """The value with each of its moments moved."""
    result: T = _moved(value, move, moment=False)
    return result


def _moved(value: Any, move: Move, *, moment: bool) -> Any:  # noqa: ANN401 - whatever a dataclass may hold
    if isinstance(value, int | float) and not isinstance(value, bool):
        return move(value) if moment else value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        named = zip(value._fields, value, strict=True)
        return type(value)(*(_moved(item, move, moment=moment or is_moment(name)) for name, item in named))
    if isinstance(value, tuple):
        return tuple(_moved(item, move, moment=moment) for item in value)
    if isinstance(value, Mapping):
        return {key: _moved(item, move, moment=moment) for key, item in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {name: _moved(getattr(value, name), move, moment=is_moment(name)) for name in _names(type(value))}
    return replace(value, **changes)


@cache
def _names(type_: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(type_) if field.init)
