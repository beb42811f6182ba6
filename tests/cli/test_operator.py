"""`twp operator run` as a process: whatever ends it, it is gone in seconds and says why."""

import json
import subprocess
import sys

import pytest

DEADLINE_SECONDS = 60
"""Far below the 300 s for which Python waits for a thread that hangs."""


def _ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.cli.hanging_operator", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [("refusal", 1, '"error": "may not list pools"'), ("exit", 1, "SystemExit"), ("signal", 0, "")],
)
def test_the_process_ends_whatever_hangs(end: str, status: int, said: str) -> None:
    """A refusal of the API server, a library that exits, a signal."""
    ended = _ended(end, "hangs")
    assert ended.returncode == status
    assert said in ended.stderr
    assert bool(said) == bool(ended.stderr)


@pytest.mark.parametrize("how", [(), ("hangs",)], ids=["with threads that hang", "with parts that never end"])
def test_a_fault_is_logged_with_its_trace(how: tuple[str, ...]) -> None:
    """Only its authors can fix it."""
    ended = _ended("fault", *how)
    assert ended.returncode == 1
    line = json.loads(ended.stderr)
    assert (line["event"], line["level"], line["error"]) == ("operator_failed", "critical", "a fault")
    assert "Traceback" in line["exception"]


def test_it_ends_although_nothing_reads_its_output() -> None:
    """A pipe that is full blocks its writer."""
    command = [sys.executable, "-c", FULL_PIPE]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.wait(DEADLINE_SECONDS) == 1


FULL_PIPE = """
import os, sys
os.set_blocking(2, False)
try:
    while os.write(2, b"x" * 65536): pass
except BlockingIOError:
    pass
os.set_blocking(2, True)
sys.argv = ["", "fault"]
from runpy import run_module
run_module("tests.cli.hanging_operator", run_name="__main__")
"""
