"""Temporary folders that go away: at the end, or, after a `kill -9`, with the next one that is made."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.locks import try_lock

PREFIX = "temporal-worker-pools-"
"""Of the folders' names, in the system's folder for temporary files."""

_LOCK = "in-use.lock"


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A new folder, removed at the end; those of runs that were killed are removed first.

    The process that uses a folder holds a lock on a file in it, which the kernel drops when it ends in whatever way.
    """
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        # Locked before it gets its name, or another run could take the folder for an abandoned one.
        with (folder / f"{_LOCK}.new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(folder / _LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        if lock.stat().st_uid == os.getuid() and not _is_locked(lock):
            shutil.rmtree(lock.parent, ignore_errors=True)


def _is_locked(lock: Path) -> bool:
    with lock.open() as file:
        return not try_lock(file.fileno())
