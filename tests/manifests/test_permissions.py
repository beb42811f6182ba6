"""The operator has the permissions that it needs and no others, by the real API server's authorizer."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.operator.inputs.connection import grant
from localcluster.cluster import LocalCluster
from tests.support.waiting import wait_for

OPERATOR = "system:serviceaccount:temporal-worker-pools:temporal-worker-pools"
OWN_NAMESPACE = "temporal-worker-pools"
UNPRIVILEGED = "system:serviceaccount:default:unprivileged"

Rights = set[tuple[str, str, str]]

IN_A_WORKLOAD_NAMESPACE: Rights = {
    *(("temporalworkerpools.workerpools.dev", "", verb) for verb in ("list", "watch")),
    ("temporalworkerpools/status.workerpools.dev", "", "patch"),
    ("temporalconnections.workerpools.dev", "", "get"),
    *(("deployments.apps", "", verb) for verb in ("get", "list", "watch", "patch")),
    ("deployments/scale.apps", "", "patch"),
    *(("pods", "", verb) for verb in ("list", "watch", "patch")),
    ("pods.metrics.k8s.io", "", "list"),
    *(
        (resource, "", verb)
        for resource in (
            "horizontalpodautoscalers.autoscaling",
            "scaledobjects.keda.sh",
            "verticalpodautoscalers.autoscaling.k8s.io",
        )
        for verb in ("list", "watch")
    ),
    ("events", "", "create"),
    *(
        ("customresourcedefinitions.apiextensions.k8s.io", f"{kind}.workerpools.dev", "get")
        for kind in ("temporalworkerpools", "temporalconnections")
    ),
}

OF_THE_CLUSTER: Rights = {right for right in IN_A_WORKLOAD_NAMESPACE if right[0].startswith("customresource")}
"""Of objects without a namespace: a Role has none."""

ON_LEASES: Rights = {("leases.coordination.k8s.io", "", verb) for verb in ("get", "create", "update")}


def everything_allowed(cluster: LocalCluster, account: str, namespace: str) -> Rights:
    """The permissions of an account in a namespace by the API server: resource, name of the object, verb."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    # Validation by kubectl would list CRDs, which the account may not.
    arguments = ("create", "--validate=false", "-o", "json", "-f", "-", f"--as={account}")
    answer = cluster.kubectl(*arguments, input=json.dumps(review))
    return {
        (f"{resource}.{group}".rstrip("."), name, verb)
        for rule in json.loads(answer)["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
        for verb in rule["verbs"]
    }


def granted(cluster: LocalCluster, account: str, namespace: str) -> Rights:
    """The permissions of an account beyond those that every account has."""
    return everything_allowed(cluster, account, namespace) - everything_allowed(cluster, UNPRIVILEGED, namespace)


def test_the_operator_has_its_permissions_in_any_namespace(
    installed_rights: LocalCluster, kubernetes_namespace: str
) -> None:
    """Cluster-wide: no Secrets, nothing created but Events, nothing deleted."""
    assert granted(installed_rights, OPERATOR, kubernetes_namespace) == IN_A_WORKLOAD_NAMESPACE


def test_the_operator_has_no_more_permissions_in_its_own_namespace(installed_rights: LocalCluster) -> None:
    """But for the Lease of its replicas."""
    assert granted(installed_rights, OPERATOR, OWN_NAMESPACE) == IN_A_WORKLOAD_NAMESPACE | ON_LEASES


def test_switching_from_one_overlay_to_another_leaves_no_right_behind(
    cluster: LocalCluster, kubernetes_namespace: str, manifests: Path
) -> None:
    """Rights in all namespaces, in one, in two others, and in all again: by `kubectl apply` and the page's command."""
    account = f"{OPERATOR.rpartition(':')[0]}:overlay-temporal-worker-pools"
    others = ("workers", "shop", "billing")
    for namespace in (*others, OWN_NAMESPACE):
        cluster.kubectl("create", "namespace", namespace, check=False)
    watched = {"base": others, "namespaced": ("workers",), "namespaces": ("shop", "billing")}
    for overlay in (*watched, "base"):
        objects = yaml.safe_load_all(cluster.kubectl("kustomize", str(manifests / overlay)))
        cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(beside_the_other(objects)))
        for namespace in set(others) - set(watched[overlay]):
            cluster.shell(delete_rights(manifests, namespace))
        everywhere = IN_A_WORKLOAD_NAMESPACE if overlay == "base" else set()
        for namespace in others:
            here = IN_A_WORKLOAD_NAMESPACE - OF_THE_CLUSTER if namespace in watched[overlay] else set()
            wait_for_rights(cluster, account, namespace, everywhere or here)
        wait_for_rights(cluster, account, kubernetes_namespace, everywhere)
        wait_for_rights(cluster, account, OWN_NAMESPACE, everywhere | ON_LEASES)


