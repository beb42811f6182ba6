"""The memory across a restart: what was learned, in a form that goes into the pool's status.

Windows and counts are not kept: at the first pass the replicas that are there count as just needed. Scale actions are
kept one by one, because rules count them; what people read of them is `status.scaleActions`. What cannot be read is
forgotten, with the reason in the decision; the rest is kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any, Final, TypeVar

from controller.api.text import listed
from controller.scaling.by_hand import MAX_REMEMBERED, SetByHand
from controller.scaling.deadline.bottleneck import Bottleneck
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.start_up import REMEMBERED, StartUp
from controller.scaling.idle_times import IdleGap
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.slots import TunedSlots

Part = TypeVar("Part")
Default = TypeVar("Default")

VERSION: Final = 2
"""Of the shape that `to_status` writes; another one is forgotten."""

MAX_QUEUES: Final = 48
"""Queues and task types kept: a pool has at most 16 queues with 3 types each."""

ACTIONS_SECONDS: Final = 3600.0
"""How long before the last scale action others are kept: the longest back-off of the rule `contested`, and twice the
longest period of a policy."""

MAX_ACTIONS: Final = 120
"""Scale actions kept, the last ones: 3 kB."""

HIGHEST: Final = 1e15
"""More tasks or seconds than any pool will see."""

LEARNED_AGAIN: Final = "What was learned before the restart is learned again"

LIMITED_RESOLUTION_SECONDS: Final = 60.0
"""A limit in force is found at each poll; a write at each would be too many for what counts for 20 minutes."""


def to_status(memory: Memory) -> dict[str, Any]:
    """What was learned, as JSON values with three significant digits: a smaller change causes no write."""
    start_up = memory.start_up
    tuned = {name: _slots_to_status(tuned) for name, tuned in sorted(memory.slots.items())}
    actions = list(_actions_to_status(memory.scale_actions))
    return {
        "version": VERSION,
        **({"revision": memory.revision} if memory.revision and start_up.count else {}),
        "startUp": {
            "meanSeconds": _rounded(start_up.mean_seconds),
            "nodeSeconds": _rounded(start_up.node_seconds),
            "count": start_up.count,
        },
        "queues": {name: _queue_to_status(queue) for name, queue in sorted(memory.queues.items())},
        **({"slots": tuned} if tuned else {}),
        **({"scaleActions": actions} if actions else {}),
        **({"lullSeconds": _rounded(memory.idle_gap.seconds)} if memory.idle_gap.seconds else {}),
        **({"setByHand": [[round(s.at), s.replicas, s.by] for s in memory.by_hand]} if memory.by_hand else {}),
    }


def from_status(value: object) -> Memory:
    """The memory that `to_status` wrote, as far as it can be read; `forgotten` says what can't be, and why."""
    if value is None:
        return Memory()
    if not isinstance(value, Mapping):
        return Memory(forgotten=f"{LEARNED_AGAIN}: status.memory is no object.")
    if value.get("version") != VERSION:
        found = str(value.get("version"))[:20]
        return Memory(forgotten=f"{LEARNED_AGAIN}: status.memory has version {found}, not {VERSION}.")
    parts = _Parts(value)
    memory = Memory(
        start_up=parts.read("startUp", _start_up_from_status, StartUp()),
        queues=parts.each("queues", _queue_from_status),
        slots=parts.each("slots", _slots_from_status),
        revision=parts.read("revision", _text, None),
        idle_gap=parts.read("lullSeconds", _idle_gap_from_status, IdleGap()),
        scale_actions=parts.read("scaleActions", _actions_from_status, ()),
        by_hand=parts.read("setByHand", _by_hand_from_status, ()),
    )
    return replace(memory, forgotten=parts.forgotten)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is in the status, part by part."""

    value: Mapping[str, Any]
    unread: list[str] = field(default_factory=list)
    """What can't be read, and why."""

    def read(self, name: str, convert: Callable[[Any], Part], default: Part) -> Part:
        """One part; the default where it is absent, or can't be read."""
        value = self.value.get(name)
        return default if value is None else self._converted(name, value, convert, default)

    def each(self, name: str, convert: Callable[[Any], Part]) -> dict[str, Part]:
        """A part with several of a kind, by their names."""
        parts: Mapping[str, Any] = self.read(name, _mapping, dict[str, Any]())
        named = list(parts.items())[:MAX_QUEUES]
        read = {
            str(key): self._converted(f"{name}.{key}", value, lambda part: convert(_mapping(part)), None)
            for key, value in named
        }
        return {key: part for key, part in read.items() if part is not None}

    def _converted(self, path: str, value: object, convert: Callable[[Any], Part], default: Default) -> Part | Default:
        try:
            return convert(value)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            problem = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            self.unread.append(f"{path[:100]} ({problem[:100]})")
            return default

    @property
    def forgotten(self) -> str | None:
        """What is learned again, in words; `None` where all could be read."""
        if not self.unread:
            return None
        return f"Parts of status.memory cannot be read and are learned again: {listed(self.unread, separator='; ')}."


