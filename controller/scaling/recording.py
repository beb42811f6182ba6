"""A recorded pool: the lines that the operator writes with `--record`, and what a replay reads of them.

::

    {"kind": "start",  "version": 2, "pool": "prod/orders", "spec": {...}, "memory": {...}}
    {"kind": "spec",   "spec": {...}}                 the spec was changed
    {"kind": "memory", "memory": {...}}               a clock was set, or a scale was found to have happened
    {"kind": "poll",   "now": ..., "observation": {...}, "overrides": {...}, "steps": [[rule, reason, replicas], ...],
                       "desired": ..., "action": {...}}

Each poll is decided on with the memory that the one before left, so a start is all that a replay needs.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from controller.api.overrides import NO_OVERRIDES, Overrides
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.json_codec import CodecError, from_json, to_json
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation

VERSION: Final = 2
"""Of the lines; those of another one are refused."""

FIELDS: Final = {
    "start": {"kind", "version", "pool", "spec", "memory"},
    "spec": {"kind", "spec"},
    "memory": {"kind", "memory"},
    "poll": {"kind", "now", "observation", "overrides", "steps", "desired", "action"},
}
"""The fields of each kind of line."""

Essence = tuple[tuple[str, str, int], ...]
"""Of each step of a decision its rule, its reason and the replicas after it."""


class RecordingError(Exception):
    """A line can't be replayed; the text says which and why."""


class Replayed(NamedTuple):
    """One recorded decision and what is decided now."""

    pool: str
    now: float
    current: int
    recorded: int
    recorded_steps: Essence
    decision: Decision
    situation: Situation
    """What was decided on."""

    @property
    def is_same(self) -> bool:
        """Whether every step came to the same."""
        return self.recorded_steps == essence(self.decision) and self.recorded == self.decision.desired_replicas


def essence(decision: Decision) -> Essence:
    """What a decision came to, without its words."""
    return tuple((str(step.rule), str(step.reason), step.replicas_after) for step in decision.steps)


def start_line(pool: str, spec: TemporalWorkerPoolSpec, memory: Memory) -> str:
    """The line from which a replay can begin."""
    start = {"kind": "start", "version": VERSION, "pool": pool}
    return _line(start | {"spec": spec.to_manifest(), "memory": to_json(memory)})


def spec_line(spec: TemporalWorkerPoolSpec) -> str:
    """The line of a changed spec."""
    return _line({"kind": "spec", "spec": spec.to_manifest()})


def memory_line(memory: Memory) -> str:
    """The line of a memory that something else than a decision has changed."""
    return _line({"kind": "memory", "memory": to_json(memory)})


def poll_line(situation: Situation, decision: Decision, action: ScaleAction | None) -> str:
    """The line of a decision, and of the change of replicas that came of it."""
    poll = {"kind": "poll", "now": situation.now, "observation": to_json(situation.observation)}
    if situation.overrides != NO_OVERRIDES:
        poll["overrides"] = to_json(situation.overrides)
    poll |= {"steps": essence(decision), "desired": decision.desired_replicas}
    return _line(poll | ({"action": to_json(action)} if action else {}))


