"""Two replicas of the operator: one scales, the other stands by, ready, and takes over."""

import signal
import time
from datetime import datetime

from localcluster.operator_process import ACCOUNT, running_operator
from tests.support.cluster import wait_for
from tests.system.operators import metrics, operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

TAKEN_OVER_SECONDS = 20
"""Within this time after the leader was killed."""

QUEUES: list[Object] = [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5}]}]
"""Without a variable: the replicas are all that is written to the Deployment."""


def lease(place: Place) -> Object:
    """The Lease of the operators for a place."""
    found: Object = place.cluster.read("lease", ACCOUNT, f"temporal-worker-pools.{place.namespace}")["spec"]
    return found


def test_a_killed_leader_is_followed_and_each_number_is_written_once(place: Place) -> None:
    """What the first left in the status is what the second goes on with."""
    place.apply(deployment(), pool(place, minReplicas=1, taskQueues=QUEUES))
    scope = "--namespace", place.namespace
    with operator_of(place) as first:
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the first replica")
        with running_operator(place.cluster, f"second-{place.namespace}", *scope) as second:
            assert second.get("/readyz") == "ok"
            assert not [name for name in metrics(second) if name.startswith("temporal_worker_pool_replicas{")]
            first.child.process.send_signal(signal.SIGKILL)
            killed_at = time.time()
            place.patch("twp", "orders", {"spec": {"minReplicas": 2}})
            wait_for(lambda: place.replicas("orders") == 2, PATIENCE_SECONDS, "the second one to scale")
            held = lease(place)
            assert datetime.fromisoformat(held["acquireTime"]).timestamp() - killed_at < TAKEN_OVER_SECONDS
            assert held["leaseTransitions"] == 1
            wait_for_passes(second, 2)
            found, actions = place.get("deployment", "orders"), place.status("orders")["scaleActions"]
            # Made with 1, then each replica's one change, and the annotation that names the pool.
            assert found["metadata"]["generation"] == 4
            assert (actions[0]["from"], actions[-1]["to"], sum(a.get("count", 1) for a in actions)) == (0, 2, 2)


def test_a_leader_that_is_told_to_end_hands_over_at_once(place: Place) -> None:
    """As in a rolling update."""
    place.apply(deployment(), pool(place, minReplicas=1, taskQueues=QUEUES))
    with operator_of(place) as first:
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "the first replica")
    assert first.child.process.wait(60) == 0
    assert lease(place)["holderIdentity"] == ""
