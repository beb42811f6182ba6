"""Connecting to the API server, and the error when there is none."""

import json
import socket
from pathlib import Path

import pytest

from controller.cluster.client import connect
from controller.cluster.errors import ClusterUnavailableError, UnauthenticatedError
from localcluster.cluster import LocalCluster


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the machine's own kubeconfig nor a pod around the test counts."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def changed(cluster: LocalCluster, file: Path, server: str | None = None, token: str | None = None) -> Path:
    """Writes the admin's kubeconfig with another server or token."""
    config = json.loads(cluster.kubeconfig.read_text())
    if server:
        config["clusters"][0]["cluster"]["server"] = server
    if token:
        config["users"][0]["user"]["token"] = token
    file.write_text(json.dumps(config))
    return file


async def test_a_kubeconfig_that_is_named_is_used(cluster: LocalCluster) -> None:
    """With the namespace of its context, and its credentials for other libraries; the token is in no text."""
    connected = await connect(cluster.kubeconfig)
    credentials = connected.credentials()
    await connected.close()
    config = json.loads(cluster.kubeconfig.read_text())
    assert connected.namespace == "default"
    assert connected.server == credentials.server == config["clusters"][0]["cluster"]["server"]
    assert credentials.token == config["users"][0]["user"]["token"]
    assert config["users"][0]["user"]["token"] not in repr(credentials)
    assert not credentials.insecure


async def test_the_environment_names_a_kubeconfig(
    cluster: LocalCluster, account_kubeconfig: Path, kubernetes_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`KUBECONFIG` counts where none is given, and a given one wins over it."""
    monkeypatch.setenv("KUBECONFIG", str(account_kubeconfig))
    by_environment = await connect()
    given = await connect(cluster.kubeconfig)
    await by_environment.close()
    await given.close()
    assert (by_environment.namespace, given.namespace) == (kubernetes_namespace, "default")


async def test_no_kubeconfig_is_one_clear_error() -> None:
    """The missing file, and the fix."""
    with pytest.raises(ClusterUnavailableError, match=r"^There is no kubeconfig ~/.kube/config: set --kubeconfig"):
        await connect()


@pytest.mark.parametrize("text", ["no: [yaml", "just words", "[]", "{}", "apiVersion: v1\nkind: Config\n"])
async def test_a_file_that_is_no_kubeconfig_is_one_clear_error(tmp_path: Path, text: str) -> None:
    """Whatever is in it."""
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ClusterUnavailableError, match=f"^Could not use kubeconfig {file}: "):
        await connect(file)


async def test_a_context_that_is_not_there_is_named(cluster: LocalCluster) -> None:
    """With how to see those that are."""
    with pytest.raises(
        ClusterUnavailableError, match=r"^Could not use context nope of .* `kubectl config get-contexts`"
    ):
        await connect(cluster.kubeconfig, "nope")


async def test_a_pod_without_a_service_account_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pod, but its token is not mounted."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(ClusterUnavailableError, match="set automountServiceAccountToken: true"):
        await connect()


async def test_a_server_that_refuses_is_named(cluster: LocalCluster, tmp_path: Path) -> None:
    """Nothing listens on the port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        file = changed(cluster, tmp_path / "config", server=f"https://127.0.0.1:{port}")
        with pytest.raises(ClusterUnavailableError) as caught:
            await connect(file)
    assert str(caught.value).startswith(
        f"Could not reach the API server https://127.0.0.1:{port}: 127.0.0.1:{port} is not reachable ("
    )


async def test_a_token_that_is_not_accepted_is_named(cluster: LocalCluster, tmp_path: Path) -> None:
    """The server answers 401; the token is not in the text."""
    file = changed(cluster, tmp_path / "config", token="not-the-token")
    with pytest.raises(UnauthenticatedError, match="renew the operator's token or kubeconfig") as caught:
        await connect(file)
    assert "not-the-token" not in str(caught.value)
