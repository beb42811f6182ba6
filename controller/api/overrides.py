"""What an on-call engineer may set on a pool by annotation: a pause, or a number of replicas, until a time.

Annotations, because a GitOps tool that owns the spec would undo a change of it; with an end, so that the pool scales
again by itself. An annotation that can't be read is reported and otherwise ignored.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeVar

from controller.api.text import cut

PAUSED_UNTIL: Final = "workerpools.dev/paused-until"
"""A time in RFC 3339: until then the operator does not change the Deployment."""

OVERRIDE: Final = "workerpools.dev/override"
"""A JSON object with `replicas`, `until` (a time in RFC 3339), its author (`by`) and a `reason`."""

MAX_LENGTH: Final = 2000
"""Characters of an annotation that are read; a longer one is ignored."""

MAX_TEXT_BYTES: Final = 200
"""UTF-8 bytes of `reason` and `by` that are kept, and of an ignored annotation that are shown."""

MAX_REPLICAS: Final = 2**31 - 1
"""What `spec.replicas` of a Deployment can hold."""

Value = TypeVar("Value")


class UnreadableError(Exception):
    """An annotation can't be read; the text says why, and what a valid one is."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The operator does not change the Deployment."""

    until: float
    """Seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class FixedReplicas:
    """The Deployment gets this number of replicas, whatever the task queues need."""

    replicas: int
    until: float
    """Seconds since the Unix epoch."""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the annotations of a pool say."""

    pause: Pause | None = None
    fixed: FixedReplicas | None = None
    problems: tuple[str, ...] = ()
    """One sentence for each annotation that can't be read: its name, why, what a valid one is, and its text."""

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> Self:
        """Reads the annotations of a pool."""
        problems: list[str] = []
        pause = _read(PAUSED_UNTIL, annotations, problems, lambda text: Pause(_moment(text)))
        fixed = _read(OVERRIDE, annotations, problems, _fixed_replicas)
        return cls(pause, fixed, tuple(problems))

    def at(self, now: float) -> Self:
        """Only what is in force at a time."""
        pause = self.pause if self.pause and now < self.pause.until else None
        fixed = self.fixed if self.fixed and now < self.fixed.until else None
        return type(self)(pause, fixed, self.problems)

    @property
    def ends(self) -> tuple[float, ...]:
        """When pause and fixed replicas end, in seconds since the Unix epoch."""
        return tuple(each.until for each in (self.pause, self.fixed) if each)


NO_OVERRIDES: Final = Overrides()


def _read(name: str, annotations: Mapping[str, str], problems: list[str], read: Callable[[str], Value]) -> Value | None:
    """The value of an annotation; `None` where it is absent, or can't be read: then a problem is added."""
    text = annotations.get(name)
    if text is None:
        return None
    try:
        return read(_bounded(text))
    except (UnreadableError, OverflowError) as error:
        problems.append(f"{name} is ignored: {error}. It says {_one_line(text)!r}.")
        return None


def _bounded(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise UnreadableError(f"it has {len(text)} characters, and at most {MAX_LENGTH} are read")
    return text


def _moment(text: object) -> float:
    """A time in RFC 3339 as seconds since the Unix epoch.

    Raises:
        UnreadableError: It is none, or has no time zone.
    """
    example = "write a time with its zone, such as 2026-11-24T12:00:00Z"
    try:
        time = datetime.fromisoformat(text.strip() if isinstance(text, str) else "")
    except ValueError:
        raise UnreadableError(f"it is no time in RFC 3339; {example}") from None
    if time.tzinfo is None:
        raise UnreadableError(f"its time has no zone; {example}")
    return time.timestamp()


def _one_line(text: object) -> str:
    """What a person wrote, in one line of bounded length."""
    return cut(" ".join(str(text).split()), MAX_TEXT_BYTES)


def _fixed_replicas(text: str) -> FixedReplicas:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UnreadableError('write a JSON object, such as {"replicas": 12, "until": "2026-11-24T12:00:00Z"}')
    replicas = said.get("replicas")
    if isinstance(replicas, bool) or not isinstance(replicas, int) or not 0 <= replicas <= MAX_REPLICAS:
        raise UnreadableError("replicas must be a whole number of at least 0")
    if "until" not in said:
        raise UnreadableError("until is missing: write the time at which it ends, such as 2026-11-24T12:00:00Z")
    return FixedReplicas(
        replicas, _moment(said["until"]), _one_line(said.get("reason", "")), _one_line(said.get("by", ""))
    )
