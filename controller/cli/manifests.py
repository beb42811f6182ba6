"""Manifests in files: YAML or JSON, with several documents, and the line of each field."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

import yaml

ENDINGS: Final = (".yaml", ".yml", ".json")

STANDARD_INPUT: Final = "-"

MAX_VALUES: Final = 200_000
"""Values of a document that are read."""


class ManifestError(Exception):
    """A file is no manifest; the text has the file, the line and the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of a file."""

    source: str
    """The file, or `-`."""
    content: Mapping[str, Any]
    lines: Mapping[str, int]
    """Line of each field, by its path such as `spec.taskQueues[0].name`; of the object itself by the empty path."""
    duplicates: tuple[str, ...] = ()
    """Paths of fields that are written twice."""

    @property
    def kind(self) -> str:
        """Such as `TemporalWorkerPool`."""
        return str(self.content.get("kind", ""))

    @property
    def name(self) -> str:
        """Kind and name, as kubectl writes them."""
        metadata = self.content.get("metadata")
        name = metadata.get("name", "") if isinstance(metadata, dict) else ""
        return f"{self.kind}/{name}" if name else self.kind

    def line(self, path: str) -> int:
        """The line of a field; where it is not there, of what should hold it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines[path]


def files_in(path: Path, *, recursive: bool = False) -> list[Path]:
    """The manifests of a folder in the order of their names, or the file itself.

    Raises:
        ManifestError: There are none.
    """
    if not path.is_dir():
        return [path]
    found = path.rglob("*") if recursive else path.iterdir()
    files = sorted(file for file in found if file.suffix in ENDINGS and file.is_file())
    if not files:
        raise ManifestError(f"{path} has no file that ends with {', '.join(ENDINGS)}")
    return files


def read_manifests(path: Path) -> list[Manifest]:
    """The objects of a file, or of standard input with `-`.

    Raises:
        ManifestError: It can't be read, or is not YAML or JSON.
    """
    name = str(path)
    try:
        raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{name}: {error.strerror or error}") from None
    try:
        return list(_objects(name, raw))
    except yaml.YAMLError as error:
        raise ManifestError(f"{name}{_place(error)}: not YAML: {_reason(error)}") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ManifestError(f"{name}: not YAML: {error}") from None


class _Loader(yaml.SafeLoader):
    """Reads YAML as kubectl does: a time is text, and so is 12:30."""


_NUMBERS: Final = {
    "tag:yaml.org,2002:int": r"[-+]?(0b[01_]+|0o?[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$",
    "tag:yaml.org,2002:float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|[-+]?\.inf$|\.nan$",
}

_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern in _NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list("-+.0123456789"))


def _objects(source: str, raw: bytes) -> Iterator[Manifest]:
    loader = _Loader(raw)
    try:
        while loader.check_node():
            node = cast("yaml.Node", loader.get_node())
            # Before construction, which puts what `<<` merges among a mapping's own fields.
            located = _Located.of(node)
            content = loader.construct_document(node)
            if content is not None:
                yield from _manifests(source, located, content)
    finally:
        loader.dispose()


@dataclass(frozen=True, slots=True)
class _Located:
    """Where the fields of a document are."""

    lines: dict[str, int]
    duplicates: list[str]

    @classmethod
    def of(cls, node: yaml.Node) -> Self:
        """The fields below a node."""
        located = cls({"": node.start_mark.line + 1}, [])
        located.add(node, "")
        return located

    def add(self, node: yaml.Node, path: str) -> None:
        """Notes what is below a node.

        Raises:
            ValueError: The document has too many values, as aliases within aliases make them.
        """
        if len(self.lines) > MAX_VALUES:
            raise ValueError(f"it has more than {MAX_VALUES:,} values")
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[f"{path}[{index}]"] = item.start_mark.line + 1
                self.add(item, f"{path}[{index}]")
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = f"{path}.{key.value}".removeprefix(".")
                if below in self.lines:
                    self.duplicates.append(below)
                self.lines[below] = key.start_mark.line + 1
                self.add(value, below)

    def below(self, start: str) -> Self:
        """The fields of one part, by their paths within it."""
        lines = {path[len(start) :].lstrip("."): line for path, line in self.lines.items() if path.startswith(start)}
        twice = [path[len(start) :].lstrip(".") for path in self.duplicates if path.startswith(start)]
        return type(self)(lines, twice)


def _manifests(source: str, located: _Located, content: Any) -> Iterator[Manifest]:  # noqa: ANN401 - any YAML
    """The object of a document, or the items of a `List`."""
    if not isinstance(content, dict):
        line = located.lines[""]
        raise ManifestError(f"{source}:{line}: not an object with apiVersion, kind, metadata and spec")
    if content.get("kind") != "List" or not isinstance(content.get("items"), list):
        yield Manifest(source, content, located.lines, tuple(located.duplicates))
        return
    for index, item in enumerate(content["items"]):
        part = located.below(f"items[{index}]")
        if isinstance(item, dict):
            yield Manifest(source, item, part.lines, tuple(part.duplicates))


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark else ""


def _reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    return " ".join(str(problem).split())
