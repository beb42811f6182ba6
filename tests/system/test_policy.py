"""The policies that limit what the operator's account may change with its rights, on the real API server."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cluster.client import Cluster, answer_to, connect
from controller.cluster.convert import to_deployment, to_pod
from controller.cluster.errors import ClusterError, RejectedError
from controller.cluster.pods import set_deletion_cost
from controller.cluster.resources import DEPLOYMENTS, MERGE_PATCH, PODS, Resource, patch
from controller.cluster.workload import (
    apply_slots,
    get_deployment,
    own_replicas,
    remove_scaled_by,
    set_replicas,
    set_scaled_by,
)
from localcluster.operator_process import ACCOUNT
from tests.release.charts import rendered
from tests.support.cluster import wait_for
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

STRATEGIC = "application/strategic-merge-patch+json"
"""As kubectl changes one entry of a list."""


def worker(**changes: object) -> Object:
    """A change of the container `worker`."""
    return pod_spec(containers=[{"name": "worker", **changes}])


def pod_spec(**changes: object) -> Object:
    """A change of the pod template."""
    return {"spec": {"template": {"spec": changes}}}


NEW_CONTAINER = "of a container only slot variables|names other slot variables, or another container"
VARIABLE = "only those named like slots|names other slot variables"
"""Where two policies refuse, either may be named."""

REFUSED: dict[str, tuple[Object, str]] = {
    "image": (worker(image="evil"), "of a container only slot variables"),
    "command": (worker(command=["evil"]), "of a container only slot variables"),
    "another container": (pod_spec(containers=[{"name": "evil", "image": "evil"}]), NEW_CONTAINER),
    "first container": (pod_spec(initContainers=[{"name": "evil", "image": "evil"}]), "not initContainers"),
    "another variable": (worker(env=[{"name": "LOGIN", "value": "7"}]), VARIABLE),
    "a new variable": (worker(env=[{"name": "LD_PRELOAD", "value": "1"}]), VARIABLE),
    "a variable's end": (worker(env=[{"name": "LOGIN", "$patch": "delete"}]), "only those named like slots"),
    "variables of a Secret": (worker(envFrom=[{"secretRef": {"name": "keys"}}]), "of a container only"),
    "text as slots": (worker(env=[{"name": "SLOTS", "value": "$(LOGIN)"}]), "only be set to a whole number"),
    "no slots": (worker(env=[{"name": "SLOTS", "value": "0"}]), "only be set to a whole number"),
    "slots of a Secret": (
        worker(env=[{"name": "SLOTS", "value": None, "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}}]),
        "only those named like slots",
    ),
    "volume": (pod_spec(volumes=[{"name": "host", "hostPath": {"path": "/"}}]), "not volumes"),
    "account": (pod_spec(serviceAccountName="admin"), "not serviceAccount(Name)?, serviceAccount"),
    "network": (pod_spec(hostNetwork=True), "not hostNetwork"),
    "label of pods": ({"spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}, "not metadata"),
    "replicas": ({"spec": {"replicas": 7}}, "not spec.replicas"),
    "pause": ({"spec": {"paused": True}}, "not spec.paused"),
    "label": ({"metadata": {"labels": {"workerpools.dev/target": "true"}}}, "not labels"),
    "annotation": ({"metadata": {"annotations": {"a": "b"}}}, "may change, not a"),
    "owner": ({"metadata": {"finalizers": ["a/b"]}}, "not finalizers"),
    "slots that the pool does not name": (worker(env=[{"name": "MORE_SLOTS", "value": "7"}]), "names other slot"),
    "slots of another container": (
        pod_spec(containers=[{"name": "proxy", "env": [{"name": "SLOTS", "value": "7"}]}]),
        "names other slot variables, or another container",
    ),
}
"""Changes of a Deployment with a pool, and what the API server says to the operator's own account."""

POD_REFUSED: dict[str, Object] = {
    "image": {"spec": {"containers": [{"name": "worker", "image": "evil"}]}},
    "label": {"metadata": {"labels": {"app": "evil"}}},
    "annotation": {"metadata": {"annotations": {"a": "b"}}},
    "deadline": {"spec": {"activeDeadlineSeconds": 1}},
}
"""The same of a pod."""


async def said(cluster: Cluster, kind: Resource, where: tuple[str, str], change: Object) -> str:
    """What the API server says to a change; empty where it makes it."""
    try:
        await answer_to("try it", patch(cluster.client, kind.path(*where), STRATEGIC, change))
    except ClusterError as error:
        return str(error)
    return ""


async def refusals(file: Path, namespace: str, pod: str) -> tuple[dict[str, str], dict[str, str]]:
    """What is said to each change of the Deployment `orders` and of a pod."""
    cluster = await connect(file)
    try:
        of_deployment = {
            name: await said(cluster, DEPLOYMENTS, (namespace, "orders"), change)
            for name, (change, _) in REFUSED.items()
        }
        return of_deployment, {
            name: await said(cluster, PODS, (namespace, pod), change) for name, change in POD_REFUSED.items()
        }
    finally:
        await cluster.close()


