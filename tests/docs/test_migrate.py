"""docs/migrate.md: its example is what the command prints; tests/extra/migrate/test_moving_in.py runs its commands."""

import re
import shlex
import subprocess

import pytest
import typer

from controller.cli.main import app
from controller.operator.election import identity
from tests.docs.migrate_page import PAGE, rendered

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = [
    script
    for kind, script in re.findall(r"^```(.*?)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    if kind in {"", "sh"}
]


def test_the_example_is_what_the_command_prints() -> None:
    """Of simulated hours under KEDA; `make docs` writes it."""
    assert rendered(TEXT) == TEXT


@pytest.mark.parametrize("script", BLOCKS)
def test_a_script_of_the_page_is_one(script: str) -> None:
    """By its syntax; each command of the plug-in has these options."""
    checked = subprocess.run(["/bin/sh", "-nc", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in re.findall("^kubectl twp (.*?)(?: >.*)?$", script, re.MULTILINE):
        name, *arguments = shlex.split(line)
        assert commands[name].make_context(name, arguments)


def test_the_page_has_scripts() -> None:
    """Which the other tests run."""
    assert len(BLOCKS) >= 6


def test_the_leader_is_found_by_its_pod() -> None:
    """The holder of the Lease is the pod and a random part, which the page cuts off."""
    cut = subprocess.run(
        ["/bin/sh", "-c", f"LEADER={identity()}; echo ${{LEADER%_*}}"], capture_output=True, text=True, check=True
    )
    assert cut.stdout.strip() == identity().rpartition("_")[0]
    assert "${LEADER%_*}:/recordings" in TEXT
