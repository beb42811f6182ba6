"""A file lock between processes: a process that ends in whatever way releases it."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.progress import REPORT_SECONDS, duration

POLL_SECONDS = 0.2
"""Pause between two tries."""


@contextmanager
def exclusive(lock_file: Path, holder: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock; while another process has it, say so every `REPORT_SECONDS`.

    Args:
        lock_file: Created if absent, and left there: removing it would let two processes lock two files of one name.
        holder: Who is being waited for, as in "Waiting for <holder>".
        say: Called with when and for how long it waits.
    """
    with lock_file.open("w") as file:
        started = time.monotonic()
        reported = -REPORT_SECONDS
        while not try_lock(file.fileno()):
            waited = time.monotonic() - started
            if waited - reported >= REPORT_SECONDS:
                say(f"Waiting for {holder} ({duration(waited)}).")
                reported = waited
            time.sleep(POLL_SECONDS)
        yield


def try_lock(descriptor: int) -> bool:
    """Locks an open file unless another process has it locked; whether it did."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
