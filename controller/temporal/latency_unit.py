"""In which unit a metric of latencies is: it depends on the SDK and its options, and only some of them name it."""

from collections.abc import Collection
from math import inf
from typing import Final

_MILLISECOND: Final = 0.001

_NAMED: Final = {"seconds": 1.0, "milliseconds": _MILLISECOND}
"""Units in seconds, by the end of the metric's name. The SDKs for Go and Java name seconds there."""

_MILLISECOND_BUCKETS: Final = (
    (50, 100, 500, 1000, 5000, 10_000, 60_000),
    (1, 10, 20, 50, 100, 200, 500, 1000),
    (50, 100, 500, 1000, 2500, 10_000),
    (100, 500, 1000, 5000, 10_000, 100_000, 1_000_000),
)
"""Upper bounds of the buckets that SDKs built on Core (Python, TypeScript, .NET, Ruby) give execution latencies and, in
the last row, schedule-to-start latencies, in milliseconds. With durations in seconds they are a thousandth of these;
the name of the metric stays."""


def seconds_per_unit(name: str, bounds: Collection[float]) -> float | None:
    """How many seconds one unit of a metric is.

    Args:
        name: Of the metric, without what follows for its parts (`_sum`, `_count`).
        bounds: Upper bounds of its buckets.

    Returns:
        `None` where neither name nor buckets tell: a guess would be wrong by a factor of a thousand.
    """
    if unit := _NAMED.get(name.rpartition("_")[2]):
        return unit
    finite = sorted(bound for bound in bounds if bound < inf)
    for known in _MILLISECOND_BUCKETS:
        for unit in (_MILLISECOND, 1.0):
            if finite == [round(bound * _MILLISECOND / unit, 9) for bound in known]:
                return unit
    return None
