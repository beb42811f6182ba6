"""What people see of pools in kubectl, on a real API server."""

import json
import re
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from controller.api.condition_reasons import Ready
from controller.api.conditions import ConditionType
from controller.api.crd import UNOBSERVED, worker_pool_crd
from controller.api.model import TaskType
from controller.api.status import (
    Condition,
    DecisionStep,
    EvidenceSource,
    InFlightStatus,
    LastDecision,
    OperatorStatus,
    ScaleActionStatus,
    TaskQueueStatus,
    TaskStatus,
    TemporalWorkerPoolStatus,
)
from controller.operator.report.summary import TABLE
from localcluster.cluster import LocalCluster
from tests.api.pools import FULL, SMALLEST, changed, pool
from tests.api.schema_walk import nodes
from tests.support.waiting import wait_for

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STATUS = TemporalWorkerPoolStatus(
    observed_generation=1,
    conditions=(
        Condition(
            type=ConditionType.READY,
            status=Ready.AUTOSCALING.status,
            observed_generation=1,
            last_transition_time=NOON,
            reason=Ready.AUTOSCALING,
            message="Replicas of worker follow the backlog of 1 task queue.",
        ),
    ),
    replicas=2,
    ready_replicas=1,
    desired_replicas=4,
    backlog=20,
    oldest_task_time=NOON,
    last_reconcile_time=NOON,
    operator=OperatorStatus(identity="temporal-worker-pools-0", version="0.1.0"),
    replica_summary="1/4/5",
    in_flight=InFlightStatus(source=EvidenceSource.HEARTBEATS, slots_used=10),
    task_queues=(
        TaskQueueStatus(
            name="orders",
            tasks=(
                TaskStatus(
                    type=TaskType.ACTIVITY,
                    backlog=20,
                    backlog_age_seconds=250,
                    slots_used=10,
                    slots_per_replica=10,
                    add_rate_per_second=1.5,
                    dispatch_rate_per_second=0.25,
                ),
            ),
        ),
    ),
    last_decision=LastDecision(
        time=NOON,
        desired_replicas=4,
        steps=(
            DecisionStep(rule="Demand", reason="BacklogPerReplica", message="backlog 20, 5 per replica", after=4),
            DecisionStep(rule="Bounds", reason="DesiredWithinRange", message="4 is within 1 and 5", before=4, after=4),
        ),
    ),
    last_scale_time=NOON,
    scale_actions=(ScaleActionStatus(time=NOON, from_=2, to=4, reason="BacklogPerReplica", message="backlog 20"),),
    memory={"version": 1, "anything": {"deep": [1, 2.5, "three"]}},
)
OBJECTS = [
    path
    for path, node in nodes(worker_pool_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    if "properties" in node and not path.endswith("[]")
]


def schema_at(path: str) -> dict[str, Any]:
    """The schema of the fields at a path, those of its items for a list."""
    schema = dict(nodes(worker_pool_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]))
    return schema[path]["items"] if "items" in schema[path] else schema[path]


def get(served: LocalCluster, namespace: str) -> dict[str, Any]:
    """The pool named orders as it is stored."""
    stored: dict[str, Any] = json.loads(served.kubectl("get", "twp", "orders", "-n", namespace, "-o", "json"))
    return stored


@pytest.fixture
def running_pool(served: LocalCluster, kubernetes_namespace: str) -> str:
    """The namespace of a pool named orders that has a full status."""
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(pool(SMALLEST)))
    patch = json.dumps({"status": STATUS.to_manifest()})
    served.kubectl(
        "patch", "twp", "orders", "-n", kubernetes_namespace, "--subresource=status", "--type=merge", "-p", patch
    )
    return kubernetes_namespace


def test_status_comes_back_as_it_was_written(served: LocalCluster, running_pool: str) -> None:
    """The API server drops no field of the models and refuses no value; memory keeps its own shape."""
    stored = get(served, running_pool)
    assert TemporalWorkerPoolStatus.from_manifest(stored["status"]) == STATUS
    assert stored["status"] == STATUS.to_manifest()


def test_status_can_not_be_applied_with_the_spec(served: LocalCluster, kubernetes_namespace: str) -> None:
    """Status is a subresource: a manifest in Git does not overwrite what the operator observed."""
    applied = pool(SMALLEST) | {"status": {"replicas": 99}}
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(applied))
    stored = get(served, kubernetes_namespace)
    assert stored["status"] == UNOBSERVED


