"""Telemetry of the worker: Prometheus metrics on one port, and heartbeats to the Temporal server."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.runtime import LogForwardingConfig, LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig
from temporalio.runtime import TelemetryFilter as LogFilter
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

from examples.worker.logs import SDK_CORE_LOGGER

if TYPE_CHECKING:
    from temporalio.common import MetricHistogramFloat, MetricMeter

WORKER_HEARTBEAT_INTERVAL = timedelta(seconds=10)
"""Interval of the worker's reports. With the SDK's default of 60 s a scaler has no report in the first minute."""

ACTIVITY_DURATION = "activity_duration_seconds"
ACTIVITY_DURATION_BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


def create_runtime(metrics_address: str) -> Runtime:
    """Start the SDK's runtime: metrics served at `metrics_address`, core logs forwarded, heartbeats on.

    Args:
        metrics_address: `host:port` that `/metrics` is served on.

    Raises:
        ValueError: The address can't be listened on.
    """
    return Runtime(
        telemetry=TelemetryConfig(
            metrics=PrometheusConfig(
                bind_address=metrics_address,
                histogram_bucket_overrides={ACTIVITY_DURATION: ACTIVITY_DURATION_BUCKETS_SECONDS},
            ),
            logging=LoggingConfig(
                filter=LogFilter(core_level="WARN", other_level="ERROR"),
                forwarding=LogForwardingConfig(
                    logger=SDK_CORE_LOGGER,
                    append_target_to_name=False,
                    prepend_target_on_message=False,
                    append_log_fields_to_message=False,
                ),
            ),
        ),
        worker_heartbeat_interval=WORKER_HEARTBEAT_INTERVAL,
    )


class ActivityDurationInterceptor(Interceptor):
    """Measures `activity_duration_seconds{activity_name, status, error_type}`.

    The SDK's own meter is used, so that one scrape of one port has these numbers beside the SDK's.
    """

    def __init__(self, meter: MetricMeter) -> None:
        self._duration = meter.create_histogram_float(ACTIVITY_DURATION, "How long an attempt of an activity ran.")

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _ActivityDurationInbound(next, self._duration)


class _ActivityDurationInbound(ActivityInboundInterceptor):
    def __init__(self, next_interceptor: ActivityInboundInterceptor, duration: MetricHistogramFloat) -> None:
        super().__init__(next_interceptor)
        self._duration = duration

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        started = time.monotonic()
        status, error_type = "completed", ""
        try:
            return await super().execute_activity(input)
        except BaseException as error:
            status, error_type = _outcome(error)
            raise
        finally:
            labels = {"activity_name": activity.info().activity_type, "status": status, "error_type": error_type}
            self._duration.record(time.monotonic() - started, labels)


def _outcome(error: BaseException) -> tuple[str, str]:
    """Status and error type of an attempt that raised; the type is the one that retry policies match."""
    if isinstance(error, (asyncio.CancelledError, CancelledError)):
        return "cancelled", "CancelledError"
    if isinstance(error, ApplicationError) and error.type:
        return "failed", error.type
    return "failed", type(error).__name__
