"""What the demo shows while it runs: a live table at a terminal, plain lines when piped."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from localcluster.demo.timeline import Action, Sample

SECONDS_BETWEEN_LINES = 5.0
"""Pause between two plain lines while no decision is made."""

COLUMNS = ("Time", "Backlog", "Slots in use", "Desired", "Replicas", "Ready")


class Display:
    """Shows samples and actions as they come."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._last_line = float("-inf")

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep a live table below what is printed, where the output is a terminal."""
        if not self._console.is_terminal:
            self._console.print("  ".join(COLUMNS))
            yield
            return
        with Live(console=self._console, auto_refresh=False) as self._live:
            yield
        self._live = None

    def say(self, line: str) -> None:
        """Print one line that stays."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def show(self, sample: Sample, actions: list[Action], work: str) -> None:
        """Show one sample.

        Args:
            sample: What there is.
            actions: The operator's actions since the last sample.
            work: How far the work is, in words.
        """
        for action in actions:
            self.say(f"{_clock(sample.seconds)}  Scaled {action.before} → {action.after}. {action.message}")
        if self._live:
            self._live.update(_table(sample, work), refresh=True)
        elif actions or sample.seconds - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = sample.seconds
            cells = zip(COLUMNS, _cells(sample), strict=True)
            self.say("  ".join(f"{cell:>{len(column)}}" for column, cell in cells) + f"  {work}")


def _table(sample: Sample, work: str) -> Group:
    table = Table(*COLUMNS)
    table.add_row(*_cells(sample))
    return Group(table, Text(f"Why:  {sample.reason}"), Text(f"Work: {work}"))


def _cells(sample: Sample) -> tuple[str, ...]:
    numbers = (sample.backlog, sample.slots_used, sample.desired, sample.replicas, sample.ready)
    return (_clock(sample.seconds), *("?" if number is None else str(number) for number in numbers))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"
