"""Logs: one JSON object a line, from our code and from libraries alike."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from controller.telemetry.logs import LogFormat, configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was for other tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_our_lines_and_those_of_libraries_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same fields everywhere, so that one query finds both."""
    configure(LogFormat.JSON, "INFO")
    structlog.get_logger("ours").info("rescaled", pool="orders", desired_replicas=4)
    logging.getLogger("theirs").warning("slow: %s", "yes")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["pool"], ours["desired_replicas"], ours["level"]) == ("rescaled", "orders", 4, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("slow: yes", "theirs", "warning")
    assert ours.keys() & theirs.keys() >= {"event", "level", "logger", "timestamp"}


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback must not break the one-object-a-line shape."""
    configure(LogFormat.JSON, "INFO")
    structlog.get_logger("ours").error("pass_failed", exc_info=ValueError("boom"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: boom" in json.loads(line)["exception"]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Debug lines cost nothing unless they are asked for."""
    configure(LogFormat.TEXT, "INFO")
    structlog.get_logger("ours").debug("decided")
    assert capsys.readouterr().err == ""


CREDENTIAL = "the-api-key"


def _fail(credential: str) -> None:
    raise ValueError(len(credential))


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.TEXT])
def test_a_traceback_has_no_local_variables(capsys: pytest.CaptureFixture[str], log_format: LogFormat) -> None:
    """They may hold credentials."""
    configure(log_format, "DEBUG")
    try:
        _fail(CREDENTIAL)
    except ValueError:
        structlog.get_logger("ours").exception("pass_failed")
    shown = capsys.readouterr().err
    assert "ValueError: 11" in shown
    assert CREDENTIAL not in shown


def test_lines_repeat_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and those of libraries."""
    configure(LogFormat.JSON, "INFO")
    for _ in range(5):
        structlog.get_logger("ours").warning("event_delayed", pool="orders")
        logging.getLogger("theirs").warning("slow")
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize("log_format", [LogFormat.AUTO, LogFormat.JSON, LogFormat.TEXT])
def test_there_are_no_colors_without_a_terminal(capsys: pytest.CaptureFixture[str], log_format: LogFormat) -> None:
    """A log file has no escape sequences."""
    configure(log_format, "INFO")
    structlog.get_logger("ours").warning("event_delayed", pool="orders")
    shown = capsys.readouterr().err
    assert "event_delayed" in shown
    assert "\x1b" not in shown


EVERYTHING = """
import asyncio, logging, sys, threading, warnings
from controller.telemetry.logs import LogFormat, configure
from controller.temporal.core_logs import LOGGER, forward_core_logs
configure(LogFormat.AUTO, "DEBUG")
forward_core_logs()
warnings.warn("old", DeprecationWarning)
logging.getLogger("kopf.objects").warning("kopf's\\nline")
logging.getLogger("wrong").warning("%d %s", "no number")
logging.getLogger("kubernetes.aio.client.rest").debug("response body: %s", "the-secret")
logging.getLogger(LOGGER).warning("core's line")
async def fail(): 1 / 0
async def forgotten():
    task = asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0)
    del task
asyncio.run(forgotten())
thread = threading.Thread(target=lambda: [][0])
thread.start()
thread.join()
class Odd:
    def __del__(self): raise ValueError("unraisable")
Odd()
raise KeyError("uncaught")
"""
"""A process in which everything that may write to standard error does."""


def test_every_line_of_a_process_is_json_whatever_writes_it() -> None:
    """Warnings, libraries, wrong arguments, lost tasks, threads, finalizers, and what ends the process."""
    ended = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False, timeout=60)
    assert ended.stdout == ""
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert all({"event", "level"} <= line.keys() for line in lines)
    said = [(line.get("logger"), line["event"].splitlines()[0]) for line in lines]
    assert said[1:4] == [("kopf.objects", "kopf's"), ("wrong", "line_not_written"), ("temporalio.core", "core's line")]
    assert "DeprecationWarning: old" in lines[0]["event"]
    exceptions = " ".join(line.get("exception", "") for line in lines)
    for error in ("ZeroDivisionError", "IndexError", "ValueError: unraisable", "KeyError: 'uncaught'"):
        assert error in exceptions
    assert "the-secret" not in ended.stderr
