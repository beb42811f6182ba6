"""How far a build is, counted in what there is to do: its pace depends on the machine, and on what else runs there."""

import subprocess
import time
from collections.abc import Callable, Iterable, Sequence

from localcluster.processes import Child

REPORT_SECONDS = 15.0
"""Pause between two lines."""


def duration(seconds: float) -> str:
    """Seconds as a person says them: `45 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class CompileProgress:
    """Counts the packages that `go build -v` has begun to compile, of those that have to be."""

    def __init__(self, packages: Iterable[str]) -> None:
        self._packages = frozenset(packages)

    def of(self, lines: Sequence[str]) -> str:
        """How far it is, by the lines that it has printed so far."""
        begun = len(self._packages.intersection(lines))
        if begun == len(self._packages):
            return f"all {begun:,} packages compiled, linking"
        return f"{begun:,} of {len(self._packages):,} packages compiled"


def follow(child: Child, progress: Callable[[Sequence[str]], str], say: Callable[[str], None]) -> int:
    """Wait for a child, say how far it is by the lines of its log, and return its exit status."""
    while True:
        try:
            return child.process.wait(REPORT_SECONDS)
        except subprocess.TimeoutExpired:
            so_far = progress(child.log_file.read_text(errors="replace").splitlines())
            say(f"  {so_far} ({duration(time.monotonic() - child.started)})")
