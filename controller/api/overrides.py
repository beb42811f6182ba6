"""What an on-call engineer may set on a pool by annotation: a pause, a number of replicas, or a least number of them.

Each until a time; it is read here from annotations, and written as them.

Annotations, because a GitOps tool that owns the spec would undo a change of it; with an end, so that the pool scales
again by itself. An annotation that can't be read is reported and otherwise ignored; so is one under our prefix that has
no meaning, for it is most likely a misspelt one.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final, Self, TypeAlias, TypeVar

from controller.api.model import written
from controller.api.text import cut

PREFIX: Final = "workerpools.dev"
"""What stands before the slash in the name of each annotation of ours."""

PAUSED_UNTIL: Final = f"{PREFIX}/paused-until"
"""A time in RFC 3339: until then the operator does not change the Deployment. Or a JSON object with that time
(`until`), its author (`by`) and a `reason`."""

OVERRIDE: Final = f"{PREFIX}/override"
"""A JSON object with `replicas` or `minReplicas`, `until` (a time in RFC 3339), its author (`by`) and a `reason`."""

KNOWN: Final = (PAUSED_UNTIL, OVERRIDE)
"""The annotations that a pool may have."""

NEAR: Final = 0.55
"""From which likeness on (difflib's ratio) a name under our prefix is taken for a misspelt one; a prefix is nearer."""

NEAR_PREFIX: Final = 0.8

MAX_LENGTH: Final = 2000
"""Characters of an annotation that are read; a longer one is ignored."""

MAX_TEXT_BYTES: Final = 200
"""UTF-8 bytes of `reason` and `by` that are kept, and of an ignored annotation that are shown."""

MAX_REPLICAS: Final = 2**31 - 1
"""What `spec.replicas` of a Deployment can hold."""

Value = TypeVar("Value")


class UnreadableError(Exception):
    """An annotation, or a length of time, can't be read; the text says why, and what a valid one is."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The operator does not change the Deployment."""

    until: float
    """Seconds since the Unix epoch."""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class FixedReplicas:
    """The Deployment gets this number of replicas, whatever the task queues need."""

    replicas: int
    until: float
    """Seconds since the Unix epoch."""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class LeastReplicas:
    """The Deployment gets at least this number of replicas, and more when the task queues need more."""

    replicas: int
    until: float
    """Seconds since the Unix epoch."""
    reason: str = ""
    by: str = ""


Override: TypeAlias = Pause | FixedReplicas | LeastReplicas
"""What one annotation asks for."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the annotations of a pool say."""

    pause: Pause | None = None
    fixed: FixedReplicas | None = None
    problems: tuple[str, ...] = ()
    """One sentence for each annotation that can't be read: its name, why, what a valid one is, and its text."""
    least: LeastReplicas | None = None
    """One annotation has either this or `fixed`."""
    unknown: tuple[str, ...] = ()
    """One sentence for each annotation under our prefix that has no meaning, with the name that was likely meant."""

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> Self:
        """Reads the annotations of a pool."""
        problems: list[str] = []
        pause = _read(PAUSED_UNTIL, annotations, problems, _pause)
        number = _read(OVERRIDE, annotations, problems, _number)
        return cls(
            pause,
            number if isinstance(number, FixedReplicas) else None,
            tuple(problems),
            number if isinstance(number, LeastReplicas) else None,
            tuple(_unknown(annotations)),
        )

    def at(self, now: float) -> Self:
        """Only what is in force at a time."""
        pause = self.pause if self.pause and now < self.pause.until else None
        fixed = self.fixed if self.fixed and now < self.fixed.until else None
        least = self.least if self.least and now < self.least.until else None
        return type(self)(pause, fixed, self.problems, least, self.unknown)

    @property
    def each(self) -> tuple[Override, ...]:
        """All that is asked for, what has the last word first: a pause hides a number of replicas."""
        return tuple(each for each in (self.pause, self.fixed, self.least) if each)

    @property
    def ends(self) -> tuple[float, ...]:
        """When each ends, in seconds since the Unix epoch."""
        return tuple(each.until for each in self.each)


NO_OVERRIDES: Final = Overrides()


def annotation(override: Override) -> tuple[str, str]:
    """The name and the text of the annotation that asks for this; `Overrides.of` reads the same from it.

    The end has whole seconds; author and reason become one line each, cut at `MAX_TEXT_BYTES`. To end an override
    before its time, the annotation of that name is removed.
    """
    said: dict[str, Any] = {"until": written(override.until)}
    said |= {name: _one_line(text) for name, text in (("by", override.by), ("reason", override.reason)) if text}
    if isinstance(override, Pause):
        return PAUSED_UNTIL, _json(said) if len(said) > 1 else said["until"]
    name = "replicas" if isinstance(override, FixedReplicas) else "minReplicas"
    return OVERRIDE, _json({name: override.replicas, **said})


_LENGTHS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
"""Units of a length of time, in seconds."""


def seconds_of(text: str) -> int:
    """A length of time that a person wrote, such as `1h`, `90m`, `1h30m` or `2d`, in seconds; at least one second.

    Raises:
        UnreadableError: It is none; the text says what to write.
    """
    parts = re.fullmatch(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text.strip())
    seconds = sum(int(n or 0) * unit for n, unit in zip(parts.groups(), _LENGTHS.values(), strict=True)) if parts else 0
    if not seconds:
        raise UnreadableError(f"{_one_line(text)!r} is no length of time; write one such as 30m, 1h30m or 2d")
    return seconds


def length_of(seconds: float) -> str:
    """A length of time as `seconds_of` reads it, such as `1h30m`; to the second, and at least one."""
    rest, parts = max(1, round(seconds)), []
    for unit, length in _LENGTHS.items():
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)


