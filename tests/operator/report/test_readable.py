"""What a pool is told of objects that can't be read whole."""

from typing import Any

import pytest

from controller.api.condition_reasons import ObjectsReadable
from controller.cluster.objects import Container, Deployment, Pod
from controller.cluster.scalers import SCALED_OBJECT, Scaler
from controller.operator.findings import Finding, conditions
from controller.operator.inputs.target import Target
from controller.operator.report.readable import objects_readable
from tests.operator.builders import deployment, pod


class FakeWatches:
    """In place of the watched objects, which tests/cluster and tests/system have."""

    def __init__(self, pods: tuple[Pod, ...], scalers: tuple[Scaler, ...]) -> None:
        self.pods = self.scalers = self
        self._pods, self._scalers = pods, scalers

    def of(self, _: Deployment) -> tuple[Pod, ...]:
        """The pods."""
        return self._pods

    def unread(self, namespace: str, name: str) -> tuple[Scaler, ...]:
        """The scalers."""
        assert (namespace, name) == ("prod", "worker")
        return self._scalers


def finding(
    *pods: Pod, scalers: tuple[Scaler, ...] = (), previous: tuple[Finding, ...] = (), **fields: Any
) -> tuple[Finding, ...]:
    """What there is to say of these objects."""
    watches: Any = FakeWatches(pods, scalers)
    target = Target(deployment(**fields), Container("worker"))
    known = conditions(previous, Finding(ObjectsReadable.OBJECTS_READABLE, ""), (), 1, 0) if previous else ()
    return tuple(objects_readable(watches, target, known))


def test_each_object_is_named_with_its_fields() -> None:
    """The Deployment, pods, and scalers; the first three of many."""
    odd = pod("worker-1", unread=("status.phase", "status.conditions"))
    scaler = Scaler("prod", "by-queue", SCALED_OBJECT, "Deployment", "", unread=("spec.scaleTargetRef",))
    (told,) = finding(pod("worker-0"), odd, scalers=(scaler,), unread=("spec.paused",))
    assert told.reason is ObjectsReadable.OBJECT_UNREADABLE
    assert told.message.startswith(
        "3 objects can't be read whole: Deployment worker (spec.paused); pod worker-1 (status.phase, "
        "status.conditions); ScaledObject by-queue (spec.scaleTargetRef). What is there counts as unknown."
    )
    (many,) = finding(*(pod(f"worker-{n}", unread=("status",)) for n in range(9)))
    assert "9 objects can't be read whole: pod worker-0 (status); " in many.message
    assert "worker-3" not in many.message


@pytest.mark.parametrize(
    "previous", [(), (Finding(ObjectsReadable.OBJECT_UNREADABLE, "odd"),)], ids=["never", "before"]
)
def test_it_is_only_said_that_all_can_be_read_where_once_it_could_not(previous: tuple[Finding, ...]) -> None:
    """Nearly every pool has no such condition."""
    told = finding(pod("worker-0"), previous=previous)
    assert [each.reason for each in told] == [ObjectsReadable.OBJECTS_READABLE for _ in previous]
