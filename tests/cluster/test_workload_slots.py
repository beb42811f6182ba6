"""Slot variables: reading them of a container, and writing them on the real API server."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, NotFoundError
from controller.cluster.objects import Container, Deployment, EnvVar
from controller.cluster.workload import (
    EnvApplied,
    EnvConflict,
    SlotVariableProblem,
    apply_slots,
    get_deployment,
    read_slots,
)
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import get_json


def container(*env: EnvVar, has_env_from: bool = False) -> Container:
    """A container with these variables."""
    return Container("worker", env, has_env_from)


def test_a_whole_number_is_the_slots() -> None:
    """As the worker reads it."""
    assert read_slots(container(EnvVar("OTHER", "x"), EnvVar("SLOTS", "12")), "SLOTS") == 12


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        pytest.param(
            container(),
            SlotVariableProblem(
                SlotsEffective.SLOTS_VARIABLE_NOT_FOUND,
                "Container worker has no variable SLOTS: add it to the Deployment, or set slots.",
                writable=True,
            ),
            id="missing",
        ),
        pytest.param(
            container(has_env_from=True),
            SlotVariableProblem(
                SlotsEffective.SLOTS_VARIABLE_NOT_FOUND,
                "Container worker has no variable SLOTS of its own (variables of envFrom are not read): "
                "add it to the Deployment, or set slots.",
                writable=True,
            ),
            id="missing, or hidden in envFrom",
        ),
        pytest.param(
            container(EnvVar("SLOTS", "1"), EnvVar("SLOTS", "1")),
            SlotVariableProblem(
                SlotsEffective.SLOTS_VARIABLE_DUPLICATE,
                "Container worker lists SLOTS 2 times: leave one entry of that name.",
                writable=False,
            ),
            id="duplicate",
        ),
        pytest.param(
            container(EnvVar("SLOTS", None, from_reference=True)),
            SlotVariableProblem(
                SlotsEffective.SLOTS_VALUE_FROM,
                "Container worker sets SLOTS by a reference (valueFrom): set a plain value, or remove slotsEnvVar.",
                writable=False,
            ),
            id="reference",
        ),
    ],
)
def test_a_variable_without_a_number_is_a_problem(found: Container, problem: SlotVariableProblem) -> None:
    """With its reason, the fix, and whether writing fixes it."""
    assert read_slots(found, "SLOTS") == problem


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", " 7", "ten", "$(OTHER)", "1_000", "9999999999"])
def test_an_invalid_number_of_slots_is_a_problem(value: str) -> None:
    """0 too: SDKs read it as 100."""
    assert read_slots(container(EnvVar("SLOTS", value)), "SLOTS") == SlotVariableProblem(
        SlotsEffective.SLOTS_VARIABLE_INVALID,
        f"Container worker has SLOTS={value!r}, which is not a whole number of at least 1: correct it.",
        writable=True,
    )


@pytest.fixture
async def deployment(admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str) -> Deployment:
    """The Deployment `worker`, whose variable SLOTS belongs to `gitops`."""
    manifest = manifests.deployment() | {"metadata": {"name": "worker", "namespace": kubernetes_namespace}}
    cluster.kubectl("apply", "--server-side", "--field-manager=gitops", "-f", "-", input=manifests.text(manifest))
    found = await get_deployment(admin, kubernetes_namespace, "worker")
    assert found is not None
    return found


async def fresh(admin: Cluster, deployment: Deployment) -> Deployment:
    """The Deployment as it is now."""
    found = await get_deployment(admin, deployment.namespace, deployment.name)
    assert found is not None
    return found


async def test_a_variable_is_added_beside_the_others(admin: Cluster, deployment: Deployment) -> None:
    """The others, replicas and everything else stay; the entry is the operator's own."""
    assert isinstance(await apply_slots(admin, deployment, "worker", {"MORE_SLOTS": 7}), EnvApplied)
    after = await fresh(admin, deployment)
    (before,) = deployment.containers
    assert after.containers == (replace(before, env=(*before.env, EnvVar("MORE_SLOTS", "7"))),)
    assert after.applied_env == {("worker", "MORE_SLOTS")}
    assert after.replicas == deployment.replicas


async def test_what_is_no_longer_named_is_given_up(admin: Cluster, deployment: Deployment) -> None:
    """First one of two, then all; they have no other owner, so they are removed and the image's default applies."""
    await apply_slots(admin, deployment, "worker", {"ONE": 1, "TWO": 2})
    await apply_slots(admin, deployment, "worker", {"TWO": 2})
    one_left = await fresh(admin, deployment)
    assert [variable.name for variable in one_left.containers[0].env] == ["SLOTS", "POD_NAME", "TWO"]
    assert one_left.applied_env == {("worker", "TWO")}
    await apply_slots(admin, deployment, "worker", {})
    none_left = await fresh(admin, deployment)
    assert none_left.containers == deployment.containers
    assert none_left.applied_env == frozenset()


