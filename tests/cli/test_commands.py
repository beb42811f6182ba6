"""Whatever goes wrong on the command line is one line with what to do, and an exit status of its own."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app


@pytest.mark.parametrize(
    "arguments",
    [["nothing-like-this"], ["replay"], ["replay", "x", "--no-such-option"], ["simulate", "--seconds", "no"]],
)
def test_a_command_line_that_can_not_be_used_is_one_line(arguments: list[str]) -> None:
    """With where the help is."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == ExitStatus.USAGE
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("twp: ")
    assert "--help`" in result.stderr


def test_without_a_command_the_help_is_shown() -> None:
    """All of it."""
    result = CliRunner().invoke(app, [])
    assert "Usage" in result.output
    assert "replay" in result.output


def test_a_command_that_does_not_run_the_operator_loads_nothing_that_only_the_operator_needs() -> None:
    """Nor what only one command needs: who is on call waits for each of them."""
    slow = ("temporalio", "kopf", "cel", "matplotlib", "grpc")
    script = f"import sys, controller.cli.main; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "[]\n"
