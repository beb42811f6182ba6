"""Who scales a run: the operator, a constant number, or the published algorithm of another autoscaler as a stand-in."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from temporalio.service import RPCError

from bench.real.autoscalers import HPA_SYNC_SECONDS, HorizontalPodAutoscaler, KedaLoop, KedaSettings
from bench.real.cluster_view import Scale
from bench.real.plan import MAX_REPLICAS, SLOTS

OPERATOR: Final = "twp"

CONSTANT: Final = "constant-"
"""Followed by the number of replicas, which are ready when the load begins."""

KEDA: Final = {
    "keda-default": KedaSettings(),
    "keda-tuned": KedaSettings(SLOTS, polling_interval_seconds=5, cooldown_seconds=30, scale_down_window_seconds=30),
}
"""KEDA's algorithm at its defaults, and tuned for these workers."""

HPA: Final = "hpa-ramp"
"""The HPA alone on the backlog, with its default behaviour and `minReplicas: 0`: one step each 15 s."""

NAMES: Final = (OPERATOR, *KEDA, HPA)


@dataclass(frozen=True, slots=True)
class Target:
    """What a stand-in reads and sets."""

    scale: Scale
    backlog: Callable[[], Awaitable[int]]
    """Tasks that wait, all task types together, as the server reports it."""
    random: Random
    """For the time of the first poll: a load begins at any time within an interval."""


def is_known(name: str) -> bool:
    """Whether there is such a scaler."""
    return name in NAMES or constant_replicas(name) is not None


def constant_replicas(name: str) -> int | None:
    """The number of `constant-N`; `None` for any other scaler."""
    number = name.removeprefix(CONSTANT)
    return int(number) if name.startswith(CONSTANT) and number.isdecimal() else None


async def stand_in(name: str, target: Target) -> None:
    """Scale like another autoscaler until cancelled.

    Args:
        name: Of `KEDA`, or `HPA`.
        target: What is scaled.
    """
    if name == HPA:
        await _sync(target, HorizontalPodAutoscaler(KedaSettings().target_queue_size, 0, MAX_REPLICAS))
    settings = KEDA[name]
    hpa = HorizontalPodAutoscaler(
        settings.target_queue_size, 1, MAX_REPLICAS, scale_down_window_seconds=settings.scale_down_window_seconds
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(_poll(target, KedaLoop(settings)))
        group.create_task(_sync(target, hpa))


async def _poll(target: Target, loop: KedaLoop) -> None:
    async def scale(current: int, _existing: int, backlog: int) -> int:
        return loop.desired(backlog, current, time.monotonic())

    await _every(loop.settings.polling_interval_seconds, target, scale)


async def _sync(target: Target, hpa: HorizontalPodAutoscaler) -> None:
    async def scale(current: int, existing: int, backlog: int) -> int:
        return hpa.desired(backlog, current, existing, time.monotonic())

    await _every(HPA_SYNC_SECONDS, target, scale)


async def _every(seconds: float, target: Target, scale: Callable[[int, int, int], Awaitable[int]]) -> None:
    """Ask a policy for the replicas again and again; where Temporal doesn't answer they stay, as without `fallback`."""
    await asyncio.sleep(target.random.uniform(0, seconds))
    while True:
        try:
            backlog = await target.backlog()
        except RPCError:
            backlog = None
        current, existing = await target.scale.read()
        if backlog is not None and (wanted := await scale(current, existing, backlog)) != current:
            await target.scale.write(wanted)
        await asyncio.sleep(seconds)
