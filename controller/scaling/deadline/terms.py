"""The times that a need is judged by."""

from dataclasses import dataclass

from controller.scaling.server_times import CACHE_SECONDS

DEADLINE_SHARE = 0.9
"""Share of the objective that is planned with: the rest is for what was not foreseen."""

FASTEST_POLL_SECONDS = CACHE_SECONDS + 0.2
"""The server gives the same answer for 5 s (1.29 and later): a poll that comes sooner costs another whole interval."""

POLLS_IN_TIME = 3.0
"""A pool is polled so often that a third of the time in which an order can help has passed when tasks are seen."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What spec and pods say about times, in seconds."""

    objective_seconds: float
    """D"""
    start_up_seconds: float
    """L: what a start takes."""
    prior_seconds: float
    """Service time to reckon with before one was measured."""
    hinted: bool = False
    """Whether the owner said that, by `taskDurationSeconds.typical`."""
    next_poll_seconds: float = FASTEST_POLL_SECONDS
    """When is polled again while tasks wait."""

    @property
    def deadline_seconds(self) -> float:
        """D as it is planned with."""
        return DEADLINE_SHARE * self.objective_seconds

    @property
    def reaction_seconds(self) -> float:
        """h: until what happens now is seen, ordered and ready."""
        return self.start_up_seconds + self.next_poll_seconds

    @property
    def orders_are_late(self) -> bool:
        """Whether what is ordered when tasks arrive is ready too late for them: D < h."""
        return self.objective_seconds < self.reaction_seconds

    @property
    def idle_poll_seconds(self) -> float:
        """How often is polled while nothing is to be done: so that what arrives then can be served in time."""
        return max(FASTEST_POLL_SECONDS, (self.deadline_seconds - self.start_up_seconds) / POLLS_IN_TIME)
