"""The Lease on the real API server, and writes that are not sent by a replica that does not lead."""

import pytest

from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError, NotLeadingError
from controller.cluster.lease import LeaseStore
from controller.cluster.resources import CONFIG_MAPS, create

NOW = 1_795_521_600.0


async def test_a_lease_goes_from_one_to_another_and_back_to_none(admin: Cluster, kubernetes_namespace: str) -> None:
    """With the times that people read, and the number of times that it changed hands."""
    store = LeaseStore(admin, kubernetes_namespace, "operators")
    assert await store.read() is None
    assert await store.take(None, "first", 10, NOW)
    first = await store.read()
    assert first is not None
    assert (first.holder, first.duration_seconds, first.transitions) == ("first", 10, 0)
    assert first.acquired_at == "2026-11-24T12:00:00.000000Z"
    assert await store.take(first, "first", 10, NOW + 5)
    renewed = await store.read()
    assert renewed is not None
    assert renewed.acquired_at == first.acquired_at
    assert await store.take(renewed, "second", 10, NOW + 20)
    second = await store.read()
    assert second is not None
    assert (second.holder, second.transitions) == ("second", 1)
    assert await store.take(second, "", 1, NOW + 30)
    free = await store.read()
    assert free is not None
    assert (free.holder, free.transitions) == ("", 1)


async def test_of_two_that_write_at_the_same_time_one_has_the_lease(admin: Cluster, kubernetes_namespace: str) -> None:
    """The other is told that it was too late, at the first writing and at each later one."""
    store = LeaseStore(admin, kubernetes_namespace, "operators")
    assert await store.take(None, "first", 10, NOW)
    assert not await store.take(None, "second", 10, NOW)
    read = await store.read()
    assert await store.take(read, "third", 10, NOW)
    assert not await store.take(read, "second", 10, NOW)


async def test_a_missing_permission_is_named(guest: Cluster, kubernetes_namespace: str) -> None:
    """As for every other object."""
    with pytest.raises(ForbiddenError, match=r"Could not read Lease .*/operators"):
        await LeaseStore(guest, kubernetes_namespace, "operators").read()


async def test_a_replica_that_does_not_lead_sends_no_change_but_of_the_lease(
    admin: Cluster, kubernetes_namespace: str
) -> None:
    """Whatever a pass still wants to write."""
    admin.fence(lambda: "This replica does not lead; another does.")
    with pytest.raises(NotLeadingError, match=r"^This replica does not lead; another does\.$"):
        await create(admin.client, CONFIG_MAPS.path(kubernetes_namespace), {})
    assert await LeaseStore(admin, kubernetes_namespace, "operators").take(None, "first", 10, NOW)
    admin.fence(lambda: None)
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "allowed"}}
    answer = await create(admin.client, CONFIG_MAPS.path(kubernetes_namespace), manifest)
    assert answer.status == 201
