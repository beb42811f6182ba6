"""What the operator reads from a pool."""

from typing import Any

import pytest
from pydantic import ValidationError

from controller.api.model import TaskType
from controller.api.spec import Mode, ObjectMeta, ScaleToZero, SelectPolicy, Task, TemporalWorkerPool
from tests.api.pools import ABSENT, FULL, SMALLEST, changed, changed_at, pool

METADATA = {"name": "orders", "namespace": "shop", "uid": "5f1b", "creationTimestamp": "2026-11-24T12:00:00Z"}


def read(spec: dict[str, Any]) -> TemporalWorkerPool:
    """Read a pool as the API server would send it."""
    return TemporalWorkerPool.from_manifest(pool(spec) | {"metadata": METADATA})


def test_a_spec_with_every_field_survives_reading_and_writing() -> None:
    """No field of the API is lost or renamed on the way through the models."""
    assert read(FULL).spec.to_manifest() == FULL


def test_what_is_not_written_has_the_documented_default() -> None:
    """The operator's defaults are those that the CRD states."""
    spec = read(SMALLEST).spec
    assert (spec.min_replicas, spec.polling_interval_seconds, spec.mode) == (1, 15, Mode.AUTO)
    assert (spec.scale_target_ref.api_version, spec.scale_target_ref.kind) == ("apps/v1", "Deployment")
    assert (spec.temporal_namespace, spec.container_name) == ("default", None)
    assert (spec.scale_to_zero, spec.behavior) == (ScaleToZero(idle_seconds=300), None)


def test_fields_have_the_names_of_python_and_the_types_of_the_field() -> None:
    """Code reads snake_case attributes and enumerations."""
    spec = read(FULL).spec
    assert spec.task_queues[0].tasks[0] == Task(
        type=TaskType.ACTIVITY, slots=10, slots_env_var="MAX_CONCURRENT_ACTIVITIES"
    )
    assert spec.behavior is not None
    assert spec.behavior.scale_down is not None
    assert spec.behavior.scale_down.select_policy is SelectPolicy.MIN


def test_a_field_of_a_newer_crd_does_not_stop_an_older_operator() -> None:
    """Unknown fields are ignored at every level."""
    newer = changed_at(changed(SMALLEST, quietHours="08:00"), "taskQueues[].tasks[].colour", "red")
    assert read(newer).spec == read(SMALLEST).spec


@pytest.mark.parametrize(
    ("path", "value"),
    [("maxReplicas", ABSENT), ("maxReplicas", 0), ("taskQueues", []), ("mode", "Off"), ("maxReplicas", "many")],
)
def test_a_spec_that_no_crd_would_admit_is_refused(path: str, value: Any) -> None:
    """A spec past the API server's checks, by a CRD of another version, is an error that names the field."""
    with pytest.raises(ValidationError, match=path):
        read(changed_at(SMALLEST, path, value))


def test_a_pool_can_not_be_changed() -> None:
    """What was observed stays what it was."""
    with pytest.raises(ValidationError, match="frozen"):
        read(SMALLEST).spec.max_replicas = 50  # type: ignore[misc]


def test_a_pool_is_named_by_namespace_and_name_and_referred_to_by_uid() -> None:
    """Events point at the very object, not at a later one of the same name."""
    read_pool = read(SMALLEST)
    assert read_pool.metadata.key == ("shop", "orders")
    assert read_pool.metadata.reference == {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "name": "orders",
        "namespace": "shop",
        "uid": "5f1b",
    }


def test_what_annotations_say_is_read_once() -> None:
    """A reconcile reads them at several places."""
    metadata = ObjectMeta.from_manifest(METADATA | {"annotations": {"workerpools.dev/paused-until": "soon"}})
    assert metadata.overrides is metadata.overrides
    assert len(metadata.overrides.problems) == 1
