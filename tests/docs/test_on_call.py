"""The page for whoever is on call: every reason that REASON can show has a command, and the commands are commands."""

import re
import shlex
import subprocess
from typing import Final

import pytest
import typer

from controller.cli.main import app
from controller.operator.report.summary import TABLE
from localcluster.folders import PROJECT_FOLDER

PAGE: Final = (PROJECT_FOLDER / "docs" / "on-call.md").read_text(encoding="utf-8")
RUNBOOKS: Final = sorted((PROJECT_FOLDER / "docs" / "runbook").glob("Temporal*.md"))
ROW: Final = re.compile(r"^\| (?P<reasons>`\w+`(?:, `\w+`)*) \| (?P<what>.+?) \| (?P<command>.+) \|$", re.MULTILINE)
BLOCK: Final = re.compile(r"^```(?:console)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CODE: Final = re.compile(r"`(kubectl [^`]+)`")
ONLY_GNU: Final = re.compile(
    r"\b(?:grep -\w*P|sed -i |sed -r|date (?:-d|--)|xargs -r|readlink -f|tac|timeout|watch|head -n-|sort -V)\b"
)
"""What macOS does not have, or takes with other options."""


def _commands(text: str) -> list[str]:
    """Every command of a text: in blocks, and between backticks."""
    in_blocks: list[str] = []
    for block in BLOCK.finditer(text):
        first = re.match(r"\$ ((?:.*\\\n)*.*)\n", block["text"])
        in_blocks += [first[1]] if first else block["text"].splitlines()
    return [*in_blocks, *CODE.findall(BLOCK.sub("", text))]


ALL: Final = [
    command for text in (PAGE, *(p.read_text(encoding="utf-8") for p in RUNBOOKS)) for command in _commands(text)
]


def test_every_reason_that_kubectl_get_can_show_has_a_row() -> None:
    """Each once, and no other."""
    listed = [reason for row in ROW.finditer(PAGE) for reason in re.findall(r"\w+", row["reasons"])]
    assert sorted(listed) == sorted({str(row.shown_as or row.reason) for row in TABLE})


def test_every_row_has_a_command() -> None:
    """To copy as it stands."""
    assert [row["reasons"] for row in ROW.finditer(PAGE) if not CODE.search(row["command"])] == []


@pytest.mark.parametrize("command", ALL)
def test_a_command_works_in_any_shell_and_on_macos(command: str) -> None:
    """By its syntax, and without options that only GNU's programs have."""
    checked = subprocess.run(["/bin/sh", "-nc", command], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert ONLY_GNU.search(command) is None


@pytest.mark.parametrize("command", [command for command in ALL if command.startswith("kubectl twp ")])
def test_a_command_of_the_plugin_is_one(command: str) -> None:
    """With its options."""
    _, _, name, *arguments = shlex.split(command)
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert commands[name].make_context(name, arguments)


def test_conditions_that_are_asked_for_exist() -> None:
    """By their type."""
    crd = (PROJECT_FOLDER / "docs" / "conditions.md").read_text(encoding="utf-8")
    types = set(re.findall(r"^## (\w+)$", crd, re.MULTILINE))
    asked = {match for command in ALL for match in re.findall(r'@\.type=="(\w+)"', command)}
    assert asked
    assert asked <= types
