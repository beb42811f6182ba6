"""How much memory the history of a pool takes: docs/page.md promises 1,000 pools in 64 MB."""

import gc
import tracemalloc
from dataclasses import replace

from controller.page.history import History
from tests.page.simulated import burst

POOL_BYTES = 64_000
"""A thousandth of 64 MB."""


def test_a_pool_whose_history_is_full_takes_64_kb() -> None:
    """Seven hours of a load that goes up and down all the time, polled as often as that gets."""
    passes = burst()
    hours = passes[-1].at - passes[0].at + 15
    history = History()
    tracemalloc.start()
    try:
        for begins in range(0, 7 * 3600, round(hours)):
            for record in passes:
                events = (replace(event, at=event.at + begins, name=f"{begins}{event.name}") for event in record.events)
                history.record(replace(record, at=record.at + begins, events=tuple(events)))
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 40_000 < taken < POOL_BYTES
