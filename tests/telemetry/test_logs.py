"""Logs: one JSON object a line, from our code and from libraries alike."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from controller.telemetry.logs import LogFormat, configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was for other tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
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
