"""The main job of the demo: apply the example, load it with a burst, and watch until it is back at zero."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from temporalio.client import Client

from examples.burst.result import BurstPlan, BurstProgress, BurstResult
from examples.burst.run import run_burst
from examples.manifests import load_manifests
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.demo.display import Display
from localcluster.demo.timeline import Timeline, Watcher
from localcluster.demo.verdict import Verdict
from localcluster.errors import LocalClusterError

NAMESPACE: Final = "twp-demo"
POOL: Final = "data-processing"
PLAN: Final = BurstPlan(workflows=24, batch=Batch(activities=15, activity_seconds=1.5), timeout_seconds=200)
"""360 activities of 1.5 s: 540 slot-seconds, about 18 s for 6 replicas with 5 slots."""

QUIET_SECONDS: Final = 6.0
"""How long the sleeping pool is shown before the burst."""

BACK_TO_ZERO_SECONDS: Final = 120.0
"""How long the way back may take after the last task; 55 s were measured, 30 of them until the rates are zero."""

LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Temporal:
    """Where the Temporal server is."""

    address: str
    namespace: str = "default"


def apply_example(kubectl: Callable[..., str], temporal: Temporal) -> None:
    """Apply the unified example with no replicas, pointed at the Temporal server."""
    objects = load_manifests(
        "unified", temporal_host=temporal.address, temporal_namespace=temporal.namespace, replicas=0
    )
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    kubectl("apply", "-f", "-", input=json.dumps(namespace))
    kubectl(
        "apply", "-n", NAMESPACE, "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    )


async def play(watcher: Watcher, display: Display, temporal: Temporal) -> Verdict:
    """Show the sleeping pool, start the burst, and watch until replicas are back at 0 or the time is over."""
    timeline, progress = Timeline(), BurstProgress()
    client = await Client.connect(temporal.address, namespace=temporal.namespace)
    watching = asyncio.create_task(_watch(watcher, display, timeline, progress))
    try:
        await _sleep_while(watching, QUIET_SECONDS)
        burst_at = timeline.seconds
        display.say(f"A burst: {PLAN.workflows} workflows, {PLAN.activities} activities of 1.5 s in all.")
        result = await _run_burst(client, progress, watching)
        display.say(f"All work is done or given up after {timeline.seconds - burst_at:.0f} s; now the way back to 0.")
        await _back_to_zero(timeline, watching)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return Verdict(result, timeline, burst_at)


async def _watch(watcher: Watcher, display: Display, timeline: Timeline, progress: BurstProgress) -> None:
    while True:
        actions = await asyncio.to_thread(watcher.sample, timeline)
        work = f"{progress.completed} of {PLAN.workflows} workflows done" if progress.started else "no work yet"
        display.show(timeline.samples[-1], actions, work)
        await asyncio.sleep(LOOK_SECONDS)


async def _run_burst(client: Client, progress: BurstProgress, watching: asyncio.Task[None]) -> BurstResult:
    def follow(now: BurstProgress) -> None:
        progress.started, progress.completed, progress.failed = now.started, now.completed, now.failed

    burst = asyncio.create_task(run_burst(client, TARGET, PLAN, follow))
    await asyncio.wait({burst, watching}, return_when=asyncio.FIRST_COMPLETED)
    _ensure_watching(watching)
    return await burst


async def _back_to_zero(timeline: Timeline, watching: asyncio.Task[None]) -> None:
    deadline = timeline.seconds + BACK_TO_ZERO_SECONDS
    while timeline.samples[-1].replicas > 0 and timeline.seconds < deadline:
        await _sleep_while(watching, LOOK_SECONDS)


async def _sleep_while(watching: asyncio.Task[None], seconds: float) -> None:
    await asyncio.wait({watching}, timeout=seconds)
    _ensure_watching(watching)


def _ensure_watching(watching: asyncio.Task[None]) -> None:
    if watching.done() and (error := watching.exception()):
        raise LocalClusterError(f"The demo cannot read the cluster any more: {error}") from error