async def test_the_same_again_changes_nothing(admin: Cluster, deployment: Deployment) -> None:
    """No new generation, so no pod is ever rolled by repetition."""
    await apply_slots(admin, deployment, "worker", {"MORE_SLOTS": 7})
    once = await fresh(admin, deployment)
    await apply_slots(admin, deployment, "worker", {"MORE_SLOTS": 7})
    assert (await fresh(admin, deployment)).generation == once.generation


async def test_another_manager_s_variable_is_a_conflict(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment
) -> None:
    """The owner is named, and nothing is written, not even what is free."""
    assert await apply_slots(admin, deployment, "worker", {"SLOTS": 9, "FREE": 1}) == EnvConflict(
        "Variable SLOTS of container worker is owned by gitops, which gives it another value: set it to 9 there, too, "
        "or remove slots or slotsEnvVar from the pool. Removing it from the manifest of gitops restarts the "
        "pods without it first.",
    )
    assert get_json(cluster, deployment.namespace, "deployment", "worker")["spec"]["template"]["spec"]["containers"][0][
        "env"
    ][0] == {"name": "SLOTS", "value": "5"}
    assert (await fresh(admin, deployment)).containers == deployment.containers


async def test_a_dry_run_finds_the_conflict_and_writes_nothing(admin: Cluster, deployment: Deployment) -> None:
    """The shadow run's way to know."""
    assert isinstance(await apply_slots(admin, deployment, "worker", {"SLOTS": 9}, dry_run=True), EnvConflict)
    assert isinstance(await apply_slots(admin, deployment, "worker", {"FREE": 1}, dry_run=True), EnvApplied)
    after = await fresh(admin, deployment)
    assert (after.containers, after.generation) == (deployment.containers, deployment.generation)


@pytest.mark.parametrize("variables", [{"MORE_SLOTS": 7}, {}])
async def test_a_deleted_deployment_is_not_created_again(
    admin: Cluster, cluster: LocalCluster, deployment: Deployment, variables: dict[str, int]
) -> None:
    """Server-side apply creates what is not there, but for the UID."""
    cluster.kubectl("delete", "deployment", "worker", "--namespace", deployment.namespace)
    with pytest.raises(NotFoundError, match=r"^The Deployment was deleted or replaced meanwhile"):
        await apply_slots(admin, deployment, "worker", variables)
    assert await get_deployment(admin, deployment.namespace, "worker") is None


async def test_a_namesake_is_left_alone(admin: Cluster, deployment: Deployment) -> None:
    """The Deployment was deleted, and another one made under its name."""
    another = replace(deployment, uid="00000000-0000-0000-0000-000000000000")
    with pytest.raises(NotFoundError, match=r"^The Deployment was deleted or replaced meanwhile"):
        await apply_slots(admin, another, "worker", {"MORE_SLOTS": 7})
    assert (await fresh(admin, deployment)).containers == deployment.containers


async def test_zero_is_never_written(admin: Cluster, deployment: Deployment) -> None:
    """SDKs read 0 as 100."""
    with pytest.raises(ValueError, match="MORE_SLOTS must be at least 1, not 0"):
        await apply_slots(admin, deployment, "worker", {"MORE_SLOTS": 0})


async def test_a_missing_permission_is_named(guest: Cluster, deployment: Deployment) -> None:
    """The resource and the verb are in the text."""
    with pytest.raises(ForbiddenError, match='cannot patch resource "deployments" in API group "apps"'):
        await apply_slots(guest, deployment, "worker", {"MORE_SLOTS": 7})


async def test_a_pipeline_can_rename_the_container_once_the_variable_is_given_up(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """By the command of docs/safety.md; before it the old container, of which one entry is left, has no image."""
    apply_as = ("apply", "--namespace", kubernetes_namespace, "--server-side", "-f", "-")
    manifest = manifests.deployment()
    cluster.kubectl(*apply_as, "--field-manager=argocd-controller", input=manifests.text(manifest))
    found = await get_deployment(admin, kubernetes_namespace, "worker")
    assert found is not None
    assert isinstance(await apply_slots(admin, found, "worker", {"MAX_CONCURRENT_ACTIVITIES": 7}), EnvApplied)

    manifest["spec"]["template"]["spec"]["containers"][0]["name"] = "renamed"
    renaming = (*apply_as, "--field-manager=argocd-controller")
    assert ".image: Required value" in cluster.kubectl(*renaming, input=manifests.text(manifest), check=False)
    nothing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "worker"}}
    cluster.kubectl(*apply_as, "--field-manager=temporal-worker-pools", input=manifests.text(nothing))
    cluster.kubectl(*renaming, input=manifests.text(manifest))
    renamed = await get_deployment(admin, kubernetes_namespace, "worker")
    assert renamed is not None
    assert [each.name for each in renamed.containers] == ["renamed"]
