"""Small builders of Deployments, pods, workers and findings for the tests of the loop."""

from dataclasses import replace
from typing import Any

from controller.cluster.objects import Container, Deployment, EnvVar, LabelSelector, Pod
from controller.scaling.observation import SlotReport
from controller.temporal.workers import WorkerReport

NOW = 10_000.0


def env(**variables: str | None) -> tuple[EnvVar, ...]:
    """Plain variables; `None` is one that comes from a reference."""
    return tuple(EnvVar(name, value, from_reference=value is None) for name, value in variables.items())


def deployment(*containers: Container, replicas: int = 2, **fields: Any) -> Deployment:
    """A settled Deployment `worker` whose replicas are all there and ready."""
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
    )
    return replace(settled, **fields)


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
