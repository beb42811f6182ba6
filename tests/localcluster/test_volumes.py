"""What pods mount: by the kubelet alone, and on the real control plane with a token of the pod's account."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcluster.cluster import LocalCluster
from localcluster.kubelet.environment import ConfigError, Known
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.volumes import Volumes, unsupported_volumes
from tests.localcluster.workloads import POD_IP, WEB, container, pod
from tests.support.cluster import apply, get_json
from tests.support.waiting import wait_for

TIMEOUT_SECONDS = 90

CPU_LIMIT = {"containerName": "worker", "resource": "limits.cpu"}


class OneOfEach:
    """In place of the API server: one ConfigMap and one Secret."""

    async def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The ConfigMap `settings`."""
        assert namespace == "prod"
        return {"data": {"a": "1", "b": "2"}, "binaryData": {"c": "Mw=="}} if name == "settings" else None

    async def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The Secret `login`."""
        assert namespace == "prod"
        return {"data": {"password": "aGlkZGVu"}} if name == "login" else None

    async def account_token(self, pod: dict[str, Any], audience: str, seconds: int) -> str:
        """A token that names its pod and its audience."""
        assert seconds
        return f"{pod['metadata']['name']} for {audience or 'the API server'}"


def a_pod(*volumes: dict[str, Any], mounts: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    """A pod of namespace prod."""
    containers = [{"name": "worker", "volumeMounts": mounts}]
    metadata = {"name": "worker-0", "namespace": "prod", "labels": {"app": "worker"}}
    return {"metadata": metadata, "spec": {"containers": containers, "volumes": list(volumes), **spec}}


async def files(made: dict[str, Any], folder: Path) -> dict[str, dict[str, str]]:
    """What the container sees, by the path of each mount."""
    mounts = await Volumes(folder, OneOfEach()).mounts(made, "worker", Known.of("127.0.0.9", "127.0.0.1", Capacity()))
    return {
        mount.target: {str(file.relative_to(mount.source)): file.read_text() for file in mount.source.rglob("*.*")}
        | {file.name: file.read_text() for file in mount.source.iterdir() if file.is_file()}
        for mount in mounts
    }


async def test_each_kind_of_volume_has_its_files(tmp_path: Path) -> None:
    """As the real kubelet writes them."""
    sources = [
        {"serviceAccountToken": {"path": "token", "audience": "vault"}},
        {"downwardAPI": {"items": [{"path": "app", "fieldRef": {"fieldPath": "metadata.labels['app']"}}]}},
        {"downwardAPI": {"items": [{"path": "cpu", "resourceFieldRef": CPU_LIMIT}]}},
        {"configMap": {"name": "settings", "items": [{"key": "a", "path": "first"}]}},
    ]
    made = a_pod(
        {"name": "tmp", "emptyDir": {}},
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "login", "secret": {"secretName": "login"}},
        {"name": "all", "projected": {"sources": sources}},
        mounts=[{"name": name, "mountPath": f"/etc/{name}"} for name in ("tmp", "settings", "login", "all")],
    )
    assert await files(made, tmp_path) == {
        "/etc/tmp": {},
        "/etc/settings": {"a": "1", "b": "2", "c": "3"},
        "/etc/login": {"password": "hidden"},
        "/etc/all": {"token": "worker-0 for vault", "app": "worker", "cpu": "64", "first": "1"},
    }


async def test_what_is_missing_is_named_unless_it_is_optional(tmp_path: Path) -> None:
    """The container waits for it."""
    mounts = [{"name": "other", "mountPath": "/etc/other"}]
    with pytest.raises(ConfigError, match='configmap "other" not found'):
        await files(a_pod({"name": "other", "configMap": {"name": "other"}}, mounts=mounts), tmp_path)
    optional = {"name": "other", "configMap": {"name": "other", "optional": True}}
    assert await files(a_pod(optional, mounts=mounts), tmp_path) == {"/etc/other": {}}


def test_what_can_not_be_mounted_is_named() -> None:
    """Nothing is ignored in silence."""
    volumes = [{"name": "disk", "persistentVolumeClaim": {}}, {"name": "all", "projected": {"sources": [{"ca": {}}]}}]
    mounts = [{"name": "disk", "mountPath": "/nowhere/data"}]
    assert list(unsupported_volumes(a_pod(*volumes, mounts=mounts)["spec"])) == [
        "volume disk: persistentVolumeClaim is not supported",
        "volume all: ca is not supported",
        "container worker: mountPath /nowhere/data: /nowhere must exist on this machine",
    ]


ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where clients look for the account of their pod; this machine has no such folder."""