def replay(lines: Iterable[str], change: "Change | None" = None) -> Iterator[Replayed]:
    """Decides on every recorded poll anew.

    Args:
        lines: Of a recording.
        change: Makes other settings of the recorded ones; `None`: none.

    Raises:
        RecordingError: A line can't be read; the text has its number.
    """
    pool = _Pool()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            replayed = pool.take(json.loads(line), change)
        except json.JSONDecodeError as error:
            raise RecordingError(f"line {number}: not JSON: {error}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise RecordingError(f"line {number}: spec.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        except (RecordingError, CodecError, RecursionError) as error:
            raise RecordingError(f"line {number}: {error}") from None
        if replayed is not None:
            yield replayed


@dataclass(frozen=True, slots=True)
class Change:
    """Other settings than the recorded ones."""

    spec: TemporalWorkerPoolSpec | None = None
    """Instead of the recorded spec; `None`: that one."""
    fields: tuple[tuple[str, Any], ...] = ()
    """Paths below `spec`, with dots, and the values that they get."""

    def apply(self, recorded: TemporalWorkerPoolSpec) -> TemporalWorkerPoolSpec:
        """The spec to decide by.

        Raises:
            RecordingError: A path is none of the spec, or its value is not fit.
        """
        manifest: Any = (self.spec or recorded).to_manifest()
        for path, value in self.fields:
            _set(manifest, path, value)
        try:
            changed = TemporalWorkerPoolSpec.from_manifest(manifest)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise RecordingError(f"spec.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        for path, value in self.fields:
            if value is not None and _get(changed.to_manifest(), path) is None:
                raise RecordingError(f"spec.{path} is no field of a pool")
        return changed


class _Pool:
    """The pool of a recording as far as it was read."""

    def __init__(self) -> None:
        self._name = ""
        self._spec: TemporalWorkerPoolSpec | None = None
        self._memory = Memory()

    def take(self, line: Any, change: Change | None) -> Replayed | None:  # noqa: ANN401 - any JSON
        """Takes one line; a poll is decided on."""
        kind = line.get("kind") if isinstance(line, dict) else None
        if kind not in FIELDS:
            raise RecordingError(f"kind must be one of {', '.join(FIELDS)}")
        if unknown := sorted(line.keys() - FIELDS[kind]):
            raise RecordingError(f"a line of kind {kind} has no field {unknown[0]}")
        try:
            return self._take(kind, line, change)
        except KeyError as error:
            raise RecordingError(f"a line of kind {kind} needs the field {error.args[0]}") from None

    def _take(self, kind: str, line: dict[str, Any], change: Change | None) -> Replayed | None:
        if kind == "start":
            if line["version"] != VERSION:
                raise RecordingError(f"it is of version {line['version']}, and {VERSION} is understood")
            self._name = str(line["pool"])
        if kind in {"start", "spec"}:
            spec = TemporalWorkerPoolSpec.from_manifest(line["spec"])
            self._spec = change.apply(spec) if change else spec
        if kind == "start" or (kind == "memory" and change is None):
            self._memory = from_json(Memory, line["memory"], "memory")
        return self._decide(line) if kind == "poll" else None

    def _decide(self, line: dict[str, Any]) -> Replayed:
        if self._spec is None:
            raise RecordingError("a poll needs a line of kind start before it")
        observation = from_json(Observation, line["observation"], "observation")
        overrides = from_json(Overrides, line.get("overrides", {}), "overrides")
        now: float = from_json(float, line["now"], "now")
        recorded = from_json(Essence, line["steps"], "steps")
        situation = Situation(self._spec, observation, self._memory, now, overrides=overrides)
        decision = decide(self._spec, observation, self._memory, now, overrides)
        self._memory = decision.memory
        if "action" in line:
            self._memory = self._memory.record(from_json(ScaleAction, line["action"], "action"))
        desired: int = from_json(int, line["desired"], "desired")
        return Replayed(self._name, now, observation.replicas, desired, recorded, decision, situation)


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def _set(manifest: Any, path: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    *parents, last = path.split(".")
    for name in parents:
        if isinstance(manifest, list):
            manifest = _item(manifest, name, path)
        elif isinstance(manifest, dict):
            manifest = manifest.setdefault(name, {})
        else:
            raise RecordingError(f"spec.{path} is no field of a pool")
    if isinstance(manifest, dict):
        manifest[last] = value
    elif isinstance(manifest, list):
        _item(manifest, last, path)
        manifest[int(last)] = value
    else:
        raise RecordingError(f"spec.{path} is no field of a pool")


def _item(items: list[Any], name: str, path: str) -> Any:  # noqa: ANN401 - likewise
    if not name.isdecimal() or int(name) >= len(items):
        raise RecordingError(f"spec.{path}: {name} is none of the {len(items)} items")
    return items[int(name)]


def _get(manifest: Any, path: str) -> Any:  # noqa: ANN401 - likewise
    for name in path.split("."):
        manifest = manifest[int(name)] if isinstance(manifest, list) else (manifest or {}).get(name)
    return manifest
