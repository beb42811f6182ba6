"""The times that the law reckons with."""

from dataclasses import dataclass

DEADLINE_SHARE = 0.9
"""Share of the objective that is planned with: the rest is for what was not foreseen."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law is told by spec and pods, in seconds."""

    objective_seconds: float
    """D"""
    start_up_seconds: float
    """L"""
    reaction_seconds: float
    """h"""
    prior_seconds: float
    """Service time to reckon with before one was measured."""

    @property
    def deadline_seconds(self) -> float:
        """D as it is planned with."""
        return DEADLINE_SHARE * self.objective_seconds

    @property
    def orders_are_late(self) -> bool:
        """Whether what is ordered when tasks arrive is ready too late for them: D < h."""
        return self.objective_seconds < self.reaction_seconds
