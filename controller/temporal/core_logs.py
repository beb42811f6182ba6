"""Lines of Temporal's core, which is written in Rust and else writes to standard error by itself."""

import logging
from typing import Final

from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

LOGGER: Final = "temporalio.core"


def forward_core_logs() -> None:
    """Sends them to Python's logging, in the format of all others; to be called before the first client is made."""
    forwarding = LogForwardingConfig(logging.getLogger(LOGGER), append_target_to_name=False)
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    telemetry = TelemetryConfig(logging=LoggingConfig(levels, forwarding))
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)
