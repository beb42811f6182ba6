"""Each right of the operator, taken away on the real authorizer: what fails then, and that `twp check` names it."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from controller.api.event_reasons import EventType
from controller.api.rights import CONNECTIONS, ELECTION, OPERATOR, Right
from controller.cli.main import app
from controller.cluster.client import Cluster, answer_to, connect
from controller.cluster.convert import to_deployment, to_pod
from controller.cluster.crds import read_stamps
from controller.cluster.errors import ClusterError, ForbiddenError
from controller.cluster.events import Event, publish
from controller.cluster.informer import WatchCache
from controller.cluster.lease import LeaseStore
from controller.cluster.objects import Deployment
from controller.cluster.pods import PodCache, set_deletion_cost
from controller.cluster.pools import find_crd
from controller.cluster.resources import POD_METRICS
from controller.cluster.scalers import Scalers
from controller.cluster.secrets import ConnectionObjects
from controller.cluster.status import write_status
from controller.cluster.workload import DeploymentCache, apply_slots, get_deployment, set_replicas
from localcluster.credentials import write_kubeconfig
from localcluster.operator_process import start_operator
from localcluster.ports import start_on_free_ports
from tests.cluster import manifests
from tests.support.cluster import wait_for, wait_for_async
from tests.system.place import PATIENCE_SECONDS, Object, Place

ALL = (*OPERATOR, *ELECTION, *CONNECTIONS)

Call = Callable[[Cluster, str], Awaitable[object]]
"""What the operator does with a right, in a namespace."""

CRDS = [right.object_name for right in ALL if right.object_name]

EVERYTHING = "everything"
"""The account that lacks nothing."""


def account(right: Right) -> str:
    """The ServiceAccount that lacks one right."""
    return f"without-{ALL.index(right)}"


def rule(right: Right) -> Object:
    """As a role has it."""
    names = {"resourceNames": [right.object_name]} if right.object_name else {}
    return {"apiGroups": [right.group], "resources": [right.resource], "verbs": [right.verb], **names}


def bound(namespace: str, name: str, rules: list[Object], accounts: list[str], where: str | None) -> Iterator[Object]:
    """A role in the namespace `where`, or for the whole cluster, and its binding to accounts of a namespace."""
    kind, metadata = ("Role", {"name": name, "namespace": where}) if where else ("ClusterRole", {"name": name})
    api = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
    subjects = [{"kind": "ServiceAccount", "name": each, "namespace": namespace} for each in accounts]
    yield {**api, "kind": kind, "metadata": metadata, "rules": rules}
    yield {**api, "kind": f"{kind}Binding", "metadata": metadata, "roleRef": role, "subjects": subjects}


@pytest.fixture
def robbed(place: Place) -> Iterator[Place]:
    """A place with an account for each right, which has all others."""
    accounts: dict[str, Right | None] = {account(right): right for right in ALL} | {EVERYTHING: None}
    objects: list[Object] = []
    for name, lacking in accounts.items():
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        rules = [rule(right) for right in ALL if right != lacking and not right.object_name]
        objects += bound(place.namespace, name, rules, [name], place.namespace)
    cluster_wide = [right for right in ALL if right.object_name]
    names = [f"{place.namespace}-{number}" for number, _ in enumerate(cluster_wide)]
    for name, right in zip(names, cluster_wide, strict=True):
        having = [each for each in accounts if each != account(right)]
        objects += bound(place.namespace, name, [rule(right)], having, None)
    place.apply(*objects)
    yield place
    place.cluster.kubectl("delete", "clusterrole,clusterrolebinding", *names)


def kubeconfig(place: Place, name: str) -> Path:
    """Of a ServiceAccount, with a token of its own."""
    path = f"/api/v1/namespaces/{place.namespace}/serviceaccounts/{name}/token"
    token = place.cluster.api.request("POST", path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    file = place.cluster.folder / f"{place.namespace}_{name}.kubeconfig"
    return write_kubeconfig(file, place.cluster.server, place.cluster.certificate, token, place.namespace)


async def first_failure(cache: WatchCache[Any]) -> None:
    """Run a cache until it fails."""

    async def failed() -> bool:
        return cache.failure is not None

    task = asyncio.create_task(cache.run())
    try:
        await wait_for_async(failed, PATIENCE_SECONDS, f"{cache.kind} to fail")
        raise ForbiddenError(cache.failure or "")
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def scalers(number: int, cluster: Cluster, namespace: str) -> WatchCache[Any]:
    """The cache of one kind of other scalers."""
    return Scalers(cluster, namespace, lambda _: None).caches[number]


def calls(deployment: Deployment, pod: Object, pool: Object) -> dict[tuple[str, str], Call]:
    """What the operator does with each right; a watch of pools is kopf's, and is tried with the operator itself."""

    def cached(make: Callable[[Cluster, str], WatchCache[Any]]) -> Call:
        return lambda cluster, namespace: first_failure(make(cluster, namespace))

    async def take(cluster: Cluster, namespace: str, *, anew: bool) -> None:
        store = LeaseStore(cluster, namespace, f"lease-{secrets.token_hex(4)}" if anew else "lease")
        await store.take(None if anew else await store.read(), "me", 10, 0)

    reference = {"kind": "TemporalWorkerPool", "namespace": deployment.namespace, "name": "orders"}
    reference["uid"] = pool["metadata"]["uid"]
    found: dict[tuple[str, str], Call] = {
        ("temporalworkerpools.workerpools.dev", "list"): find_crd,
        ("temporalworkerpools/status.workerpools.dev", "patch"): lambda c, _: write_status(
            c, reference, {"observedGeneration": 1}
        ),
        ("temporalconnections.workerpools.dev", "get"): lambda c, n: ConnectionObjects(c).connection_spec(n, "here"),
        ("deployments.apps", "get"): lambda c, n: get_deployment(c, n, "worker"),
        ("deployments.apps", "patch"): lambda c, _: apply_slots(c, deployment, "worker", {"MORE_SLOTS": 7}),
        ("deployments/scale.apps", "patch"): lambda c, _: set_replicas(c, deployment, 0),
        ("pods", "patch"): lambda c, _: set_deletion_cost(c, to_pod(pod), -1),
        ("pods.metrics.k8s.io", "list"): lambda c, n: answer_to(
            "read the usage", POD_METRICS.list_request(c.client, n)()
        ),
        ("events", "create"): lambda c, _: publish(c, reference, Event(EventType.NORMAL, "Tried", "Try", "It."), 0),
        ("leases.coordination.k8s.io", "get"): lambda c, n: LeaseStore(c, n, "lease").read(),
        ("leases.coordination.k8s.io", "create"): lambda c, n: take(c, n, anew=True),
        ("leases.coordination.k8s.io", "update"): lambda c, n: take(c, n, anew=False),
        ("customresourcedefinitions.apiextensions.k8s.io", "get"): lambda c, _: read_stamps(c, CRDS),
        ("secrets", "get"): lambda c, n: ConnectionObjects(c).secret(n, "here"),
        ("configmaps", "get"): lambda c, n: ConnectionObjects(c).config_map(n, "here"),
    }
    for verb in ("list", "watch"):
        found["deployments.apps", verb] = cached(lambda c, n: DeploymentCache(c, n, lambda _: None))
        found["pods", verb] = cached(lambda c, n: PodCache(c, n, lambda _: None))
        kinds = (
            "horizontalpodautoscalers.autoscaling",
            "scaledobjects.keda.sh",
            "verticalpodautoscalers.autoscaling.k8s.io",
        )
        for number, kind in enumerate(kinds):
            found[kind, verb] = cached(partial(scalers, number))
    return found


