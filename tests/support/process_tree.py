"""Processes as seen from outside, through /proc."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def descendants(pid: int) -> dict[int, str]:
    """All processes below one, those in sessions and namespaces of their own included: pid to start time."""
    children: dict[int, list[int]] = {}
    started = {}
    for process in _processes():
        if (status := _status(process)) is not None:
            children.setdefault(int(status[1]), []).append(process)
            started[process] = status[19]
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found[child] = started[child]
            waiting.append(child)
    return found


def still_running(processes: dict[int, str]) -> dict[int, str]:
    """Those of `descendants` that still run, with their command lines; a zombie doesn't run."""
    return {
        pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        for pid, started in processes.items()
        if (status := _status(pid)) is not None and status[0] != "Z" and status[19] == started
    }


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _status(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the command's name: state, parent, ..., start time (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


@contextmanager
def killed_at_the_end(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that a failing test doesn't wait for."""
    with process:
        try:
            yield process
        finally:
            process.kill()