async def do_all(file: Path, place: Place, pod: Object) -> None:
    """Everything that the operator changes, by its own functions.

    Raises:
        ClusterError: One of them was refused.
    """
    cluster = await connect(file)
    try:
        target = to_deployment(place.get("deployment", "orders"))
        await set_scaled_by(cluster, target, "orders")
        for slots in ({"SLOTS": 7}, {"SLOTS": 9}, {}):
            await apply_slots(cluster, target, "worker", slots)
        await set_replicas(cluster, target, 2)
        await remove_scaled_by(cluster, target, "orders")
        await set_deletion_cost(cluster, to_pod(pod), -5)
        await set_deletion_cost(cluster, to_pod(pod), 0)
        settled = await get_deployment(cluster, place.namespace, "orders")
        assert settled is not None
        try:
            await own_replicas(cluster, settled)
        except RejectedError:
            raise
        except ClusterError:
            pass  # the Deployment's controller was faster: the policy is asked only where nothing else is in the way
    finally:
        await cluster.close()


def test_the_operators_own_token_changes_nothing_but_what_it_scales_with(place: Place) -> None:
    """The other half of the test: what the operator does is let through."""
    target = deployment(env=({"name": "LOGIN", "value": "1"},), containers=("worker", "proxy"))
    place.apply(target, pool(place, containerName="worker"))
    place.kubectl("scale", "deployment", "orders", "--replicas=1")
    wait_for(lambda: place.pod_names("orders"), PATIENCE_SECONDS, "a pod")
    pod = next(iter(place.pod_names("orders")))
    file = place.cluster.kubeconfig_for_service_account(ACCOUNT, ACCOUNT)
    before = place.get("deployment", "orders")

    def all_refused() -> bool:
        """The API server learns of a policy, and of the pool, a moment later."""
        of_deployment, of_pod = asyncio.run(refusals(file, place.namespace, pod))
        wrong = {name: text for name, text in of_deployment.items() if not re.search(REFUSED[name][1], text)}
        wrong |= {name: text for name, text in of_pod.items() if "of a pod only the annotation" not in text}
        assert not wrong, wrong
        return True

    wait_for(all_refused, PATIENCE_SECONDS, "every change to be refused")
    after = place.get("deployment", "orders")
    assert after["spec"] == before["spec"]
    assert after["metadata"].get("labels") == before["metadata"].get("labels")
    asyncio.run(do_all(file, place, place.get("pod", pod)))
    assert place.replicas("orders") == 2


@pytest.fixture
def limited(place: Place) -> Iterator[Place]:
    """A place with the policies of a release for labelled targets, which another account than the operator's has."""
    values = {"targetLabels": {"workerpools.dev/target": "true", "team": "a"}, "serviceAccount": {"name": "limited"}}
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    objects = [each for each in rendered(values, namespace=place.namespace) if each["kind"] in kinds]
    place.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "limited"}}, *objects)
    role = f"--clusterrole={ACCOUNT}", f"--serviceaccount={place.namespace}:limited"
    place.kubectl("create", "rolebinding", "limited", *role)
    yield place
    names = [f"{each['kind']}/{each['metadata']['name']}" for each in objects]
    place.cluster.kubectl("delete", *names)


async def scaled_and_tuned(file: Path, namespace: str, name: str) -> list[str]:
    """What is said to a change of the replicas and one of a slot variable."""
    cluster = await connect(file)
    try:
        scale = patch(
            cluster.client, DEPLOYMENTS.path(namespace, name, "scale"), MERGE_PATCH, {"spec": {"replicas": 0}}
        )
        slots = worker(env=[{"name": "SLOTS", "value": "7"}])
        answers = []
        for request in (scale, patch(cluster.client, DEPLOYMENTS.path(namespace, name), STRATEGIC, slots)):
            try:
                await answer_to("try it", request)
            except ClusterError as error:
                answers.append(str(error))
        return answers
    finally:
        await cluster.close()


def test_only_deployments_with_the_labels_are_changed_at_all(limited: Place) -> None:
    """Neither replicas, which the API server shows without labels, nor slots; the operator has no part in it."""
    labels = {"none": {}, "one": {"workerpools.dev/target": "true", "team": "b"}}
    labels["both"] = labels["one"] | {"team": "a"}
    for name, given in labels.items():
        manifest = deployment(name, replicas=1)
        manifest["metadata"]["labels"] = given
        limited.apply(manifest)
    file = limited.cluster.kubeconfig_for_service_account(limited.namespace, "limited")

    def as_labelled() -> bool:
        answers = {name: asyncio.run(scaled_and_tuned(file, limited.namespace, name)) for name in labels}
        refused = {name: [text for text in texts if "lacks a label" in text] for name, texts in answers.items()}
        assert {name: len(texts) for name, texts in refused.items()} == {"none": 2, "one": 2, "both": 0}, answers
        assert not answers["both"]
        return True

    for name in labels:
        limited.kubectl("scale", "deployment", name, "--replicas=1")
    wait_for(as_labelled, PATIENCE_SECONDS, "the labels to count")


def test_a_pool_says_which_label_its_deployment_lacks(place: Place) -> None:
    """The command of its message is all that is needed."""
    place.apply(deployment(), pool(place, minReplicas=1))
    with operator_of(place, "--target-label", "workerpools.dev/target=true"):
        condition = place.wait_for_reason("orders", "TargetFound", "TargetNotAllowed", "workerpools.dev/target=true")
        assert place.replicas("orders") == 0
        place.follow(condition["message"])
        wait_for(lambda: place.replicas("orders") == 1, PATIENCE_SECONDS, "1 replica")
