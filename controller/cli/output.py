"""How commands print: tables as kubectl has them, JSON and YAML for programs, and texts that fit a terminal.

What goes into a pipe or a file has no colour and no line that was cut or broken; NO_COLOR does without colour anywhere.
"""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TextIO

import typer
import yaml

GAP: Final = "   "
"""Between two columns."""

NARROWEST: Final = 40
"""Columns that a text gets at least: where fewer are left beside what it belongs to, it goes on below."""

NOT_KNOWN: Final = "-"
"""In place of what is not known."""


class OutputFormat(StrEnum):
    """The formats of `-o`, named as kubectl's."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


Output = Annotated[OutputFormat, typer.Option("--output", "-o", help="How it is printed.")]
"""The option of each command that prints records."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the text is printed to."""

    width: int | None = None
    """Columns of the terminal; `None` where it is none: then no line is broken."""
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO | None = None) -> Self:
        """As standard output is, or another stream."""
        stream = stream or sys.stdout
        if not stream.isatty():
            return cls()
        return cls(shutil.get_terminal_size().columns, colour=not os.environ.get("NO_COLOR"))

    def styled(self, text: str, **style: Any) -> str:  # noqa: ANN401 - what typer.style takes
        """A text in a colour, or in bold, where there is colour."""
        return typer.style(text, **style) if self.colour else text

    def good(self, text: str) -> str:
        """What is as it should be."""
        return self.styled(text, fg="green")

    def bad(self, text: str) -> str:
        """What needs attention."""
        return self.styled(text, fg="red", bold=True)

    def open(self, text: str) -> str:
        """What is not known, or on its way."""
        return self.styled(text, fg="yellow")

    def heading(self, text: str) -> str:
        """What a part begins with."""
        return self.styled(text, bold=True)

    def paragraph(self, text: str, indent: str = "", first: str | None = None) -> str:
        """A text that goes on below its beginning, broken at the width of the terminal.

        Args:
            text: The whole text.
            indent: Of all lines but the first.
            first: What the first line begins with. Default: the indent.
        """
        start = indent if first is None else first
        if self.width is None:
            return f"{start}{text}"
        return textwrap.fill(
            text,
            max(self.width, NARROWEST),
            initial_indent=start,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def table(header: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen | None = None) -> str:
    """Columns as wide as their widest cell; the last one has no trailing blanks.

    Args:
        header: Their names.
        rows: Their cells.
        screen: Breaks the last column, a text, at the width of the terminal. Default: no line is broken.
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header) - 1)]
    starts = ["".join(cell.ljust(width) + GAP for cell, width in zip(line, widths, strict=False)) for line in lines]
    texts = [line[-1] for line in lines]
    if screen is None or screen.width is None:
        return "\n".join(f"{start}{text}".rstrip() for start, text in zip(starts, texts, strict=True))
    indent = sum(widths) + len(GAP) * len(widths)
    indent = indent if screen.width - indent >= NARROWEST else 4
    return "\n".join(screen.paragraph(text, " " * indent, start) for start, text in zip(starts, texts, strict=True))


def as_json(value: Any) -> str:  # noqa: ANN401 - any JSON
    """JSON for programs, indented."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_yaml(value: Any) -> str:  # noqa: ANN401 - any JSON
    """YAML with the fields in their order."""
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True)).rstrip("\n")


def listing(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Objects as `kubectl get -o json` lists them."""
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(items)}


def show(value: object) -> str:
    """A value in a cell; `-` where it is not known."""
    return NOT_KNOWN if value is None or value == "" else str(value)
