"""What Prometheus and the kubelet get from the operator."""

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import metrics, passes
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import UNIFIED_POOL, deployment, pool, unified

PREFIX = "temporal_worker_pool_"


def test_the_probes_say_that_all_is_well(operator: OperatorProcess) -> None:
    """Health is the scheduler's pulse, readiness the copies of Deployments and pods; nothing else is served."""
    assert (operator.get("/healthz"), operator.get("/readyz"), operator.get("/")) == ("ok", "ok", None)


def test_metrics_have_what_status_has(place: Place, operator: OperatorProcess) -> None:
    """Replicas, bounds and conditions of the pool, the numbers of each task queue, and how the operator is doing."""
    place.apply(*unified(place, maxReplicas=1))
    # The activities outlast the test, so that the numbers stand still as soon as the workers have reported.
    with running_burst(place, TARGET, BurstPlan(2, Batch(6, PATIENCE_SECONDS))):
        labels = f'name="{UNIFIED_POOL}",namespace="{place.namespace}"'
        of_queue = f'{labels},task_queue="data-processing",task_type="Activity"'
        expected = {
            f"{PREFIX}desired_replicas{{{labels}}}": 1,
            f"{PREFIX}replicas{{{labels}}}": 1,
            f"{PREFIX}ready_replicas{{{labels}}}": 1,
            f"{PREFIX}min_replicas{{{labels}}}": 0,
            f"{PREFIX}max_replicas{{{labels}}}": 1,
            f'{PREFIX}condition{{{labels},status="true",type="Ready"}}': 1,
            f'{PREFIX}condition{{{labels},status="true",type="ScalingLimited"}}': 1,
            f'{PREFIX}scale_actions_total{{direction="up",{labels}}}': 1,
            f"{PREFIX}slots_used{{{of_queue}}}": 5,
            f"{PREFIX}backlog_tasks{{{of_queue}}}": 7,
        }

        def look() -> bool:
            found = metrics(operator)
            differing = {name: found.get(name) for name, value in expected.items() if found.get(name) != value}
            assert differing == {}
            return True

        wait_for(look, PATIENCE_SECONDS, "5 of 12 activities to run and 7 to wait")
        found = metrics(operator)
    assert 0 < found[f"{PREFIX}backlog_age_seconds{{{of_queue}}}"] < PATIENCE_SECONDS
    assert found[f"{PREFIX}tasks_add_rate_per_second{{{of_queue}}}"] > 0
    assert found[f"{PREFIX}tasks_dispatch_rate_per_second{{{of_queue}}}"] > 0
    assert passes(operator) > 0


def test_what_is_not_known_is_absent(place: Place, operator: OperatorProcess) -> None:
    """A pool without its Deployment has bounds and conditions, and no replicas, rather than zero or as they were."""
    labels = f'name="orders",namespace="{place.namespace}"'
    place.apply(deployment(replicas=1), pool(place))
    place.wait_for_reason("orders", "Ready", "Autoscaling")
    assert place.status("orders")["replicas"] == 1
    # A pass leaves its state once it is over, and that is a moment after its status.
    of_replicas = {f"{PREFIX}replicas{{{labels}}}", f"{PREFIX}ready_replicas{{{labels}}}"}
    wait_for(lambda: of_replicas <= metrics(operator).keys(), PATIENCE_SECONDS, "the replicas of the pool")
    assert metrics(operator)[f"{PREFIX}replicas{{{labels}}}"] == 1

    place.kubectl("delete", "deployment", "orders")
    place.wait_for_reason("orders", "Ready", "TargetNotFound")
    assert {"replicas", "readyReplicas", "inFlight"}.isdisjoint(place.status("orders"))
    wait_for(lambda: of_replicas.isdisjoint(metrics(operator)), PATIENCE_SECONDS, "replicas that are absent")
    found = metrics(operator)
    assert found[f"{PREFIX}max_replicas{{{labels}}}"] == 3
    assert found[f'{PREFIX}condition{{{labels},status="true",type="TargetFound"}}'] == 0
