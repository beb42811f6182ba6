"""Small builders of Deployments, pods, workers, pools and conditions for the tests of the loop."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from controller.api.condition_reasons import Ready
from controller.api.conditions import NOT_CHECKED
from controller.api.model import TaskType
from controller.api.spec import ObjectMeta, TemporalWorkerPoolSpec
from controller.api.status import Condition
from controller.cluster.objects import Container, Deployment, EnvVar, LabelSelector, Pod
from controller.operator.passes import ConditionUpdate, Inputs, Target
from controller.operator.pool import Pool
from controller.operator.report.conditions import conditions as conditions_after
from controller.operator.report.report import Report
from controller.scaling.observation import SlotReport, Unknown
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport
from tests.scaling.builders import spec

NOW = 10_000.0


def env(**variables: str | None) -> tuple[EnvVar, ...]:
    """Plain variables; `None` is one that comes from a reference."""
    return tuple(EnvVar(name, value, from_reference=value is None) for name, value in variables.items())


def deployment(*containers: Container, replicas: int = 2, **fields: Any) -> Deployment:
    """A settled Deployment `worker` whose replicas are all there and ready, as the operator set them."""
    settled = Deployment(
        namespace="prod",
        name="worker",
        uid="uid",
        resource_version="1",
        generation=1,
        observed_generation=1,
        template=1,
        template_generation=1,
        replicas=replicas,
        total_replicas=replicas,
        ready_replicas=replicas,
        updated_replicas=replicas,
        selector=LabelSelector((("app", "worker"),)),
        containers=containers or (Container("worker"),),
        owner=None,
        progressing_reason=None,
        replica_failure=None,
        termination_grace_period_seconds=30,
        strategy="RollingUpdate",
        paused=False,
        applied_env=frozenset(),
        replicas_manager="temporal-worker-pools",
    )
    return replace(settled, **fields)


def target(deployment: Deployment) -> Target:
    """The Deployment with its first container as the worker."""
    return Target(deployment, deployment.containers[0])


AUTO, RECOMMEND = spec(), spec(mode="Recommend")


def inputs(
    pods: tuple[Pod, ...],
    slots: Mapping[tuple[str, TaskType], int | Unknown],
    reading: TemporalReading,
    *,
    spec: TemporalWorkerPoolSpec = AUTO,
    of: Deployment | None = None,
    **fields: Any,
) -> Inputs:
    """What a pass read of a pool, whose Deployment is settled with 2 replicas unless the test says otherwise."""
    return Inputs(spec, target(of or deployment()), pods, slots, reading, **fields)


def pool(name: str = "orders", *, namespace: str = "prod", generation: int = 1, **fields: Any) -> Pool:
    """A pool whose UID is its name, with a spec of these fields."""
    metadata = ObjectMeta(name=name, namespace=namespace, uid=name, generation=generation)
    return Pool(metadata, spec(**fields))


def conditions(*updates: ConditionUpdate) -> tuple[Condition, ...]:
    """The conditions of a pool whose pass checked these: those that it did not check are left out."""
    report = Report(updates, ConditionUpdate(Ready.AUTOSCALING, "All is well."), is_failure=False)
    return tuple(c for c in conditions_after(pool(), report, (), 0) if c.reason != NOT_CHECKED)


def pod(name: str, **fields: Any) -> Pod:
    """A pod that has been ready for a long time."""
    ready = Pod(
        namespace="prod",
        name=name,
        uid=name,
        labels={"app": "worker"},
        phase="Running",
        created_at=NOW - 100,
        scheduled_at=NOW - 100,
        ready_since=NOW - 95,
        deletion_at=None,
        owner=None,
        host_name=name,
    )
    return replace(ready, **fields)


def worker(host_name: str, *slots: SlotReport) -> WorkerReport:
    """A worker that runs on a host."""
    return WorkerReport(host_name, f"1@{host_name}", slots)