def test_get_shows_what_is_wrong_and_how_old_it_is_in_one_line(served: LocalCluster, running_pool: str) -> None:
    """Without a header of two words, so that `awk` can count columns; the oldest task and the operator grow older."""
    header, row = served.kubectl("get", "twp", "-n", running_pool).splitlines()
    assert header.split() == ["NAME", "READY", "REASON", "REPLICAS", "BACKLOG", "OLDEST", "RECONCILED", "AGE"]
    *cells, oldest, reconciled, age = row.split()
    assert cells == ["orders", "True", "Autoscaling", "1/4/5", "20"]
    assert re.fullmatch("[0-9]+[a-z]([0-9]+[a-z])?", age)
    assert oldest == reconciled, "both are of the same time, and shown as an age"
    assert len(row.rstrip()) <= 100


def test_get_is_no_wider_than_a_terminal_with_ordinary_names(served: LocalCluster, running_pool: str) -> None:
    """Of a pool of 16 characters with up to 999 replicas, and any reason of up to 18 characters."""
    reason = max((row.reason for row in TABLE if len(row.reason) <= 18), key=len)
    name, ready = "payments-workers", STATUS.conditions[0].model_copy(update={"reason": reason})
    status = STATUS.model_copy(update={"conditions": (ready,), "replica_summary": "999/999/999", "backlog": 123_456})
    named = pool(SMALLEST) | {"metadata": {"name": name}}
    served.kubectl("apply", "-n", running_pool, "-f", "-", input=json.dumps(named))
    patch = json.dumps({"status": status.to_manifest()})
    served.kubectl("patch", "twp", name, "-n", running_pool, "--subresource=status", "--type=merge", "-p", patch)
    lines = served.kubectl("get", "twp", "-n", running_pool).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100


def test_the_rest_is_shown_with_wide(served: LocalCluster, running_pool: str) -> None:
    """What a person asks for who has seen the reason."""
    header, row = served.kubectl("get", "twp", "-n", running_pool, "-o", "wide").splitlines()
    assert header.split()[-6:] == ["TARGET", "MIN", "REQUESTED", "SLOTS", "MODE", "OPERATOR"]
    assert row.split()[-6:] == ["worker", "1", "2", "10", "Auto", "temporal-worker-pools-0"]


def test_kubectl_waits_for_ready(served: LocalCluster, running_pool: str) -> None:
    """`kubectl wait` and what follows kstatus understand the condition."""
    answer = served.kubectl("wait", "--for=condition=Ready", "--timeout=10s", "twp/orders", "-n", running_pool)
    assert answer.strip() == "temporalworkerpool.workerpools.dev/orders condition met"


def test_the_api_server_fills_in_the_documented_defaults(served: LocalCluster, kubernetes_namespace: str) -> None:
    """What is stored says what is in force, and nothing under behavior."""
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(pool(SMALLEST)))
    stored = get(served, kubernetes_namespace)
    assert stored["spec"] == changed(
        SMALLEST,
        scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"},
        temporalNamespace="default",
        minReplicas=1,
        pollingIntervalSeconds=15,
        provisioningDeadlineSeconds=600,
        disruption="Graceful",
        mode="Auto",
    )


def test_two_appliers_may_own_a_task_queue_each(served: LocalCluster, kubernetes_namespace: str) -> None:
    """Task queues are a map by name: server-side apply merges them."""
    for manager, name in (("first", "orders"), ("second", "bills")):
        part = changed(SMALLEST, taskQueues=[{"name": name, "tasks": [{"type": "Activity", "slots": 10}]}])
        arguments = ("apply", "--server-side", "--field-manager", manager, "-n", kubernetes_namespace, "-f", "-")
        served.kubectl(*arguments, input=json.dumps(pool(part)))
    stored = get(served, kubernetes_namespace)
    assert [queue["name"] for queue in stored["spec"]["taskQueues"]] == ["orders", "bills"]


def explained(served: LocalCluster, path: str) -> str:
    """What `kubectl explain` says of a path, in single spaces; a CRD's schema is published a moment after it is."""
    explain = partial(served.kubectl, "explain", f"twp.{path}")
    return " ".join(wait_for(explain, 60, f"an explanation of {path}").split())


@pytest.mark.parametrize("path", ["spec", "status", *[path for path in OBJECTS if "." in path]])
def test_explain_is_the_manual(served: LocalCluster, path: str) -> None:
    """`kubectl explain` shows every field with its description."""
    manual = explained(served, path.replace("[]", ""))
    for name, field in schema_at(path)["properties"].items():
        assert f" {name} <" in manual
        assert " ".join(field["description"].split()) in manual


def test_a_full_spec_is_stored_unchanged(served: LocalCluster, kubernetes_namespace: str) -> None:
    """No field is pruned."""
    served.kubectl("apply", "-n", kubernetes_namespace, "-f", "-", input=json.dumps(pool(FULL)))
    stored = get(served, kubernetes_namespace)
    assert stored["spec"] == FULL
