"""What a failure of a Temporal server means, in words for the person who has to mend it."""

from dataclasses import dataclass

from controller.api.conditions import Reason


@dataclass(frozen=True, slots=True)
class TemporalFailure:
    """Why Temporal could not be read."""

    reason: Reason
    """The reason of the condition `Connected`."""
    message: str
    """What happened, where (address, Temporal namespace, task queue), and what to do."""
