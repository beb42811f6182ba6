"""What happens while nothing can be read."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from controller.api.model import ApiModel, rule, validations


class FallbackBehavior(StrEnum):
    """What happens when the task queues could not be read for a while."""

    HOLD = "Hold"
    REPLICAS_IF_HIGHER = "ReplicasIfHigher"


class Fallback(ApiModel):
    """What happens when the task queues could not be read for a while. Losing sight never lowers replicas."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.behavior != 'ReplicasIfHigher' || has(self.replicas)",
                "set replicas (the number to raise to while nothing can be read), or behavior Hold",
                ".replicas",
            )
        )
    )

    after_seconds: int = Field(default=180, ge=0, le=86_400)
    """Seconds without any reading after which behavior applies; until then replicas are held. Default: 180."""
    behavior: FallbackBehavior = FallbackBehavior.HOLD
    """Hold leaves replicas as they are; ReplicasIfHigher raises them to replicas if they are fewer. Default: Hold."""
    replicas: int | None = Field(default=None, ge=0)
    """Replicas to have at least while nothing can be read; only with behavior ReplicasIfHigher."""
