"""An object of another scaler that becomes a pool: what is carried over is marked, and all the rest is named."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from typing_extensions import override

from controller.cli.manifests import Manifest

T = TypeVar("T")

Path = tuple[str | int, ...]
"""Names of fields and places in lists, from the object itself on."""

NO_SUCH_FIELD: Final = "a pool has no such field"

_OF_THE_API_SERVER: Final[tuple[Path, ...]] = (
    ("apiVersion",),
    ("kind",),
    ("status",),
    *(
        ("metadata", name)
        for name in (
            *("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"),
            *("finalizers", "ownerReferences", "selfLink", "labels"),
        )
    ),
    ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
)
"""What says nothing of how the object scales."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be known of one field, in one line."""

    place: str
    """File and line; empty for an object of the cluster."""
    name: str
    """Kind and name of the object."""
    field: str
    message: str

    @override
    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.name, self.field, self.message) if part)


@dataclass(slots=True)
class Source:
    """An object, and what became of each of its fields."""

    manifest: Manifest
    remarks: list[Remark] = field(default_factory=list)
    _done: set[Path] = field(default_factory=lambda: set(_OF_THE_API_SERVER))

    @property
    def name(self) -> str:
        """Its name within its namespace."""
        return str(self.get("metadata", "name") or "")

    @property
    def namespace(self) -> str | None:
        """Its namespace, where it has one."""
        return str(self.get("metadata", "namespace") or "") or None

    def get(self, *path: str | int) -> Any:  # noqa: ANN401 - any JSON
        """A value; `None` where it is not set."""
        found: Any = self.manifest.content
        for key in path:
            if isinstance(found, Mapping) and isinstance(key, str):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                return None
        return found

    def take(self, *path: str | int) -> Any:  # noqa: ANN401 - any JSON
        """A value that is carried over, with all that is below it."""
        self._done.add(path)
        return self.get(*path)

    def number(self, *path: str | int) -> int | None:
        """A whole number that is carried over, of a text, too; one that is none is named."""
        return self._read(path, int, "a whole number")

    def quantity(self, *path: str | int) -> float | None:
        """A quantity of Kubernetes, such as 0.05 or 50m."""
        return self._read(path, _quantity, "a quantity such as 0.05 or 50m")

    def flag(self, *path: str | int) -> bool | None:
        """True or false, of a text, too."""
        return self._read(path, _flag, "true or false")

    def leave(self, why: str, *path: str | int) -> None:
        """Names a field that is not carried over, where it is set."""
        self._done.add(path)
        if self.get(*path) is not None:
            self.note(f"not carried over: {why}", *path)

    def note(self, message: str, *path: str | int) -> None:
        """Says something of a field."""
        self.remarks.append(Remark(self._place(path), self.manifest.name, written(path), message))

    def finish(self) -> list[Remark]:
        """All remarks, with one for each field that nothing was done about, in the order of the file."""
        for path in _leaves(self.manifest.content):
            if not any(path[: len(done)] == done for done in self._done):
                self.note(f"not carried over: {NO_SUCH_FIELD}", *path)
        return sorted(self.remarks, key=lambda remark: self.manifest.line(remark.field))

    def _read(self, path: Path, read: Callable[[str], T], expected: str) -> T | None:
        value = self.take(*path)
        if value is None:
            return None
        try:
            return read(str(value))
        except ValueError:
            self.note(f"not carried over: {value!r} is not {expected}", *path)
            return None

    def _place(self, path: Path) -> str:
        return f"{self.manifest.source}:{self.manifest.line(written(path))}" if self.manifest.source else ""


def from_cluster(content: Mapping[str, Any]) -> Manifest:
    """An object as the API server has it."""
    return Manifest("", content, {"": 0})


def written(path: Path) -> str:
    """As people write it, such as `spec.triggers[0].type`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _leaves(below, (*path, str(key)))
    elif isinstance(value, list) and value:
        for index, below in enumerate(value):
            yield from _leaves(below, (*path, index))
    elif value not in (None, {}, []):
        yield path


def _quantity(text: str) -> float:
    return float(text.removesuffix("m")) / 1000 if text.endswith("m") else float(text)


def _flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"
