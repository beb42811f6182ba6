"""How fast replicas may change, with the fields and meaning of autoscaling/v2."""

from enum import StrEnum

from pydantic import Field

from controller.api.model import ApiModel


class SelectPolicy(StrEnum):
    """Which of several scaling policies counts, with the meaning of autoscaling/v2."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class ScalingPolicyType(StrEnum):
    """What the value of a scaling policy counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class ScalingPolicy(ApiModel):
    """A limit on how much replicas may change within a period."""

    type: ScalingPolicyType
    """What value counts: Pods, or Percent of the replicas at the start of the period."""
    value: int = Field(ge=1)
    """Largest change within the period, in pods or in percent."""
    period_seconds: int = Field(ge=1, le=1800)
    """Length of the period in seconds, at most 1800."""


class ScalingRules(ApiModel):
    """Scaling in one direction, with the fields and meaning of autoscaling/v2."""

    stabilization_window_seconds: int | None = Field(default=None, ge=0, le=3600)
    """Seconds of past recommendations that are considered: the highest of them when scaling down, the lowest when
    scaling up. Default, as in autoscaling/v2: 300 when scaling down, 0 when scaling up."""
    select_policy: SelectPolicy | None = None
    """Which policy counts when there are several: Max allows the largest change, Min the smallest, Disabled none in
    this direction. Default, as in autoscaling/v2: Max."""
    policies: tuple[ScalingPolicy, ...] | None = Field(
        default=None, min_length=1, max_length=16, json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )
    """Limits on the change within a period. Default, as in autoscaling/v2: 100 Percent in 15 seconds when scaling
    down; the larger of 4 Pods and 100 Percent in 15 seconds when scaling up."""
    tolerance: float | None = Field(default=None, ge=0)
    """Share by which the need may differ from the replicas before they change in this direction, as a number:
    0.05 is 5 percent. Default, as in autoscaling/v2: 0.1."""


class Behavior(ApiModel):
    """How fast replicas may change, with the fields and meaning of autoscaling/v2."""

    scale_up: ScalingRules | None = None
    """Rules for raising replicas. Default: those of autoscaling/v2, field by field."""
    scale_down: ScalingRules | None = None
    """Rules for lowering replicas. Default: those of autoscaling/v2, field by field."""