def _start_up_from_status(value: object) -> StartUp:
    value = _mapping(value)
    return StartUp(
        mean_seconds=measured(value["meanSeconds"]),
        node_seconds=measured(value["nodeSeconds"]),
        count=min(int(measured(value["count"])), REMEMBERED),
    )


def _idle_gap_from_status(value: object) -> IdleGap:
    return IdleGap(seconds=measured(value))


def _by_hand_from_status(value: object) -> tuple[SetByHand, ...]:
    if not isinstance(value, list):
        raise TypeError("it is no list")
    return tuple(_setting_from_status(*entry) for entry in value[-MAX_REMEMBERED:])


def _setting_from_status(at: object, replicas: object, by: object) -> SetByHand:
    return SetByHand(measured(at), int(measured(replicas)), _text(by) or "")


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("it is no object")
    return value


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        raise TypeError("it is no text")
    return value


def _actions_to_status(actions: Sequence[ScaleAction]) -> Iterator[list[Any]]:
    """Time in whole seconds, replicas before and after, and the field manager where it was not the operator."""
    for action in actions[-MAX_ACTIONS:]:
        if action.at > actions[-1].at - ACTIONS_SECONDS:
            who = [action.by] if action.by else []
            yield [max(0, int(action.at)), action.replicas_before, action.replicas_after, *who]


def _actions_from_status(value: object) -> tuple[ScaleAction, ...]:
    if not isinstance(value, list):
        raise TypeError("it is no list")
    return tuple(_action_from_status(*entry) for entry in value[-MAX_ACTIONS:])


def _action_from_status(at: object, before: object, after: object, by: object = None) -> ScaleAction:
    """A scale action without its words, which rules do not read."""
    manager = None if by is None else _text(by)
    return ScaleAction(measured(at), int(measured(before)), int(measured(after)), "", "", manager)


def _slots_to_status(tuned: TunedSlots) -> dict[str, Any]:
    """What was chosen and why no more; what speaks for a change now is observed anew."""
    known = {
        "value": tuned.value,
        "changedAt": None if tuned.changed_at is None else round(tuned.changed_at),
        "chosen": tuned.chosen,
        "raisedFrom": tuned.raised_from,
        "rateBefore": _rounded(tuned.rate_before) if tuned.raised_from else None,
        "ceiling": tuned.ceiling,
        "ceilingAt": round(tuned.ceiling_at) if tuned.ceiling else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _slots_from_status(value: Mapping[str, Any]) -> TunedSlots:
    def slots(name: str) -> int | None:
        return max(1, int(measured(value[name]))) if name in value else None

    return TunedSlots(
        value=slots("value"),
        changed_at=_known(value, "changedAt"),
        chosen=slots("chosen"),
        raised_from=slots("raisedFrom"),
        rate_before=measured(value.get("rateBefore", 0.0)),
        ceiling=slots("ceiling"),
        ceiling_at=measured(value.get("ceilingAt", 0.0)),
    )


def _queue_to_status(queue: QueueMemory) -> dict[str, Any]:
    service, bottleneck = queue.service_time, queue.bottleneck
    learned: dict[str, Any] = {
        "byReports": {**_tally_to_status(service.by_reports), "intervalSeconds": _rounded(service.interval_seconds)},
        "byServer": _tally_to_status(service.by_server),
    }
    if (capacity := bottleneck.capacity_per_second) is not None:
        learned |= {"capacityPerSecond": _rounded(capacity)}
    if (limit := bottleneck.limit_per_second) is not None:
        limited_at = bottleneck.limited_at // LIMITED_RESOLUTION_SECONDS * LIMITED_RESOLUTION_SECONDS
        learned |= {"limitPerSecond": _rounded(limit), "limitedAt": limited_at}
    return learned


def _queue_from_status(value: Mapping[str, Any]) -> QueueMemory:
    service = ServiceTime(
        by_reports=_tally_from_status(value["byReports"]),
        by_server=_tally_from_status(value["byServer"]),
        interval_seconds=measured(value["byReports"]["intervalSeconds"]),
    )
    bottleneck = Bottleneck(
        capacity_per_second=_known(value, "capacityPerSecond"),
        limit_per_second=_known(value, "limitPerSecond"),
        limited_at=measured(value.get("limitedAt", 0.0)),
    )
    return QueueMemory(service_time=service, bottleneck=bottleneck)


def _tally_to_status(tally: Tally) -> dict[str, float]:
    return {
        "slotSeconds": _rounded(tally.slot_seconds),
        "doubtSlotSeconds": _rounded(sqrt(tally.doubt)),
        "completions": _rounded(tally.completions),
    }


def _tally_from_status(value: Mapping[str, Any]) -> Tally:
    doubt = measured(value["doubtSlotSeconds"]) ** 2
    return Tally(measured(value["slotSeconds"]), doubt, measured(value["completions"]))


def _known(value: Mapping[str, Any], name: str) -> float | None:
    return measured(value[name]) if name in value else None


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def measured(value: object) -> float:
    """A number of seconds or tasks that may have been measured.

    Raises:
        ValueError: It is none. JSON has integers that are no float at all.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= HIGHEST:
        message = f"{value!r:.40} is no number of seconds or tasks"
        raise ValueError(message)
    return float(value)
