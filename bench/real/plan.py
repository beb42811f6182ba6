"""What one run plays: a load, who scales, and the conditions under which it does."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Final

from bench.real.profiles import Arrival, Profile

SLOTS: Final = 4
"""Of each pod, for each task type."""
MAX_REPLICAS: Final = 40
IDLE_SECONDS: Final = 30
GRACE_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    profile: Profile
    scaler: str
    """A name of `scalers`."""
    objective_seconds: int = 15
    """D: tasks should start within this time."""
    heartbeat_seconds: int = 10
    """How often workers report, in step with their start."""
    start_seconds: float = 4
    """From a pod's node to a worker that is ready, about."""
    seed: int = 1

    @property
    def name(self) -> str:
        """The run's folder; different for different plans."""
        conditions = f"D{self.objective_seconds}-hb{self.heartbeat_seconds}-start{self.start_seconds:g}"
        return f"{self.profile.name}-{self.scaler}-{conditions}-{self.seed}"

    def arrivals(self) -> list[Arrival]:
        """The load, the same for all that have the seed."""
        return self.profile.draw(Random(self.seed))  # noqa: S311 - a load, no secret

    def as_json(self) -> dict[str, Any]:
        """For the run's folder."""
        return {**asdict(self), "profile": self.profile.name, "load": self.profile.summary}
