"""The lines of `twp decide --stream` as they are written; other fields are ignored, absent ones are unknown."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from controller.api.spec import TemporalWorkerPoolSpec

TASK_QUEUE = "tasks"
"""Name of the one task queue of a stream, as reasons have it."""


def _whole(value: Any) -> Any:  # noqa: ANN401 - a validator takes what was written
    return round(value) if isinstance(value, float) and abs(value) < 1e15 else value


def _by_name(line: Callable[[], "type[Line]"]) -> BeforeValidator:
    """Reads a list as the fields of a line, in their order; more entries than fields are ignored."""

    def fields(value: Any) -> Any:  # noqa: ANN401 - likewise
        names = tuple(line().model_fields)
        if not isinstance(value, list) or len(value) < len(names):
            raise ValueError(f"must be a list: {', '.join(names)}")
        return dict(zip(names, value, strict=False))

    return BeforeValidator(fields)


Quantity = Annotated[FiniteFloat, Field(ge=0)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0)]
Pods = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=20_000)]
"""A number of pods: each of them is an object."""


class Line(BaseModel):
    """What all lines have in common."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class Config(Line):
    """The pool's settings."""

    slots: Annotated[Count, Field(ge=1)] | None = None
    """Tasks that one replica runs at once."""
    slo: Annotated[FiniteFloat, Field(gt=0)]
    """Seconds within which tasks should start."""
    grace: Quantity | None = None
    """terminationGracePeriodSeconds."""
    min: Count = 0
    max: Annotated[Count, Field(ge=1)] = 1000
    poll: Annotated[FiniteFloat, Field(gt=0)] = 15
    """Seconds between two observations."""

    @property
    def spec(self) -> TemporalWorkerPoolSpec:
        """The pool, as it would be written for the operator."""
        slots = {"slotsEnvVar": "SLOTS"} if self.slots is None else {"slots": self.slots}
        return TemporalWorkerPoolSpec.from_manifest(
            {
                "scaleTargetRef": {"name": "worker"},
                "connection": {"address": "temporal-frontend:7233"},
                "taskQueues": [{"name": TASK_QUEUE, "tasks": [{"type": "Activity", **slots}]}],
                "minReplicas": self.min,
                "maxReplicas": max(self.min, self.max),
                "objective": {"scheduleToStartSeconds": max(1, round(self.slo))},
                "pollingIntervalSeconds": max(5, round(self.poll)),
                "scaleToZero": {"idleSeconds": 0},
            }
        )


class Heartbeat(Line):
    """What one ready pod reported last: `[pod, heartbeat_time, used, ready_since]`."""

    pod: str
    heartbeat_time: FiniteFloat | None
    used: Count | None
    ready_since: FiniteFloat | None


class Ended(Line):
    """What one pod had done by its last heartbeat: `[pod, ended]`."""

    pod: str
    ended: Count | None
    """Tasks that ended since its worker started."""


class Reading(Line):
    """One observation; `None` is unknown."""

    now: FiniteFloat
    valid: bool = True
    """Whether Temporal answered."""
    desired: Pods | None = None
    """`spec.replicas` of the Deployment."""
    ready: Pods | None = None
    starting: Pods | None = None
    draining: Pods | None = None
    backlog: Count | None = None
    age: Quantity | None = None
    """Age of the oldest waiting task."""
    add_rate: Quantity | None = None
    disp_rate: Quantity | None = None
    rate_limited: bool | None = None
    effective_rate_limit: Quantity | None = None
    """Tasks that the server hands out per second at most."""
    hb: list[Annotated[Heartbeat, _by_name(lambda: Heartbeat)]] | None = None
    """One entry for each ready pod that reported."""
    hb_done: list[Annotated[Ended, _by_name(lambda: Ended)]] | None = None
    """One entry for each pod whose heartbeats count the tasks that ended."""
    hb_draining: Count | None = None
    """Slots in use on terminating pods, all together."""
    start_mean: Quantity | None = None
    """Mean measured start-up; 0 until one was measured: then what is learned counts, or the assumption."""
