"""The operator has the permissions that it needs and no others, by the real API server's authorizer."""

import json
import os
from pathlib import Path

import pytest

from controller.operator.inputs.connection import grant
from localcluster.cluster import LocalCluster
from tests.support.waiting import wait_for

OPERATOR = "system:serviceaccount:temporal-worker-pools:temporal-worker-pools"
OWN_NAMESPACE = "temporal-worker-pools"
UNPRIVILEGED = "system:serviceaccount:default:unprivileged"

Rights = set[tuple[str, str, str]]

IN_A_WORKLOAD_NAMESPACE: Rights = {
    *(("temporalworkerpools.workerpools.dev", "", verb) for verb in ("get", "list", "watch")),
    ("temporalworkerpools/status.workerpools.dev", "", "patch"),
    ("temporalconnections.workerpools.dev", "", "get"),
    *(("deployments.apps", "", verb) for verb in ("get", "list", "watch", "patch")),
    ("deployments/scale.apps", "", "patch"),
    *(("pods", "", verb) for verb in ("get", "list", "watch", "patch")),
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


def test_the_overlay_gives_the_same_permissions_in_one_namespace_only(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path, manifests: Path
) -> None:
    """Namespaced: the workload namespace, and nothing anywhere else."""
    account = f"{OPERATOR.rpartition(':')[0]}:overlay-temporal-worker-pools"
    workload_namespace = "workers"
    for namespace in (workload_namespace, OWN_NAMESPACE):
        cluster.kubectl("create", "namespace", namespace, check=False)
    cluster.kubectl("apply", "-k", str(beside_the_other(manifests / "namespaced", tmp_path)))
    assert granted(cluster, account, workload_namespace) == IN_A_WORKLOAD_NAMESPACE
    assert granted(cluster, account, OWN_NAMESPACE) == ON_LEASES
    assert granted(cluster, account, kubernetes_namespace) == set()


def test_what_connections_name_is_read_where_the_owner_of_the_namespace_allows_it(
    installed_rights: LocalCluster, kubernetes_namespace: str
) -> None:
    """By the command of the condition: Secrets and ConfigMaps by name, not by list or watch; only there."""
    _, *command = grant(OPERATOR, kubernetes_namespace).split()
    installed_rights.kubectl(*command)
    connections = {("secrets", "", "get"), ("configmaps", "", "get")}
    assert granted(installed_rights, OPERATOR, kubernetes_namespace) == IN_A_WORKLOAD_NAMESPACE | connections
    assert granted(installed_rights, OPERATOR, OWN_NAMESPACE) == IN_A_WORKLOAD_NAMESPACE | ON_LEASES


def beside_the_other(overlay: Path, folder: Path) -> Path:
    """Give an installation's rights names of their own, and leave out its Deployment: no operator is to run by it."""
    kustomization = {
        "resources": [os.path.relpath(overlay, folder.resolve())],
        "namePrefix": "overlay-",
        "patches": [
            {
                "target": {"kind": "Deployment"},
                "patch": json.dumps(
                    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "any"}, "$patch": "delete"}
                ),
            }
        ],
    }
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization), encoding="utf-8")
    return folder


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