def delete_rights(manifests: Path, namespace: str) -> str:
    """The command of docs/install.md, for the names of `beside_the_other`."""
    page = (manifests.parent / "docs" / "install.md").read_text(encoding="utf-8")
    (command,) = (line for line in page.splitlines() if line.startswith("kubectl delete role,rolebinding"))
    named = command.replace("NAMESPACE", namespace).replace(OWN_NAMESPACE, f"overlay-{OWN_NAMESPACE}")
    return f"{named} --ignore-not-found"


def wait_for_rights(cluster: LocalCluster, account: str, namespace: str, expected: Rights) -> None:
    """Wait until the API server grants these: it hears of a binding after a moment."""

    def are_these() -> bool:
        found = granted(cluster, account, namespace)
        if found != expected:
            raise LookupError(f"too many: {found - expected}; too few: {expected - found}")
        return True

    wait_for(are_these, 60, f"the rights of {account} in {namespace}")


def test_what_connections_name_is_read_where_the_owner_of_the_namespace_allows_it(
    installed_rights: LocalCluster, kubernetes_namespace: str
) -> None:
    """By the command of the condition: Secrets and ConfigMaps by name, not by list or watch; only there."""
    _, *command = grant(OPERATOR, kubernetes_namespace).split()
    installed_rights.kubectl(*command)
    connections = {("secrets", "", "get"), ("configmaps", "", "get")}
    assert granted(installed_rights, OPERATOR, kubernetes_namespace) == IN_A_WORKLOAD_NAMESPACE | connections
    assert granted(installed_rights, OPERATOR, OWN_NAMESPACE) == IN_A_WORKLOAD_NAMESPACE | ON_LEASES


def beside_the_other(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """An installation's account and rights under names of their own: the cluster has an installation."""
    made = [each for each in objects if each["kind"] == "ServiceAccount" or each["apiVersion"].startswith("rbac.")]
    for each in made:
        for named in (each["metadata"], each.get("roleRef", {"name": ""}), *each.get("subjects", ())):
            named["name"] = f"overlay-{named['name']}"
    return made


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("view", {"get", "list", "watch"}, {"create", "update", "patch", "delete"}),
        ("edit", {"get", "list", "watch", "create", "update", "patch", "delete"}, set()),
        ("admin", {"get", "list", "watch", "create", "update", "patch", "delete"}, set()),
    ],
)
def test_the_default_user_roles_include_pools(
    installed_rights: LocalCluster, kubernetes_namespace: str, role: str, allowed: set[str], refused: set[str]
) -> None:
    """View reads pools and connections; edit and admin write them. The API server joins the roles after a moment."""
    cluster = installed_rights
    cluster.kubectl("create", "rolebinding", "people", f"--clusterrole={role}", "--user=jo", "-n", kubernetes_namespace)

    def verbs() -> set[str]:
        rights = everything_allowed(cluster, "jo", kubernetes_namespace)
        resources = {"temporalworkerpools.workerpools.dev", "temporalconnections.workerpools.dev"}
        by_resource = [{verb for name, _, verb in rights if name == resource} for resource in resources]
        return set.intersection(*by_resource)

    wait_for(lambda: allowed <= verbs(), 60, f"{role} to allow {sorted(allowed)}")
    assert not refused & verbs()
