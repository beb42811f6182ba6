"""Requests to the API server without a process of kubectl."""

import json

import pytest

from localcluster.admin_api import RefusedError
from localcluster.cluster import LocalCluster


def test_objects_are_read_as_kubectl_gets_them(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """One by its name, and a list by selectors."""
    for name in ("one", "two"):
        cluster.kubectl("create", "configmap", name, f"--from-literal=is={name}", "-n", kubernetes_namespace)
    cluster.kubectl("label", "configmap", "two", "even=yes", "-n", kubernetes_namespace)
    one = cluster.read("configmap", kubernetes_namespace, "one")
    assert one["data"] == {"is": "one"}
    shown = cluster.kubectl(
        "get", "configmap", "one", "-n", kubernetes_namespace, "-o", "json", "--show-managed-fields"
    )
    assert one == json.loads(shown)
    by_label = cluster.read("configmaps", kubernetes_namespace, labelSelector="even=yes")["items"]
    by_field = cluster.read("configmaps", kubernetes_namespace, fieldSelector="metadata.name=one")["items"]
    assert [[item["metadata"]["name"] for item in items] for items in (by_label, by_field)] == [["two"], ["one"]]


def test_what_is_not_there_is_an_error_with_its_path(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """And with what the API server says."""
    with pytest.raises(RefusedError, match=r'^GET .*/pods/none was refused with status 404: .*\\"none\\" not found'):
        cluster.read("pod", kubernetes_namespace, "none")


def test_a_connection_that_the_server_closed_is_opened_again(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """Without a word."""
    cluster.read("pods", kubernetes_namespace)
    connection = cluster.api._connection
    assert connection is not None
    assert connection.sock is not None
    connection.sock.shutdown(2)
    assert cluster.read("pods", kubernetes_namespace)["items"] == []
