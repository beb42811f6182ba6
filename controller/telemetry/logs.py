"""Structured logs: one JSON object a line for machines, aligned text on a terminal."""

import logging
import sys
from enum import StrEnum

import structlog


class LogFormat(StrEnum):
    """Format of log lines."""

    AUTO = "auto"
    """Text on a terminal, JSON otherwise."""
    JSON = "json"
    TEXT = "text"


def configure(log_format: LogFormat, level: str) -> None:
    """Sends the logs of this program and of its libraries to standard error, all in one format.

    Args:
        log_format: Format of the lines.
        level: A level of the standard library's logging, such as `INFO`.
    """
    text = log_format == LogFormat.TEXT or (log_format == LogFormat.AUTO and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    final: list[structlog.types.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    final += (
        # Not the default traceback, which shows local variables: they may hold credentials.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if text
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=final))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("kopf").setLevel(max(logging.WARNING, root.level))
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
