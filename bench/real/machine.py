"""Whether the machine had time for a run: what is measured on a machine that is busy with other things says nothing."""

import asyncio
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.real.result import percentile

TICK_SECONDS: Final = 0.1

LATE_SECONDS: Final = 0.25
"""A run is disturbed when one of 100 timers of this process came later than this."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine was during a run."""

    load_average: float
    """Of the last minute, mean of the run."""
    idle_share: float
    """Of the CPU time; niced programs of others take it without disturbing much."""
    nice_share: float
    """CPU time of programs with a lower priority."""
    late_p99: float
    """Seconds by which timers of this process came too late."""
    late_max: float

    @property
    def disturbed(self) -> bool:
        """Whether the run should be repeated."""
        return self.late_p99 > LATE_SECONDS

    def as_json(self) -> dict[str, Any]:
        """For the run's folder."""
        return {**asdict(self), "disturbed": self.disturbed}


def cpu_ticks() -> list[int]:
    """What all CPUs did since the machine started: user, nice, system, idle, and the others of /proc/stat."""
    return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


@dataclass(slots=True)
class MachineWatch:
    """Watches the machine from its making on, while `follow` runs."""

    _late: list[float] = field(default_factory=list)
    _loads: list[float] = field(default_factory=list)
    _ticks: list[int] = field(default_factory=cpu_ticks)

    async def follow(self) -> None:
        """Note how late timers are, until cancelled."""
        while True:
            due = time.monotonic() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._late.append(max(time.monotonic() - due, 0))
            self._loads.append(os.getloadavg()[0])

    def machine(self) -> Machine:
        """How the machine was until now."""
        user, nice, system, idle, *others = (b - a for a, b in zip(self._ticks, cpu_ticks(), strict=True))
        total = max(user + nice + system + idle + sum(others), 1)
        late, loads = self._late or [0.0], self._loads or [0.0]
        return Machine(sum(loads) / len(loads), idle / total, nice / total, percentile(late, 0.99), max(late))
