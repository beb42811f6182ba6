"""The times that the law reckons with."""

from dataclasses import dataclass


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