ACCOUNT: dict[str, Any] = {
    "sources": [
        {"serviceAccountToken": {"path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
}

SCRIPT = f"""
touch /tmp/mine && ls -d /tmp/mine
cat /etc/twp-settings/a
touch /etc/twp-settings/new 2>/dev/null || echo read-only
python - <<'PY'
import os, ssl, urllib.request
folder = "{ACCOUNT_FOLDER}"
server = f"https://{{os.environ['KUBERNETES_SERVICE_HOST']}}:{{os.environ['KUBERNETES_SERVICE_PORT']}}"
namespace, token = (open(f"{{folder}}/{{name}}").read() for name in ("namespace", "token"))
path = f"{{server}}/api/v1/namespaces/{{namespace}}/configmaps/settings"
request = urllib.request.Request(path, headers={{"Authorization": f"Bearer {{token}}"}})
context = ssl.create_default_context(cafile=f"{{folder}}/ca.crt")
print(urllib.request.urlopen(request, context=context).status)
PY
exec sleep 600
"""


def test_a_pod_sees_its_volumes_and_the_machine_does_not(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """A folder of its own, a ConfigMap where this machine has no folder, and the API server by its own account."""
    arguments = ("-n", kubernetes_namespace)
    cluster.kubectl("create", "configmap", "settings", "--from-literal=a=one", *arguments)
    cluster.kubectl("create", "role", "reader", "--verb=get", "--resource=configmaps", *arguments)
    account = f"--serviceaccount={kubernetes_namespace}:default"
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader", account, *arguments)
    mounts = [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "settings", "mountPath": "/etc/twp-settings", "readOnly": True},
        {"name": "account", "mountPath": ACCOUNT_FOLDER, "readOnly": True},
    ]
    worker = container("sh", "-c", SCRIPT, env=[POD_IP], volumeMounts=mounts)
    volumes = [
        {"name": "tmp", "emptyDir": {}},
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "account", "projected": ACCOUNT},
    ]
    apply(cluster, kubernetes_namespace, pod("mounts", worker, volumes=volumes, serviceAccountName="default"))

    def printed() -> bool:
        said = cluster.kubectl("logs", "mounts", *arguments, check=False)
        return said.splitlines() == ["/tmp/mine", "oneread-only", "200"]

    wait_for(printed, TIMEOUT_SECONDS, "the pod to have read all of it")
    assert not Path("/etc/twp-settings").exists()
    assert not Path("/tmp/mine").exists()
    folder = cluster.folder / "volumes" / get_json(cluster, kubernetes_namespace, "pod", "mounts")["metadata"]["uid"]
    assert folder.exists()
    cluster.kubectl("delete", "pod", "mounts", "--grace-period=1", *arguments)
    wait_for(lambda: not folder.exists(), TIMEOUT_SECONDS, "its folder to be removed")


def test_a_probe_of_the_start_holds_the_others_back(cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """A program that takes longer to start than its liveness probe allows is left to start."""
    serve = f"import time; time.sleep(4); exec({WEB!r})"
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
    worker = container(
        "python",
        "-c",
        serve,
        env=[POD_IP],
        startupProbe=probe | {"failureThreshold": 30},
        livenessProbe=probe,
        readinessProbe=probe,
    )
    apply(cluster, kubernetes_namespace, pod("slow", worker))

    def status() -> dict[str, Any]:
        found: dict[str, Any] = get_json(cluster, kubernetes_namespace, "pod", "slow")["status"]
        return found["containerStatuses"][0] if "containerStatuses" in found else {}

    wait_for(lambda: status().get("ready"), TIMEOUT_SECONDS, "the pod to be ready")
    assert status()["restartCount"] == 0, json.dumps(status())