def twp_override(namespace: str, pool: str, replicas: int, seconds: float) -> str:
    """The command that fixes a number for a while with our plugin for kubectl; who runs it says why."""
    return f"kubectl twp override {pool} {replicas} -n {namespace} --for {length_of(seconds)} --reason WHY"


def annotate(namespace: str, pool: str, override: Override) -> str:
    """The command that sets the annotation with nothing but kubectl; it can be pasted into a shell."""
    name, text = annotation(override)
    quoted = text.replace("'", "'\\''")
    return f"kubectl annotate --overwrite twp -n {namespace} {pool} {name}='{quoted}'"


def remove(namespace: str, pool: str, name: str) -> str:
    """The command that removes an annotation of ours with nothing but kubectl: what it asked for is over at once."""
    return f"kubectl annotate twp -n {namespace} {pool} {name}-"


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


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False)


def _object(text: str, example: str) -> Mapping[str, Any]:
    """The JSON object that a text is.

    Raises:
        UnreadableError: It is none.
    """
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UnreadableError(f"write a JSON object, such as {example}")
    return said


def _pause(text: str) -> Pause:
    if not text.lstrip().startswith("{"):
        return Pause(_moment(text))
    said = _object(text, '{"until": "2026-11-24T12:00:00Z", "by": "jo", "reason": "migration"}')
    return Pause(_end(said), *_reason_and_author(said))


def _number(text: str) -> FixedReplicas | LeastReplicas:
    said = _object(text, '{"replicas": 12, "until": "2026-11-24T12:00:00Z"}')
    if "replicas" in said and "minReplicas" in said:
        raise UnreadableError("it has replicas and minReplicas: write one of the two")
    if "minReplicas" in said:
        return LeastReplicas(_replicas(said, "minReplicas"), _end(said), *_reason_and_author(said))
    return FixedReplicas(_replicas(said, "replicas"), _end(said), *_reason_and_author(said))


def _replicas(said: Mapping[str, Any], name: str) -> int:
    replicas = said.get(name)
    if isinstance(replicas, bool) or not isinstance(replicas, int) or not 0 <= replicas <= MAX_REPLICAS:
        raise UnreadableError(f"{name} must be a whole number of at least 0")
    return replicas


def _end(said: Mapping[str, Any]) -> float:
    if "until" not in said:
        raise UnreadableError("until is missing: write the time at which it ends, such as 2026-11-24T12:00:00Z")
    return _moment(said["until"])


def _reason_and_author(said: Mapping[str, Any]) -> tuple[str, str]:
    return _one_line(said.get("reason", "")), _one_line(said.get("by", ""))


def _unknown(annotations: Iterable[str]) -> Iterable[str]:
    """A sentence for each annotation that looks like one of ours and is none."""
    for name in annotations:
        prefix, slash, last = name.partition("/")
        if not slash or name in KNOWN or not get_close_matches(prefix.lower(), [PREFIX], cutoff=NEAR_PREFIX):
            continue
        own = {known.partition("/")[2]: known for known in KNOWN}
        near = get_close_matches(last.lower(), own, n=1, cutoff=NEAR)
        meant = f"did you mean {own[near[0]]}?" if near else f"a pool knows {' and '.join(KNOWN)}."
        yield f"{_one_line(name)} is unknown and has no effect: {meant}"
