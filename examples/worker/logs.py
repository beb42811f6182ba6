"""One JSON object a line on stdout for every log record: the application's, the SDK's, and the SDK core's."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog
from temporalio import activity, workflow

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

SDK_CORE_LOGGER = logging.getLogger("temporalio.core")
"""Where the SDK's core, which is not Python, forwards its records to."""


def configure_logs() -> None:
    """Send all records of level INFO and above to stdout as JSON."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _flatten_core_record,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The SDK also gives these details as fields, where a query finds them.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False


def _flatten_core_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace the core's record object, which is not JSON, by its fields."""
    core_record = event.pop("temporal_log", None)
    if core_record is not None:
        event["target"] = core_record.target
        event["fields"] = core_record.fields
    return event
