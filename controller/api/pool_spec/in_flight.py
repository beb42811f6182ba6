"""How it gets known what the workers are running."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from controller.api.model import ApiModel, rule, validations


class InFlightSource(StrEnum):
    """Whom to ask for the tasks that the workers are running."""

    AUTO = "Auto"
    HEARTBEATS = "Heartbeats"
    POD_METRICS = "PodMetrics"
    NONE = "None"


class PodMetrics(ApiModel):
    """Where the pods serve the SDK's metrics for Prometheus."""

    port: int = Field(ge=1, le=65_535)
    """Port on the pod's address."""
    path: str = Field(
        default="/metrics",
        max_length=1024,
        json_schema_extra=validations(
            rule("self.matches('^/[^ ?#]*$')", "path must be the path of a URL, such as /metrics")
        ),
    )
    """Path on it. Default: /metrics."""


class InFlight(ApiModel):
    """How it gets known what the workers are running: no backlog shows it."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.source != 'PodMetrics' || has(self.podMetrics)",
                "source PodMetrics needs podMetrics: set the port at which the pods serve the SDK's metrics",
                ".podMetrics",
            )
        )
    )

    source: InFlightSource = InFlightSource.AUTO
    """Heartbeats (of the workers, by Temporal 1.30 or later), PodMetrics (read from each pod), None, or Auto: the
    heartbeats, or the pods' metrics where podMetrics is set and no heartbeats come. Default: Auto."""
    pod_metrics: PodMetrics | None = None
    """Where the pods serve the SDK's metrics temporal_worker_task_slots_used and _available. Where they are read,
    ObjectiveMet is judged by their histograms of the schedule-to-start latency. Default: none."""
