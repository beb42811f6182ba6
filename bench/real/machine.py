"""Whether the machine had time for a run: what is measured on a machine that is busy with other things says nothing."""

import asyncio
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.real.result import percentile

PROBE_SECONDS: Final = 1.0

PROBE_CPU_SECONDS: Final = 0.01
"""How much CPU time each probe takes: a program that is busy for so long shows what share of a CPU it gets."""

ENOUGH_SHARE: Final = 0.6
"""Below this a run is disturbed: where it was 0.4, on a machine with 20 busy programs, requests took 6 s."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine was during a run."""

    load_average: float
    """Of the last minute, mean of the run."""
    idle_share: float
    """Of the CPU time; niced programs of others take it without disturbing much."""
    nice_share: float
    """CPU time of programs with a lower priority."""
    cpu_share: float
    """Of a CPU, what a program of this priority got while it was busy: mean of the probes."""
    cpu_share_p10: float
    """The same in the worst of ten probes; starting pods take their part of it."""

    @property
    def disturbed(self) -> bool:
        """Whether the run should be repeated."""
        return self.cpu_share < ENOUGH_SHARE

    def as_json(self) -> dict[str, Any]:
        """For the run's folder."""
        return {**asdict(self), "disturbed": self.disturbed}


def cpu_ticks() -> list[int]:
    """What all CPUs did since the machine started: user, nice, system, idle, and the others of /proc/stat."""
    return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def cpu_share(cpu_seconds: float = PROBE_CPU_SECONDS) -> float:
    """Keep a CPU busy for a moment, and give the share of the time in which this thread had one."""
    began, used = time.monotonic(), time.thread_time()
    while (taken := time.thread_time() - used) < cpu_seconds:
        pass
    return min(taken / max(time.monotonic() - began, cpu_seconds), 1.0)


@dataclass(slots=True)
class MachineWatch:
    """Watches the machine from its making on, while `follow` runs."""

    _shares: list[float] = field(default_factory=list)
    _loads: list[float] = field(default_factory=list)
    _ticks: list[int] = field(default_factory=cpu_ticks)

    async def follow(self) -> None:
        """Probe again and again, until cancelled."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            self._shares.append(cpu_share())
            self._loads.append(os.getloadavg()[0])

    def machine(self) -> Machine:
        """How the machine was until now."""
        user, nice, system, idle, *others = (b - a for a, b in zip(self._ticks, cpu_ticks(), strict=True))
        total = max(user + nice + system + idle + sum(others), 1)
        shares, loads = self._shares or [1.0], self._loads or [0.0]
        return Machine(
            sum(loads) / len(loads),
            idle / total,
            nice / total,
            sum(shares) / len(shares),
            percentile(shares, 0.1),
        )
