"""The finding about objects of which not everything can be read: that is unknown, and the rest of them counts."""

from collections.abc import Iterable, Iterator
from typing import Final

from controller.api.condition_reasons import ObjectsReadable
from controller.api.conditions import ConditionType
from controller.api.status import Condition
from controller.cluster.workload import Watches
from controller.operator.findings import Finding
from controller.operator.inputs.target import Target
from controller.scaling.text import counted

NAMED_OBJECTS: Final = 3
"""Objects that a message names."""


def objects_readable(watches: Watches, target: Target, previous: Iterable[Condition]) -> Iterator[Finding]:
    """What there is to say; nothing of a pool whose objects could always be read.

    Args:
        watches: The watched objects.
        target: Deployment and container of the pool.
        previous: Its conditions as they were last written.
    """
    unread = tuple(_unread(watches, target))
    if unread:
        named = "; ".join(unread[:NAMED_OBJECTS]) + ("; …" if unread[NAMED_OBJECTS:] else "")
        message = f"{counted(len(unread), 'object')} can't be read whole: {named}. What is there counts as unknown."
        yield Finding(ObjectsReadable.OBJECT_UNREADABLE, f"{message} {ObjectsReadable.OBJECT_UNREADABLE.remedy}")
    elif any(condition.type == ConditionType.OBJECTS_READABLE for condition in previous):
        yield Finding(ObjectsReadable.OBJECTS_READABLE, ObjectsReadable.OBJECTS_READABLE.cause)


def _unread(watches: Watches, target: Target) -> Iterator[str]:
    """Each object with the fields, such as `pod worker-0 (status.phase)`."""
    deployment = target.deployment
    if deployment.unread:
        yield f"Deployment {deployment.name} ({', '.join(deployment.unread)})"
    for pod in watches.pods.of(deployment):
        if pod.unread:
            yield f"pod {pod.name} ({', '.join(pod.unread)})"
    for scaler in watches.scalers.unread(deployment.namespace, deployment.name):
        yield f"{scaler.kind} {scaler.name} ({', '.join(scaler.unread)})"
