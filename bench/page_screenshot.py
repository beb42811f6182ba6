"""Draws docs/page.png: the page of a real operator, on a local cluster, while bursts of real tasks come and go.

Needs what `make test-extra` installs: chromium, and playwright, which drives it.
"""

import asyncio
import json
import math
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from PIL import Image
from playwright.async_api import async_playwright
from temporalio.client import Client

from examples.burst.result import BurstPlan
from examples.burst.run import run_burst
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.command_line import run_command
from localcluster.demo.scenario import NAMESPACE, POOL, Temporal, apply_example
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import install, running_operator
from localcluster.ports import LOOPBACK, free_ports
from localcluster.running import Options, running_cluster

PICTURE: Final = PROJECT_FOLDER / "docs" / "page.png"
WIDTH, HEIGHT = 1360, 900
COLOURS: Final = 96
"""Of the picture: text and lines need few."""

START_SECONDS: Final = 5.0
"""Time between two starts of workflows."""

MOST_WORKFLOWS: Final = 6
"""Of one start; every workflow has 15 activities of 1.5 s."""

WAVE_SECONDS: Final = 150.0
"""In which the load rises and falls once."""

app = typer.Typer(add_completion=False)


@app.command()
def draw(
    minutes: Annotated[float, typer.Option(help="How long the load goes on.", min=1)] = 7,
    picture: Annotated[Path, typer.Option(help="Where the picture goes.")] = PICTURE,
) -> None:
    """Run an operator under a real load, and take a picture of its page."""
    with running_cluster(Options(), typer.echo) as cluster:
        temporal = Temporal(cluster.temporal_address)
        install(cluster)
        apply_example(cluster.kubectl, temporal)
        (port,) = free_ports(1)
        with running_operator(cluster, "operator", "--namespace", NAMESPACE, "--page-port", str(port)):
            asyncio.run(_load(temporal, minutes * 60))
            asyncio.run(_photograph(f"http://{LOOPBACK}:{port}", picture))
    typer.echo(f"{picture}: {picture.stat().st_size} bytes")


async def _load(temporal: Temporal, seconds: float) -> None:
    """A load in waves."""
    client = await Client.connect(temporal.address, namespace=temporal.namespace)
    began, batch = time.monotonic(), Batch(activities=15, activity_seconds=1.5)
    async with asyncio.TaskGroup() as bursts:
        while (passed := time.monotonic() - began) < seconds:
            workflows = round(MOST_WORKFLOWS * math.sin(math.pi * passed / WAVE_SECONDS) ** 2)
            if workflows:
                plan = BurstPlan(workflows, batch, timeout_seconds=200)
                bursts.create_task(run_burst(client, TARGET, plan, lambda _: None))
            await asyncio.sleep(START_SECONDS)


async def _photograph(url: str, picture: Path) -> None:
    """The pool at the moment of its highest decision."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        await page.goto(f"{url}/#/{NAMESPACE}/{POOL}")
        await page.wait_for_selector("#steps li")
        await page.check("input[value='900']")
        await page.evaluate(f"moveTo({_peak(url)})")
        await page.wait_for_timeout(1000)
        await page.screenshot(path=picture)
        await browser.close()
    image = Image.open(picture).convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    image.save(picture, optimize=True)


def _peak(url: str) -> float:
    """When the most replicas were desired for the last time."""
    with urllib.request.urlopen(f"{url}/api/pools/{NAMESPACE}/{POOL}") as answer:  # noqa: S310 - always http
        decisions: list[dict[str, Any]] = json.load(answer)["decisions"]
    at: float = max(reversed(decisions), key=lambda decision: decision.get("desired", 0))["at"]
    return at + 1


if __name__ == "__main__":
    run_command(app)
