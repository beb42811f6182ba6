"""Reading TemporalConnections and what they name from the real API server."""

import asyncio
import base64
import json

import pytest

from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, NotFoundError
from controller.cluster.secrets import ConnectionObjects
from localcluster.cluster import LocalCluster
from tests.api.pools import FULL_CONNECTION, connection
from tests.support.cluster import apply
from tests.support.waiting import wait_for_async

SHORTEST_POLL_SECONDS = 5.0


def secret(name: str, **data: bytes) -> dict[str, object]:
    """A labelled Secret."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"workerpools.dev/connection": "true"}},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }


async def test_a_secret_is_read_with_labels_and_decoded(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Bytes, whatever they are; and not in its text."""
    apply(cluster, kubernetes_namespace, secret("cloud", key=b"\x00\xffsecret"))
    read = await ConnectionObjects(admin).secret(kubernetes_namespace, "cloud")
    assert read.data == {"key": b"\x00\xffsecret"}
    assert read.labels == {"workerpools.dev/connection": "true"}
    assert "secret" not in repr(read)


async def test_a_config_map_is_read_with_texts_and_bytes(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Bundles of authorities come as either."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "authorities"},
        "data": {"ca.crt": "grün"},
        "binaryData": {"bundle": base64.b64encode(b"\xff").decode()},
    }
    apply(cluster, kubernetes_namespace, manifest)
    read = await ConnectionObjects(admin).config_map(kubernetes_namespace, "authorities")
    assert read.data == {"ca.crt": "grün".encode(), "bundle": b"\xff"}


@pytest.mark.usefixtures("pools_served")
async def test_a_connection_is_read_as_it_is_stored(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """With the defaults that the API server filled in."""
    apply(cluster, kubernetes_namespace, connection(FULL_CONNECTION))
    assert await ConnectionObjects(admin).connection_spec(kubernetes_namespace, "cloud") == FULL_CONNECTION


async def test_missing_and_forbidden_have_their_own_exceptions(
    admin: Cluster, guest: Cluster, kubernetes_namespace: str
) -> None:
    """One is fixed by creating it, the other by a permission."""
    with pytest.raises(NotFoundError, match=f'read Secret {kubernetes_namespace}/cloud: secrets "cloud" not found'):
        await ConnectionObjects(admin).secret(kubernetes_namespace, "cloud")
    with pytest.raises(ForbiddenError, match='cannot get resource "secrets"'):
        await ConnectionObjects(guest).secret(kubernetes_namespace, "cloud")


async def test_callers_at_once_cost_one_read_and_a_change_is_read_soon(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Within the shared moment all get the same object; after it, the rotated one: within the shortest poll."""
    objects = ConnectionObjects(admin)
    apply(cluster, kubernetes_namespace, secret("cloud", key=b"old"))
    reads = await asyncio.gather(*(objects.secret(kubernetes_namespace, "cloud") for _ in range(50)))
    assert {read.data["key"] for read in reads} == {b"old"}
    assert len(objects._reads) == 1
    patch = json.dumps(secret("cloud", key=b"new"))
    await asyncio.to_thread(
        cluster.kubectl, "patch", "secret", "cloud", "-n", kubernetes_namespace, "--type=merge", "-p", patch
    )
    rotated_at = asyncio.get_running_loop().time()

    async def rotated() -> bool:
        return (await objects.secret(kubernetes_namespace, "cloud")).data["key"] == b"new"

    await wait_for_async(rotated, 60, "the rotated Secret")
    assert asyncio.get_running_loop().time() - rotated_at < SHORTEST_POLL_SECONDS


async def test_a_cancelled_caller_does_not_cancel_the_read_for_the_others(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """A cancelled reconcile cancels no other."""
    objects = ConnectionObjects(admin)
    apply(cluster, kubernetes_namespace, secret("cloud", key=b"here"))
    first = asyncio.create_task(objects.secret(kubernetes_namespace, "cloud"))
    second = asyncio.create_task(objects.secret(kubernetes_namespace, "cloud"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).data == {"key": b"here"}
