"""The target: found, or what is wrong with the naming and what is there instead."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import TargetFound
from controller.cluster.objects import Container, Deployment
from controller.operator.inputs.target import find_target, found
from controller.operator.passes import ConditionUpdate, Target
from tests.operator.builders import deployment
from tests.scaling.builders import spec

ONE = deployment(Container("main"))
TWO = deployment(Container("main"), Container("sidecar"))


@pytest.mark.parametrize(
    ("seen", "name", "update"),
    [
        (
            None,
            None,
            ConditionUpdate(
                TargetFound.TARGET_NOT_FOUND,
                "Namespace prod has no Deployment worker. Create it, or correct scaleTargetRef.name.",
            ),
        ),
        (
            replace(ONE, unread=("spec.replicas",)),
            None,
            ConditionUpdate(
                TargetFound.TARGET_UNREADABLE,
                "Deployment worker can't be read (spec.replicas), and is left as it is. "
                + TargetFound.TARGET_UNREADABLE.remedy,
            ),
        ),
        (
            TWO,
            None,
            ConditionUpdate(
                TargetFound.CONTAINER_NAME_REQUIRED,
                "Deployment worker has several containers (main, sidecar). Set containerName to the worker's.",
            ),
        ),
        (
            TWO,
            "app",
            ConditionUpdate(
                TargetFound.CONTAINER_NOT_FOUND,
                "Deployment worker has no container app (it has main, sidecar). Correct containerName.",
            ),
        ),
    ],
)
def test_a_target_that_is_not_there_is_reported_with_what_is(
    seen: Deployment | None, name: str | None, update: ConditionUpdate
) -> None:
    """The message names the field to correct."""
    assert find_target("prod", spec(containerName=name), seen, {}) == update


@pytest.mark.parametrize(("seen", "name", "chosen"), [(ONE, None, "main"), (TWO, "sidecar", "sidecar")])
def test_the_worker_is_the_only_container_or_the_named_one(seen: Deployment, name: str | None, chosen: str) -> None:
    """A single container needs no name."""
    target = find_target("prod", spec(containerName=name), seen, {})
    assert isinstance(target, Target)
    assert target.container.name == chosen
    assert found(target).message == f"Scaling Deployment worker (container {chosen})."


LABELLED = replace(ONE, labels={"workerpools.dev/target": "true", "team": "b"})


@pytest.mark.parametrize(
    ("seen", "lacking"),
    [
        (ONE, "workerpools.dev/target=true team=a"),
        (LABELLED, "team=a"),
        (replace(LABELLED, unread=("spec.replicas",)), "team=a"),
    ],
)
def test_a_deployment_without_a_label_is_no_target(seen: Deployment, lacking: str) -> None:
    """The message has the command that labels it."""
    labels = {"workerpools.dev/target": "true", "team": "a"}
    update = find_target("prod", spec(), seen, labels)
    assert isinstance(update, ConditionUpdate)
    assert update.reason == TargetFound.TARGET_NOT_ALLOWED
    assert f"`kubectl label deployment -n prod worker {lacking} --overwrite`" in update.message
    assert isinstance(find_target("prod", spec(), replace(LABELLED, labels=labels), labels), Target)
