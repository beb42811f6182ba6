"""Which pods a scale-down stops, on real parts: tasks longer than the grace period, and a load that falls."""

import asyncio
from typing import Final

import pytest
from temporalio.client import Client

from bench.idle_first import DEPLOYMENT, FALLING, POOL, LongTasks
from examples.work import ActivityReport
from tests.system.place import Place

LONG: Final = LongTasks(step_seconds=10.0, grace_seconds=5)
"""`python -m bench.idle_first` plays it with tasks of 60 s and more, and compares it with one that is blind."""


def play(place: Place) -> tuple[ActivityReport, ...]:
    """Plays the falling load to its end."""

    async def work() -> tuple[ActivityReport, ...]:
        client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
        return await LONG.play(client)

    return asyncio.run(work())


@pytest.mark.usefixtures("operator")
def test_no_task_is_cut_short_while_the_load_falls(place: Place) -> None:
    """The pool goes down to zero with no work cut short, and says what to fix for a busier way."""
    place.apply(*LONG.manifests(place.cluster.temporal_address, place.temporal_namespace, "Auto"))
    reports = play(place)
    unsafe = place.conditions(POOL)["TargetSafe"]
    place.wait_for_zero(DEPLOYMENT)
    assert len(reports) == sum(FALLING)
    assert not any(report.cut_short for report in reports)
    removals = [action for action in place.status(POOL)["scaleActions"] if action["to"] < action["from"]]
    steps = sum(action.get("count", 1) for action in removals)
    assert steps >= 2, "the load fell in steps, so it was not one removal at the end"
    assert (unsafe["status"], unsafe["reason"]) == ("False", "GracePeriodTooShort")
    assert "taskDurationSeconds.max is 40 s" in unsafe["message"]
    assert "terminationGracePeriodSeconds: 55" in unsafe["message"]
