"""Whether more slots are worth a restart of every pod."""

from dataclasses import dataclass
from math import inf

from typing_extensions import override

from controller.scaling.slots.shortage import Late
from controller.scaling.text import counted

HORIZON_SECONDS = 600.0
"""How far the gain is reckoned ahead: until the slots may be changed again."""


@dataclass(frozen=True, slots=True)
class Gain:
    """The tasks that would get done within the horizon, of one kind."""

    without: float
    """With the slots as they are."""
    with_change: float
    """With more slots, restarts included."""

    @property
    def worth_it(self) -> bool:
        """Whether more would get done."""
        return self.with_change > self.without

    @override
    def __str__(self) -> str:
        """For a sentence."""
        figures = f"{counted(round(self.with_change), 'task')} instead of {self.without:.0f}"
        return f"{figures} would get done within {HORIZON_SECONDS / 60:.0f} min, starts and drains included"


def gain(late: Late, slots: int, wanted: int, start_up_seconds: float) -> Gain:
    """What would get done with and without the change, in tasks.

    With N replicas, S slots each, all in use, R tasks are dispatched per second, so a task runs for T = N S / R
    (Little's law). In H seconds

        without = min(R H, W)      with = min(R S' / S max(0, H - L - T), W)      W = B + A H

    since what waits (B) and what comes (A per second) is all there is to do. A restarted pod loses what a start takes
    (L), and a drain (T), in which it takes no new tasks; a rolling update overlaps the two, so this is the cautious
    side. A backlog that the slots as they are work off within H is not worth a restart, and neither are tasks so long
    that draining them takes the horizon.

    Args:
        late: The tasks that start too late.
        slots: S.
        wanted: S'.
        start_up_seconds: L.
    """
    seconds = late.service_seconds
    lost = inf if seconds is None else start_up_seconds + seconds
    work = late.backlog + late.add_rate_per_second * HORIZON_SECONDS
    rate = late.dispatch_rate_per_second
    without = min(rate * HORIZON_SECONDS, work)
    return Gain(without, min(rate * wanted / slots * max(0.0, HORIZON_SECONDS - lost), work))
