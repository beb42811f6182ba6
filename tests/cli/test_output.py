"""How commands print, at a terminal and into a pipe."""

import io

import pytest
from typing_extensions import override

from controller.cli.output import Screen, table


class _Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_no_colour_and_whole_lines() -> None:
    """Whatever its length."""
    screen, text = Screen.of(io.StringIO()), "word " * 100
    assert screen.bad("late") == "late"
    assert screen.paragraph(text, "  ") == f"  {text}"


def test_a_terminal_gets_lines_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken between words, and indented."""
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen.of(_Terminal())
    lines = screen.paragraph("word " * 20, "  ", "- ").splitlines()
    assert max(map(len, lines)) <= 50
    assert [line[:2] for line in lines] == ["- ", *["  "] * (len(lines) - 1)]
    assert screen.bad("late") != "late"


def test_no_color_does_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal, too."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert Screen.of(_Terminal()).bad("late") == "late"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """As kubectl has them, with three blanks between."""
    assert table(["NAME", "N"], [["orders", "1"], ["b", "22"]]) == "NAME     N\norders   1\nb        22"
