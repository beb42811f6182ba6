"""The example of docs/migrate.md: `python -m tests.docs.migrate_page` writes it, and a test compares."""

import re
import shlex
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from controller.cli.main import app
from localcluster.folders import PROJECT_FOLDER
from tests.cli.migrate.test_compare import beside

PAGE = PROJECT_FOLDER / "docs" / "migrate.md"

_BLOCK = re.compile(r"^```console\n\$ kubectl twp (?P<command>.*)\n(?:.*\n)*?```$", re.MULTILINE)


def rendered(page: str) -> str:
    """The page with what its one example prints now."""
    return _BLOCK.sub(
        lambda block: f"```console\n$ kubectl twp {block['command']}\n{_printed(block['command'])}```", page
    )


def _printed(command: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "prod.orders.jsonl").write_text("".join(beside("keda")[1]))
        arguments = [folder if each == "recordings" else each for each in shlex.split(command)]
        return CliRunner().invoke(app, arguments).stdout


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
