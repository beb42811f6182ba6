"""Recurring times in which more replicas are kept."""

from typing import Final

from pydantic import Field

from controller.api.model import ApiModel, rule, validations

DEFAULT_TIME_ZONE: Final = "UTC"
"""Where a schedule names none. No default of the CRD: those inside lists are a difference for ever to Argo CD."""


class Schedule(ApiModel):
    """A recurring time in which more replicas are kept, such as working hours."""

    cron: str = Field(
        min_length=9,
        max_length=200,
        json_schema_extra=validations(
            rule(
                "self.matches('^[0-9A-Za-z*/,#?L-]+( +[0-9A-Za-z*/,#?L-]+){4}$')",
                "cron must have five fields (minute, hour, day of month, month, day of week), such as 0 8 * * 1-5",
            )
        ),
    )
    """When it begins: minute, hour, day of month, month, day of week, such as "0 8 * * 1-5". Required."""
    time_zone: str | None = Field(default=None, min_length=1, max_length=64)
    """Time zone of cron by its IANA name, such as Europe/Berlin; daylight saving is followed. Default: UTC."""
    duration_seconds: int = Field(ge=60, le=604_800)
    """Seconds that it lasts, at least 60. Required."""
    min_replicas: int = Field(ge=0)
    """Lowest number of replicas meanwhile, where it is more than minReplicas of the pool. Required."""
