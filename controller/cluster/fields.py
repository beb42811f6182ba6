"""Reads the API server's JSON field by field: a value of another type is unknown, and nothing raises.

Null and absence are the same, as everywhere in Kubernetes. The path of any other value that can't be read is recorded,
such as `status.conditions[0].lastTransitionTime`: the rest of the object counts.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

T = TypeVar("T")

MAX_UNREAD_PATHS: Final = 5
"""Paths that are recorded of one object at most."""

_LARGEST: Final = 2**63 - 1
"""Of the integers in Kubernetes: int64."""


class Fields:
    """One JSON object of a manifest, with its path in it."""

    __slots__ = ("_path", "_recorded", "_values")

    def __init__(self, value: Any, path: str = "", recorded: list[str] | None = None) -> None:  # noqa: ANN401 - any JSON
        """Reads a whole manifest, or with a path a part of one, which shares the recorded paths."""
        self._path = path
        self._recorded: list[str] = [] if recorded is None else recorded
        self._values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not (value is None or isinstance(value, Mapping)):
            self._record(path)

    @property
    def unread(self) -> tuple[str, ...]:
        """Paths of the manifest's fields that could not be read so far, the first `MAX_UNREAD_PATHS` of them."""
        return tuple(self._recorded)

    @property
    def raw(self) -> Mapping[str, Any]:
        """The JSON object itself."""
        return self._values

    def has(self, name: str) -> bool:
        """Whether the field is set, to whatever value."""
        return self._values.get(name) is not None

    def part(self, name: str, *names: str) -> "Fields":
        """The object below a field, or below several, one below the other; an empty one where it is not there."""
        below = Fields(self._values.get(name), self._below(name), self._recorded)
        return below.part(*names) if names else below

    def items(self, name: str) -> "Iterator[Fields]":
        """The objects of a list."""
        for index, item in enumerate(self._list(name)):
            yield Fields(item, f"{self._below(name)}[{index}]", self._recorded)

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        value = self._values.get(name)
        return value if isinstance(value, str) else self._unread(name, "")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; other values are left out."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            self._record(self._below(name))
        return tuple(value for value in values if isinstance(value, str))

    def labels(self, name: str) -> dict[str, str]:
        """Texts by name, such as labels, annotations or quantities; other values are left out."""
        part = self.part(name)
        read = {key: part.text(key) for key in part.raw}
        return {key: text for key, text in read.items() if isinstance(part.raw[key], str)}

    def count(self, name: str, default: int = 0) -> int:
        """An integer of at least 0."""
        value = self._values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
            return value
        return self._unread(name, default)

    def flag(self, name: str) -> bool:
        """True or false; absence is false."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else self._unread(name, default=False)

    def time(self, name: str) -> float | None:
        """A time in seconds since the Unix epoch.

        One that was never set is `None`: Kubernetes writes null for it, and some programs the start of year 1.
        """
        seconds = seconds_of(self._values.get(name))
        if seconds is None:
            return self._unread(name, None)
        return seconds if seconds > 0 else None

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        return value if isinstance(value, list) else self._unread(name, [])

    def _unread(self, name: str, default: T) -> T:
        """The default; the path is recorded unless the field is absent."""
        if self.has(name):
            self._record(self._below(name))
        return default

    def _below(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _record(self, path: str) -> None:
        if len(self._recorded) < MAX_UNREAD_PATHS and path not in self._recorded:
            self._recorded.append(path)


def seconds_of(value: Any) -> float | None:  # noqa: ANN401 - any JSON
    """A time of Kubernetes in seconds since the Unix epoch; `None` for other text, or without a time zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
