"""Which replicas may be asked to stop, and when the last ones go."""

from enum import StrEnum

from pydantic import Field

from controller.api.model import ApiModel


class Disruption(StrEnum):
    """Which replicas may be asked to stop when fewer are wanted."""

    GRACEFUL = "Graceful"
    IDLE_ONLY = "IdleOnly"


class ScaleToZero(ApiModel):
    """When the last replicas go. Only with minReplicas 0."""

    idle_seconds: int = Field(default=300, ge=0, le=86_400)
    """Seconds for which there must have been no backlog, no running task and no dispatch before the last replicas
    go; what could not be read counts as work. Default: 300."""
    without_in_flight_evidence: bool = False
    """Whether the last replicas may go although no source says what the workers run, after the same quiet time. A
    task that runs longer than that is then cut short. Default: false."""
