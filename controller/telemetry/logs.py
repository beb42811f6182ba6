"""Structured logs: one JSON object a line for machines, aligned text on a terminal.

Whatever writes, it is a line of the same format: this program, its libraries, warnings of Python, exceptions that
nothing caught. A line that repeats is written once a minute.
"""

import json
import logging
import os
import sys
import threading
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from typing_extensions import override

from controller.telemetry.repeats import Repeats

LIBRARY_LEVELS: Final = {
    "kopf": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "kubernetes": logging.INFO,  # its debug lines have what the API server answered: Secrets, too
}
"""Libraries whose lines below a level are never written."""

Lines = structlog.stdlib.ProcessorFormatter


class LogFormat(StrEnum):
    """Format of log lines."""

    AUTO = "auto"
    """Text on a terminal, JSON otherwise."""
    JSON = "json"
    TEXT = "text"


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines in one of the formats."""

    def __init__(self, stream: TextIO, *, is_json: bool) -> None:
        """Writes to this stream."""
        super().__init__(stream)
        self.is_json = is_json
        self.addFilter(Repeats())

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """A line that can't be made, such as with the wrong arguments, is a line all the same: not a traceback."""
        error, template = type(sys.exc_info()[1]).__name__, str(record.msg)[:200]
        fields = {"event": "line_not_written", "logger": record.name, "level": "error"}
        text = json.dumps({**fields, "error": error, "template": template}) if self.is_json else f"{error}: {template}"
        try:
            self.stream.write(text + self.terminator)
            self.flush()
        except (OSError, ValueError):
            pass  # there is nothing to write to


def configure(log_format: LogFormat, level: str) -> None:
    """Sends the logs of this program and of its libraries to standard error, all in one format.

    Args:
        log_format: Format of the lines.
        level: A level of the standard library's logging, such as `INFO`.
    """
    is_terminal = sys.stderr.isatty()
    is_json = log_format == LogFormat.JSON or (log_format == LogFormat.AUTO and not is_terminal)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, Lines.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    final = [Lines.remove_processors_meta, *(_as_json() if is_json else _as_text(colors=is_terminal))]
    handler = LineHandler(sys.stderr, is_json=is_json)
    handler.setFormatter(Lines(foreign_pre_chain=shared, processors=final))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    _log_what_nothing_caught()


def are_json() -> bool:
    """Whether `configure` chose JSON."""
    return any(isinstance(handler, LineHandler) and handler.is_json for handler in logging.getLogger().handlers)


def _as_json() -> list[structlog.types.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _as_text(*, colors: bool) -> list[structlog.types.Processor]:
    """Not with the default traceback, which shows local variables: they may hold credentials."""
    colors = colors and not os.environ.get("NO_COLOR")
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _log_what_nothing_caught() -> None:
    """Warnings of Python, and exceptions outside of any handler, become lines, too."""
    logging.captureWarnings(capture=True)
    log = structlog.get_logger("python")

    def uncaught(type_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("uncaught_exception", error=str(error), exc_info=(type_, error, trace))

    def in_thread(args: Any) -> None:  # noqa: ANN401 - a structure of the threading module
        if args.exc_type is not SystemExit:
            log.error("uncaught_exception", error=str(args.exc_value), exc_info=(args[0], args[1], args[2]))

    def unraisable(args: Any) -> None:  # noqa: ANN401 - likewise, of sys
        log.error("unraisable_exception", error=str(args.exc_value or args.err_msg), exc_info=args.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
