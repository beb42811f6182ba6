"""The page of a real operator: what it shows is what the status says, and a deleted pool is gone from it."""

import json
from typing import Any

from localcluster.operator_process import OperatorProcess
from localcluster.ports import LOOPBACK, free_ports
from tests.support.cluster import wait_for
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

QUEUES: list[Object] = [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5}]}]


LATER = 9_999_999_999
"""A time by which the last decision is still in force."""


def decided(decision: Object) -> list[Any]:
    """What a decision came to, with each step; numbers in the messages drift."""
    steps = [(step["rule"], step["reason"], step.get("after")) for step in decision.get("steps", [])]
    return [decision.get("desired", decision.get("desiredReplicas")), *steps]


def test_the_page_shows_a_pool_as_its_status_does_until_it_is_deleted(place: Place) -> None:
    """By the option of the command, on loopback."""
    (port,) = free_ports(1)
    path = f"/api/pools/{place.namespace}/orders"
    place.apply(deployment(), pool(place, minReplicas=1, taskQueues=QUEUES))
    with operator_of(place, "--page-port", str(port)) as operator:
        page = OperatorProcess(operator.child, f"http://{LOOPBACK}:{port}")

        def shows_the_status() -> bool:
            decision = json.loads(page.get(f"{path}?at={LATER}") or "{}").get("decision", {})
            return decided(decision) == decided(place.status("orders").get("lastDecision", {}))

        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the first replica")
        wait_for(shows_the_status, PATIENCE_SECONDS, "the page to show what the status says")
        assert "<title>Temporal worker pools</title>" in (page.get("/") or "")
        place.cluster.kubectl("delete", "twp", "orders", "--namespace", place.namespace)
        wait_for(lambda: page.get(path) is None, PATIENCE_SECONDS, "the page to forget the pool")
