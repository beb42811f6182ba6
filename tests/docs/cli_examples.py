"""The examples and the table of docs/cli.md: `python -m tests.docs.cli_examples` writes them, and a test compares."""

import re
import tempfile
from pathlib import Path
from unittest.mock import patch

from controller.cli.exit_status import ExitStatus
from controller.cli.output import Screen
from localcluster.folders import PROJECT_FOLDER
from tests.cli.scene import run

PAGE = PROJECT_FOLDER / "docs" / "cli.md"

COLUMNS = 110

_BLOCK = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
_TABLE = re.compile(r"<!-- exit statuses -->\n(\n\|.*?\n(?=\n))?", re.DOTALL)


def rendered(page: str) -> str:
    """The page with what its commands print now."""
    page = _TABLE.sub(lambda _: f"<!-- exit statuses -->\n\n{_statuses()}", page)
    return _BLOCK.sub(lambda block: f"```console\n{_answers(block[1])}```\n", page)


def _answers(block: str) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_printed(command)}" for command in commands)


def _printed(command: str) -> str:
    terminal = classmethod(lambda *_: Screen(COLUMNS))
    with tempfile.TemporaryDirectory() as folder, patch.object(Screen, "of", terminal):
        result = run(command, Path(folder))
    return result.stdout + result.stderr


def _statuses() -> str:
    rows = [f"| {int(status)} | {status.meaning} |" for status in ExitStatus]
    return "\n".join(["| status | meaning |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
