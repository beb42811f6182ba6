"""A watch cache on a fake API server: answers that the real one does not give, or not when it is asked to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from controller.cluster.client import Cluster
from controller.cluster.convert import to_pod
from controller.cluster.errors import ClusterUnavailableError
from controller.cluster.pods import PodCache
from controller.cluster.pools import list_pool_uids
from tests.cluster import manifests
from tests.cluster.fake_api_server import FakeApiServer, event, serving
from tests.support.waiting import wait_for_async

SECONDS = 60.0
"""How long anything may take on a slow machine."""


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    """A pod as a server gives it."""
    manifest = manifests.pod(name, {"app": "worker"})
    added = {"namespace": "prod", "uid": name, "resourceVersion": "2", "creationTimestamp": "2026-11-24T12:00:00Z"}
    return manifest | {"metadata": manifest["metadata"] | added | metadata}


@asynccontextmanager
async def kept(cluster: Cluster) -> AsyncIterator[PodCache]:
    """A cache of all pods that is kept up to date inside the block, and has not ended by itself."""
    cache = PodCache(cluster, None, lambda _: None)
    task = asyncio.create_task(cache.run())
    yield cache
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def has_pods(cache: PodCache, *names: str) -> None:
    """Waits until the cache has exactly these pods."""

    async def holds() -> bool:
        return set(cache.in_namespace("prod")) == set(names)

    await wait_for_async(holds, SECONDS, f"the pods {', '.join(names)}")


async def test_a_server_that_ends_each_watch_at_once_is_retried_with_back_off() -> None:
    """In 3 s it would be asked some thousand times; what it lists is known all the same, and why no watch is kept."""
    server = FakeApiServer(pod("worker-0"), lasts=False)
    async with serving(server) as cluster, kept(cluster) as cache:
        await asyncio.sleep(3)
        assert server.lists + server.watches <= 2 * 4
        await has_pods(cache, "worker-0")

        async def failed() -> bool:
            return cache.failure is not None

        await wait_for_async(failed, SECONDS, "the failure")
        assert "the server, or a proxy before it, ended the watch after 0." in str(cache.failure)


async def test_a_server_that_ends_each_watch_after_an_event_is_retried_with_back_off() -> None:
    """An event is no sign that the watch will last."""

    async def one_event(response: web.StreamResponse) -> None:
        await response.write(event("ADDED", pod("worker-1")))

    server = FakeApiServer(pod("worker-0"), watch=one_event, lasts=False)
    async with serving(server) as cluster, kept(cluster):
        await asyncio.sleep(3)
        assert server.lists + server.watches <= 2 * 4


@pytest.mark.parametrize("kilobytes", [100, 600, 3000])
async def test_an_object_of_any_size_is_read_from_the_watch(kilobytes: int) -> None:
    """In one line, for which the client's own reader fails above 512 KiB: there is no new list."""

    async def large(response: web.StreamResponse) -> None:
        await response.write(event("ADDED", pod("large", annotations={"note": "x" * kilobytes * 1024})))
        await response.write(event("ADDED", pod("small")))

    server = FakeApiServer(watch=large)
    async with serving(server) as cluster, kept(cluster) as cache:
        await has_pods(cache, "large", "small")
        assert (server.lists, server.watches, cache.failure) == (1, 1, None)


async def test_events_that_are_none_are_skipped_and_the_watch_goes_on() -> None:
    """Lines without JSON, of another type, without an object, and an empty one."""

    async def odd(response: web.StreamResponse) -> None:
        for line in (b"no JSON\n", b"null\n", b"[]\n", b"\n", b'{"type": "ADDED"}\n', event("NEW", pod("x"))):
            await response.write(line)
        await response.write(event("ADDED", pod("whole")))

    server = FakeApiServer(watch=odd)
    async with serving(server) as cluster, kept(cluster) as cache:
        await has_pods(cache, "whole")
        assert (server.lists, server.watches, cache.failure) == (1, 1, None)


ODD_ITEMS = [None, "text", {}, {"metadata": None}, {"metadata": {"name": "nameless"}, "spec": [], "status": 7}]


