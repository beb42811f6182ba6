"""Lines of the log that repeat: written once within `REPEAT_SECONDS`, the next one with how many were left out."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

REPEAT_SECONDS: Final = 60.0
"""How long a line that was written keeps those away that say the same, but for their time."""

MAX_REMEMBERED: Final = 500
"""Different lines that are remembered; of more, the one that was written first is forgotten."""


@dataclass(slots=True)
class _Written:
    at: float
    left_out: int = 0


class Repeats(logging.Filter):
    """Leaves out a line that was written just before. Debug lines are all written: they are there to be complete."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Counts seconds by a clock that nothing sets."""
        super().__init__()
        self._now = now
        self._written: dict[int, _Written] = {}
        self._lock = threading.Lock()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.DEBUG:
            return True
        with self._lock:  # lines come from threads of libraries, too
            return self._is_new(record)

    def _is_new(self, record: logging.LogRecord) -> bool:
        key, now = _essence(record), self._now()
        before = self._written.get(key)
        if before and now - before.at < REPEAT_SECONDS:
            before.left_out += 1
            return False
        self._written.pop(key, None)
        self._written[key] = _Written(now)
        if len(self._written) > MAX_REMEMBERED:
            del self._written[next(iter(self._written))]
        if before and before.left_out:
            _note(record, before.left_out)
        return True


def _essence(record: logging.LogRecord) -> int:
    """What a line says, without its time, as a hash: lines can be long."""
    if isinstance(record.msg, dict):
        fields = ((name, repr(value)) for name, value in record.msg.items() if name not in {"timestamp", "exc_info"})
        return hash((record.name, record.levelno, tuple(sorted(fields))))
    return hash((record.name, record.levelno, str(record.msg), repr(record.args)))


def _note(record: logging.LogRecord, left_out: int) -> None:
    if isinstance(record.msg, dict):
        record.msg = {**record.msg, "repeated": left_out}
    else:
        record.msg, record.args = f"{record.getMessage()} (repeated {left_out} times)", ()
