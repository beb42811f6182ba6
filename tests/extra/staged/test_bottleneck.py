"""Step 2 of the deadline policy on real servers: is something else the bottleneck?"""

from typing import Any

import pytest

from examples.burst.result import BurstPlan
from examples.unified.shared import TASK_QUEUE
from examples.unified.start import TARGET as UNIFIED
from examples.work import Batch
from tests.support.cluster import wait_for
from tests.system.load import limit_rate, running_burst, running_stream
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_POOL, unified


def by_deadline(place: Place, seconds: int, **spec: Any) -> list[Object]:
    """The unified example, in which tasks should start within some seconds, at the policy's own rate."""
    manifests = unified(place, objective={"scheduleToStartSeconds": seconds}, **spec)
    for manifest in manifests:
        if manifest["kind"] == "TemporalWorkerPool":
            del manifest["spec"]["behavior"]
    return manifests


def wait_for_step(place: Place, rule: str, reason: str, desired: tuple[int, ...]) -> Object:
    """Wait until the last decision has a step with a reason and recommends one of some numbers, and give the step."""

    def look() -> Object:
        decision = place.status(UNIFIED_POOL)["lastDecision"]
        for step in decision["steps"]:
            if (step["rule"], step["reason"]) == (rule, reason) and decision["desiredReplicas"] in desired:
                found: Object = step
                return found
        raise LookupError(f"{decision['desiredReplicas']} replicas: {decision['steps']}")

    return wait_for(look, PATIENCE_SECONDS, f"{rule} to say {reason} with {desired} replicas")


@pytest.mark.usefixtures("operator")
def test_a_rate_limit_on_the_queue_is_no_reason_for_replicas(place: Place) -> None:
    """160 activities wait, the server hands out 2 a second: one replica with 5 slots does all that gets through."""
    limit_rate(place, TASK_QUEUE, 2)
    place.apply(*by_deadline(place, 20, maxReplicas=6))
    plan = BurstPlan(8, Batch(20, 0.5), timeout_seconds=240)
    with running_burst(place, UNIFIED, plan):
        step = wait_for_step(place, "Bottleneck", "RateLimited", desired=(1,))
        assert "a rate limit lets" in step["message"]


@pytest.mark.usefixtures("operator")
def test_workers_that_are_short_of_pollers_get_replicas_all_the_same(place: Place) -> None:
    """Each replica has 100 slots, and one poller that fills almost none of them: an experiment finds that more help."""
    manifests = by_deadline(place, 20, maxReplicas=4, taskDurationSeconds={"typical": 0.05})
    for manifest in manifests:
        if manifest["kind"] == "TemporalWorkerPool":
            activity = next(t for t in manifest["spec"]["taskQueues"][0]["tasks"] if t["type"] == "Activity")
            activity["slots"] = 100
        elif manifest["kind"] == "Deployment":
            container = manifest["spec"]["template"]["spec"]["containers"][0]
            container["command"] = ["python", "-m", "tests.system.one_poller_worker"]
    place.apply(*manifests)
    plan = BurstPlan(80, Batch(14, 0.05), timeout_seconds=300)
    with running_stream(place, UNIFIED, plan, seconds=160):
        step = wait_for_step(place, "Bottleneck", "PollerLimited", desired=(3, 4))
        assert "pollers are the bottleneck" in step["message"]