async def test_an_unreadable_object_does_not_affect_the_others() -> None:
    """Those that have a name are there, with what can be read of them; they are named in the log, once."""
    odd = pod("odd") | {"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "soon"}]}}

    async def later(response: web.StreamResponse) -> None:
        for _ in range(3):
            await response.write(event("MODIFIED", odd))
        await response.write(event("ADDED", pod("later")))

    server = FakeApiServer(*ODD_ITEMS, odd, pod("worker-0"), watch=later)
    with capture_logs() as logged:
        async with serving(server) as cluster, kept(cluster) as cache:
            await has_pods(cache, "odd", "worker-0", "later")
            assert cache.failure is None
            read = cache.get("prod", "odd")
            assert read is not None
            assert read.ready_since is not None
            assert read.unread == ("status.conditions[0].lastTransitionTime",)
    named = [entry for entry in logged if entry["event"] == "object_read_partly"]
    assert [(entry["object"], entry["fields"]) for entry in named] == [("prod/odd", read.unread)]
    assert len([entry for entry in logged if entry["event"] == "object_skipped"]) == len(ODD_ITEMS)


async def test_a_pod_whose_conversion_fails_exists_and_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else goes wrong with one of them: it counts, as a pod of which nothing but its metadata is known."""

    def failing(manifest: Any) -> Any:
        if manifest["metadata"]["name"] == "odd":
            raise RecursionError("too deep")
        return to_pod(manifest)

    monkeypatch.setattr("controller.cluster.pods.to_pod", failing)
    with capture_logs() as logged:
        async with serving(FakeApiServer(pod("odd"), pod("worker-0"))) as cluster, kept(cluster) as cache:
            await has_pods(cache, "odd", "worker-0")
            odd = cache.get("prod", "odd")
    assert odd is not None
    assert (odd.labels, odd.ready_since, odd.unread) == ({"app": "worker"}, None, ("spec", "status"))
    (named,) = [entry for entry in logged if entry["event"] == "object_read_partly"]
    assert (named["object"], named["error"]) == ("prod/odd", "RecursionError: too deep")


@pytest.mark.parametrize("page", ["text", {"kind": "Status"}], ids=["no object", "no list"])
async def test_an_answer_that_is_not_a_list_is_not_an_empty_list(page: Any) -> None:
    """Unknown is not zero."""
    async with serving(FakeApiServer(page=page)) as cluster, kept(cluster) as cache:

        async def failed() -> bool:
            return cache.failure is not None

        await wait_for_async(failed, SECONDS, "the failure")
        assert not cache.synced.is_set()


async def test_a_list_of_nothing_may_be_null() -> None:
    """Go writes an empty list so."""
    page = {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": None}
    async with serving(FakeApiServer(page=page)) as cluster, kept(cluster) as cache:
        await cache.wait_synced(SECONDS)
        assert dict(cache.in_namespace("prod")) == {}


@pytest.mark.parametrize(
    "page",
    [
        {"kind": "Status"},
        {"items": "none"},
        {"items": [None]},
        {"items": [{"metadata": {"namespace": "prod", "name": "orders"}}]},
        {"items": [{"metadata": {"namespace": "prod", "uid": "u"}}]},
    ],
    ids=["no list", "of another type", "null", "no UID", "no name"],
)
async def test_an_unreadable_list_of_pools_deletes_none(page: Any) -> None:
    """What is not in it counts as deleted."""
    async with serving(FakeApiServer(page=page)) as cluster:
        with pytest.raises(ClusterUnavailableError, match="the answer is not a list of objects"):
            await list_pool_uids(cluster, None)


async def test_pools_are_listed_by_name_with_their_uids() -> None:
    """Null is an empty list."""
    item = {"metadata": {"namespace": "prod", "name": "orders", "uid": "u"}}
    async with serving(FakeApiServer(item)) as cluster:
        assert await list_pool_uids(cluster, None) == {("prod", "orders"): "u"}
    async with serving(FakeApiServer(page={"metadata": {}, "items": None})) as cluster:
        assert await list_pool_uids(cluster, None) == {}
