"""The exit statuses of `twp`: one set for all commands, for pipelines; docs/cli.md has it as a table."""

from enum import IntEnum
from typing import Self


class ExitStatus(IntEnum):
    """What the process ends with.

    Attributes:
        meaning: What it says, as a sentence for the table of the docs.
    """

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Makes one row: its number and meaning."""
        status = int.__new__(cls, value)
        status._value_, status.meaning = value, meaning
        return status

    OK = 0, "Done, and the answer is yes: ready, met, the same, valid."
    NO = 1, "Done, and the answer is no: a pool is not ready, a check failed, two things differ, a manifest is invalid."
    USAGE = 2, "The command line or a file that it names can't be used."
    UNKNOWN = (
        3,
        "It is not known yet, or not any more: the condition Ready is Unknown or missing, or a check could not run.",
    )
    UNREACHABLE = 4, "The API server does not answer, or does not accept the credentials."
    FORBIDDEN = 5, "A permission is missing without which the command is of no use; the message names it."
    NOT_FOUND = 6, "There is no such pool, no pool at all, or no CRD."
    REFUSED = 7, "The API server refused a change: validation, a policy, or a change of the object in between."
    INTERRUPTED = 130, "Ended by Ctrl-C."
