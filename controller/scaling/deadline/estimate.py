"""What each step of the law gives: a value, and why it is what it is."""

from dataclasses import dataclass

from controller.scaling.reasons import StepReason


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity with its reason and, in words, its numbers."""

    value: float
    reason: StepReason
    message: str
