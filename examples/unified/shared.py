"""Names and inputs that the worker and the clients of data processing agree on."""

from dataclasses import dataclass

TASK_QUEUE = "data-processing"


@dataclass(frozen=True)
class Chunk:
    """Input of `process_chunk`.

    Attributes:
        number: Position in the batch, from 0.
        seconds: How long it takes to process.
    """

    number: int
    seconds: float
