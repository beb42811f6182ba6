"""A pool that can't be scaled: one Event, a condition that says what to do, and recovery without a restart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import log_lines, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.relay import Relay, relay_to
from tests.system.workloads import deployment, pool

TWO_CONTAINERS = ("worker", "proxy")


@dataclass(frozen=True)
class BadInput:
    """A pool that cannot be scaled, and how that ends."""

    pool: Object
    deployment: Object | None
    condition: str
    reason: str
    words: tuple[str, ...]
    """What the message must contain: what, where, what to do."""
    fix: Callable[[], None]

    @property
    def name(self) -> str:
        """Name of the pool and of its Deployment."""
        return str(self.pool["metadata"]["name"])


def bad_inputs(place: Place, relay: Relay) -> list[BadInput]:
    """All of them: Deployment and container that can't be used, Temporal that can't be asked."""
    later = f"{place.temporal_namespace}-later"
    right_name = {"spec": {"containerName": "worker"}}
    return [
        BadInput(
            pool(place, "no-deployment"),
            None,
            "TargetFound",
            "TargetNotFound",
            (f"Namespace {place.namespace} has no Deployment no-deployment", "Create it, or correct scaleTargetRef"),
            lambda: place.apply(deployment("no-deployment")),
        ),
        BadInput(
            pool(place, "no-container", containerName="wroker"),
            deployment("no-container", containers=TWO_CONTAINERS),
            "TargetFound",
            "ContainerNotFound",
            ("Deployment no-container has no container wroker", "(it has worker, proxy)", "Correct containerName"),
            lambda: place.patch("twp", "no-container", right_name),
        ),
        BadInput(
            pool(place, "two-containers"),
            deployment("two-containers", containers=TWO_CONTAINERS),
            "TargetFound",
            "ContainerNameRequired",
            ("Deployment two-containers has several containers (worker, proxy)", "Set containerName"),
            lambda: place.patch("twp", "two-containers", right_name),
        ),
        BadInput(
            pool(place, "temporal-down", connection={"address": relay.address}),
            deployment("temporal-down", replicas=1),
            "Connected",
            "ConnectionRefused",
            (relay.address, "task queue `orders`", "correct the port"),
            relay.open,
        ),
        BadInput(
            pool(place, "no-temporal-namespace", temporalNamespace=later),
            deployment("no-temporal-namespace"),
            "Connected",
            "TemporalNamespaceNotFound",
            (later, "correct temporalNamespace, or register it"),
            lambda: place.cluster.create_temporal_namespace(later),
        ),
    ]


def test_bad_input_is_announced_once_and_fixed_without_a_restart(place: Place, operator: OperatorProcess) -> None:
    """The Deployment is left as it is until the pool can be scaled, and then all is well again."""
    with relay_to(place.cluster.temporal_address) as relay:
        cases = bad_inputs(place, relay)
        place.apply(*(case.deployment for case in cases if case.deployment), *(case.pool for case in cases))
        for case in cases:
            place.wait_for_reason(case.name, case.condition, case.reason)
        wait_for_passes(operator, len(cases))
        for case in cases:
            assert_told_once_and_nothing_touched(place, case)
        for case in cases:
            case.fix()
        for case in cases:
            place.wait_for_reason(case.name, "Ready", "Autoscaling")
            assert place.conditions(case.name)[case.condition]["status"] == "True"


def assert_told_once_and_nothing_touched(place: Place, case: BadInput) -> None:
    """One Event, the same words in the condition and in `Ready`, and the Deployment as it was applied."""
    conditions = place.conditions(case.name)
    reported, ready = conditions[case.condition], conditions["Ready"]
    assert (reported["status"], reported["reason"]) == ("False", case.reason)
    assert [word for word in case.words if word not in reported["message"]] == []
    assert (ready["status"], ready["reason"], ready["message"]) == ("False", case.reason, reported["message"])
    events = [(event["type"], event["reason"], event["message"]) for event in place.events(case.name)]
    assert events == [("Warning", case.reason, reported["message"])]
    if case.deployment:
        found = place.get("deployment", case.name)
        assert found["metadata"]["generation"] == 1
        assert found["spec"]["replicas"] == case.deployment["spec"]["replicas"]


def test_a_failing_pool_is_tried_again_less_and_less_often(place: Place, operator: OperatorProcess) -> None:
    """The pause doubles from 5 s on, less a tenth of jitter, up to the pool's own interval."""
    with relay_to(place.cluster.temporal_address) as relay:
        place.apply(deployment(), pool(place, connection={"address": relay.address}, pollingIntervalSeconds=60))
        times = wait_for(lambda: first_looks(operator, 3), PATIENCE_SECONDS, "3 looks at the pool")
    first, second = times[1] - times[0], times[2] - times[1]
    assert (first >= 4.5, second >= 9) == (True, True)


def first_looks(operator: OperatorProcess, count: int) -> list[float]:
    """When the first looks at pools with a Deployment ended; nothing while there were fewer."""
    looks = [line["timestamp"] for line in log_lines(operator) if line["event"] == "decided"]
    return [datetime.fromisoformat(timestamp).timestamp() for timestamp in looks[:count]] if len(looks) >= count else []