async def refusal(file: Path, call: Call, namespace: str) -> str:
    """What the API server says to an account; empty where it does as it is asked, or has no such object."""
    cluster = await connect(file)
    try:
        await call(cluster, namespace)
    except ForbiddenError as error:
        return str(error)
    except ClusterError:
        return ""
    finally:
        await cluster.close()
    return ""


def words(right: Right) -> str:
    """By which the API server names it."""
    return f'cannot {right.verb} resource "{right.resource}" in API group "{right.group}"'


def is_refused(file: Path, call: Call, namespace: str, right: Right) -> bool:
    """Whether the API server names this right in its refusal."""
    return words(right) in asyncio.run(refusal(file, call, namespace))


def checked(place: Place, name: str) -> dict[str, tuple[str, str, str]]:
    """What `twp check` says of the rights of an account: outcome, message and fix of what it lacks."""
    user = f"system:serviceaccount:{place.namespace}:{name}"
    arguments = ["-n", place.namespace, "--operator-namespace", place.namespace, "--operator-account", user]
    result = CliRunner().invoke(app, ["check", "-o", "json", *arguments, "--kubeconfig", str(place.cluster.kubeconfig)])
    found = json.loads(result.stdout)["checks"]
    return {
        each["check"]: (each["outcome"], each["message"], each["fix"])
        for each in found
        if each["group"] == "permissions" and each["outcome"] != "ok"
    }


def wait_for_log(place: Place, file: Path, expected: str) -> None:
    """Run the operator until its log has some words."""
    scope = "--namespace", place.namespace
    operator = start_on_free_ports(1, lambda port: start_operator(place.cluster, file, port, "robbed", *scope))
    try:
        quoted = expected.replace('"', r"\"")
        wait_for(lambda: quoted in operator.child.log_file.read_text(), PATIENCE_SECONDS, f"the log to say: {expected}")
    finally:
        operator.child.stop(PATIENCE_SECONDS)


@pytest.mark.usefixtures("stand_in_crds")
def test_without_any_one_right_something_fails_and_the_check_names_it(robbed: Place) -> None:
    """What the operator does with it is refused by name; with all of them nothing is."""
    pod = manifests.pod("other", {})
    robbed.apply(manifests.deployment(), manifests.pool(), pod)
    deployment = to_deployment(robbed.get("deployment", "worker"))
    asked = calls(deployment, robbed.get("pod", "other"), robbed.get("twp", "orders"))
    everything = kubeconfig(robbed, EVERYTHING)
    for right in ALL:
        file = kubeconfig(robbed, account(right))
        if (right.name, right.verb) == ("temporalworkerpools.workerpools.dev", "watch"):
            wait_for_log(robbed, file, words(right))
            continue
        call = asked[right.name, right.verb]
        # Roles take a moment: until then more is refused than this right.
        refused = partial(is_refused, file, call, robbed.namespace, right)
        wait_for(refused, PATIENCE_SECONDS, f"the operator to be refused: {words(right)}")
        if right.verb not in ("list", "watch"):
            assert asyncio.run(refusal(everything, call, robbed.namespace)) == "", right
    assert checked(robbed, EVERYTHING) == {}
    for right in (*OPERATOR, *ELECTION):
        outcome = "warning" if right.optional else "failed"
        message = f"Lacks {right.verb}, by which the operator {right.purpose}."
        assert checked(robbed, account(right)) == {right.name: (outcome, message, "kubectl apply -k manifests/rbac")}
    outside = asyncio.run(refusal(everything, lambda c, _: get_deployment(c, "kube-system", "worker"), ""))
    assert words(next(r for r in OPERATOR if (r.name, r.verb) == ("deployments.apps", "get"))) in outside
