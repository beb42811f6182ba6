"""The target: found, or told what is wrong with the naming and what is there instead."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import AbleToScale, Connected, Ready, SlotsEffective, TargetFound
from controller.api.conditions import ConditionReason
from controller.cluster.objects import Container, Deployment
from controller.operator.findings import Finding, conditions
from controller.operator.inputs.target import Target, find_target, found, waits_for
from tests.operator.builders import deployment
from tests.scaling.builders import spec

ONE = deployment(Container("main"))
TWO = deployment(Container("main"), Container("sidecar"))


@pytest.mark.parametrize(
    ("seen", "name", "finding"),
    [
        (
            None,
            None,
            Finding(
                TargetFound.TARGET_NOT_FOUND,
                "Namespace prod has no Deployment worker: create it, or correct scaleTargetRef.name.",
            ),
        ),
        (
            replace(ONE, unread=("spec.replicas",)),
            None,
            Finding(
                TargetFound.TARGET_UNREADABLE,
                "Deployment worker is there, but can't be read (spec.replicas): it is left as it is. "
                + TargetFound.TARGET_UNREADABLE.remedy,
            ),
        ),
        (
            TWO,
            None,
            Finding(
                TargetFound.CONTAINER_NAME_REQUIRED,
                "Deployment worker has several containers (main, sidecar): set containerName to the worker's.",
            ),
        ),
        (
            TWO,
            "app",
            Finding(
                TargetFound.CONTAINER_NOT_FOUND,
                "Deployment worker has no container app; it has main, sidecar: correct containerName.",
            ),
        ),
    ],
)
def test_a_target_that_is_not_there_is_told_with_what_is(
    seen: Deployment | None, name: str | None, finding: Finding
) -> None:
    """The message names the field to correct."""
    assert find_target("prod", spec(containerName=name), seen) == finding


@pytest.mark.parametrize(("seen", "name", "chosen"), [(ONE, None, "main"), (TWO, "sidecar", "sidecar")])
def test_the_worker_is_the_only_container_or_the_named_one(seen: Deployment, name: str | None, chosen: str) -> None:
    """A single container needs no name."""
    target = find_target("prod", spec(containerName=name), seen)
    assert isinstance(target, Target)
    assert target.container.name == chosen
    assert found(target) == Finding(TargetFound.TARGET_FOUND, f"Deployment worker, container {chosen}.")


@pytest.mark.parametrize(
    ("reason", "seen", "waits"),
    [
        (TargetFound.TARGET_FOUND, ONE, False),
        (TargetFound.TARGET_NOT_FOUND, ONE, True),
        (AbleToScale.FAILED_UPDATE_SCALE, ONE, True),
        (SlotsEffective.SLOTS_CONFLICT, ONE, True),
        (SlotsEffective.SLOTS_PENDING, ONE, False),
        (SlotsEffective.SLOTS_PENDING, None, False),
        (SlotsEffective.SLOTS_PENDING, deployment(replicas=2, updated_replicas=1), True),
        (Connected.SERVER_UNREACHABLE, ONE, False),
    ],
)
def test_a_pool_looks_at_once_when_its_deployment_may_have_been_mended(
    reason: ConditionReason, seen: Deployment | None, *, waits: bool
) -> None:
    """Slots that are pending wait for a rollout or the last pod; Temporal is not mended by a Deployment."""
    before = conditions([Finding(reason, "Words.")], Finding(Ready.AUTOSCALING, "Words."), (), generation=1, now=0)
    assert waits_for(seen, before) is waits
