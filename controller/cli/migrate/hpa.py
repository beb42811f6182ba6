"""A HorizontalPodAutoscaler as a pool: its bounds and its behavior; the task queues it never knew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.migrate.behavior import behavior
from controller.cli.migrate.pool import Converted, task_queues, worker_pool
from controller.cli.migrate.source import Source
from controller.cli.migrate.target import name_containers, scale_target
from controller.cluster.fields import Fields

_METRICS: Final = "a pool scales by task queues"


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers do, which no HorizontalPodAutoscaler says."""

    address: str
    temporal_namespace: str
    task_queues: tuple[str, ...]
    """Such as `orders`, `orders/Activity`."""
    schedule_to_start_seconds: int


def from_hpa(source: Source, work: Work, deployment: Mapping[str, Any] | None = None) -> Converted:
    """The pool.

    Raises:
        CliError: It does not scale a Deployment, or KEDA made it.
    """
    for owner in Fields(source.manifest.content).part("metadata").items("ownerReferences"):
        if owner.text("kind") == "ScaledObject":
            raise CliError(
                f"{source.manifest.name} was made by KEDA; convert what it was made of: "
                f"`twp from-keda {owner.text('name')}`",
                ExitStatus.USAGE,
            )
    lowest = source.number("spec", "minReplicas")
    spec = {
        "scaleTargetRef": {"name": scale_target(source)},
        "connection": {"address": work.address},
        "temporalNamespace": work.temporal_namespace,
        "taskQueues": task_queues(map(_queue, work.task_queues)),
        "minReplicas": 1 if lowest is None else lowest,
        "maxReplicas": source.number("spec", "maxReplicas"),
        "objective": {"scheduleToStartSeconds": work.schedule_to_start_seconds},
        "behavior": behavior(source, "spec", "behavior"),
    }
    for index in range(len(source.get("spec", "metrics") or ())):
        source.leave(f"{_METRICS}, not by this metric", "spec", "metrics", index)
    source.leave(f"{_METRICS}, not by CPU", "spec", "targetCPUUtilizationPercentage")
    for name in source.get("metadata", "annotations") or {}:
        if not name.startswith("autoscaling.alpha.kubernetes.io/"):
            source.take("metadata", "annotations", name)
    name_containers(source, deployment)
    return Converted((worker_pool(source, spec),), tuple(source.finish()))


def _queue(text: str) -> tuple[str, tuple[str, ...]]:
    """A task queue and its types, such as of `orders/Activity`; without a type both that have a backlog."""
    name, slash, kind = text.rpartition("/")
    if slash and kind in {"Workflow", "Activity", "Nexus"}:
        return name, (kind,)
    return text, ("Workflow", "Activity")
