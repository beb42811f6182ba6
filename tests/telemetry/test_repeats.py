"""A line that repeats is written once a minute, and says how often it was left out."""

import logging
from typing import Any

from controller.telemetry.repeats import MAX_REMEMBERED, REPEAT_SECONDS, Repeats


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """The present."""
        return self.now


def record(message: Any, *arguments: object, level: int = logging.WARNING) -> logging.LogRecord:
    """A line, as a library writes it or as structlog does: with a dictionary."""
    return logging.LogRecord("theirs", level, "file", 1, message, arguments, None)


def test_a_repeated_line_is_written_once_a_minute_with_how_many_were_left_out() -> None:
    """Of libraries by their text, of ours by all fields but the time."""
    clock = Clock()
    repeats = Repeats(clock)
    passed = list[str]()
    for second in range(0, 130, 10):
        clock.now = second
        ours = record({"event": "event_delayed", "pool": "orders", "timestamp": str(second)})
        theirs = record("slow: %s", "yes")
        passed += [f"{second}: {line.msg}" for line in (ours, theirs) if repeats.filter(line)]
    assert passed == [
        "0: {'event': 'event_delayed', 'pool': 'orders', 'timestamp': '0'}",
        "0: slow: %s",
        "60: {'event': 'event_delayed', 'pool': 'orders', 'timestamp': '60', 'repeated': 5}",
        "60: slow: yes (repeated 5 times)",
        "120: {'event': 'event_delayed', 'pool': 'orders', 'timestamp': '120', 'repeated': 5}",
        "120: slow: yes (repeated 5 times)",
    ]


def test_other_lines_pass() -> None:
    """Another pool, other arguments, another level, and debug lines always."""
    repeats = Repeats(Clock())
    lines = [
        record({"event": "event_delayed", "pool": "orders"}),
        record({"event": "event_delayed", "pool": "bills"}),
        record("slow: %s", "yes"),
        record("slow: %s", "no"),
        record("slow: %s", "yes", level=logging.ERROR),
        *(record("polled", level=logging.DEBUG) for _ in range(3)),
    ]
    assert all(repeats.filter(line) for line in lines)


def test_what_is_remembered_is_bounded() -> None:
    """The line that was written first is forgotten first."""
    clock = Clock()
    repeats = Repeats(clock)
    for number in range(MAX_REMEMBERED + 1):
        assert repeats.filter(record(f"line {number}"))
    assert repeats.filter(record("line 0"))
    assert not repeats.filter(record(f"line {MAX_REMEMBERED}"))
    clock.now = REPEAT_SECONDS
    assert repeats.filter(record(f"line {MAX_REMEMBERED}"))
