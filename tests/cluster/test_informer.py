"""A watch cache on the real API server, whatever happens to its connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from controller.api.spec import ObjectMeta
from controller.cluster import informer
from controller.cluster.client import Cluster
from controller.cluster.convert import to_deployment
from controller.cluster.errors import ClusterUnavailableError, ExpiredError, ForbiddenError
from controller.cluster.informer import LONGEST_PAUSE_SECONDS, RESET_SECONDS, BackOff, ObjectKey, WatchCache
from controller.cluster.resources import DEPLOYMENTS, POOLS, Resource
from controller.cluster.workload import DeploymentCache
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.cluster.fake_api_server import FakeApiServer, serving
from tests.cluster.proxy import through_proxy
from tests.support.cluster import apply
from tests.support.waiting import wait_for_async

SECONDS = 60.0
"""How long anything may take on a slow machine."""


@asynccontextmanager
async def kept_up_to_date(cache: WatchCache[Any]) -> AsyncIterator[None]:
    """Runs the cache inside the block; it must not have ended by itself."""
    task = asyncio.create_task(cache.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def running(
    cluster: Cluster, namespace: str | None, changed: Callable[[ObjectKey], None] = lambda _: None
) -> AsyncIterator[DeploymentCache]:
    """A cache of Deployments that is kept up to date inside the block."""
    cache = DeploymentCache(cluster, namespace, changed)
    async with kept_up_to_date(cache):
        yield cache


async def until(condition: Callable[[], bool], what: str) -> None:
    """Waits until the condition holds."""

    async def holds() -> bool:
        return condition()

    await wait_for_async(holds, SECONDS, what)


async def test_a_cache_follows_every_change(admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str) -> None:
    """Existing, added, changed and deleted objects, each by its key."""
    apply(cluster, kubernetes_namespace, manifests.deployment("first"))
    changed_keys: list[ObjectKey] = []
    async with running(admin, kubernetes_namespace, changed_keys.append) as cache:
        await cache.wait_synced(SECONDS)
        first = cache.get(kubernetes_namespace, "first")
        assert first is not None
        assert changed_keys == [(kubernetes_namespace, "first")]
        apply(cluster, kubernetes_namespace, manifests.deployment("second"))
        await until(lambda: (kubernetes_namespace, "second") in changed_keys, "the second Deployment")
        assert set(cache.in_namespace(kubernetes_namespace)) == {"first", "second"}
        changed_keys.clear()
        cluster.kubectl("set", "env", "deployment/first", "SLOTS=9", "--namespace", kubernetes_namespace)
        await until(lambda: cache.get(kubernetes_namespace, "first") != first, "the change")
        cluster.kubectl("delete", "deployment", "first", "second", "--namespace", kubernetes_namespace)
        await until(lambda: not cache.in_namespace(kubernetes_namespace), "the deletion")
    assert cache.get(kubernetes_namespace, "first") is None
    assert {(kubernetes_namespace, "first"), (kubernetes_namespace, "second")} <= set(changed_keys)
    assert cache.failure is None


async def test_a_cache_of_one_namespace_sees_no_other(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """A cache of the whole cluster sees both."""
    apply(cluster, kubernetes_namespace, manifests.deployment())
    async with running(admin, "default") as narrow, running(admin, None) as wide:
        await narrow.wait_synced(SECONDS)
        await wide.wait_synced(SECONDS)
        assert narrow.get(kubernetes_namespace, "worker") is None
        assert wide.get(kubernetes_namespace, "worker") is not None


async def test_a_long_list_comes_in_pages(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five objects, two a page: nothing is lost at the seams."""
    monkeypatch.setattr(informer, "PAGE_SIZE", 2)
    names = {f"worker-{number}" for number in range(5)}
    apply(cluster, kubernetes_namespace, *(manifests.deployment(name) for name in names))
    async with running(admin, kubernetes_namespace) as cache:
        await cache.wait_synced(SECONDS)
        assert set(cache.in_namespace(kubernetes_namespace)) == names


async def test_a_cache_recovers_from_a_cut_connection(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path
) -> None:
    """While it is cut, the old state is kept, with the reason; afterwards the changes of that time arrive."""
    apply(cluster, kubernetes_namespace, manifests.deployment("goes"), manifests.deployment("stays"))
    changed_keys: list[ObjectKey] = []
    async with (
        through_proxy(cluster, tmp_path / "config") as (connected, proxy),
        running(connected, kubernetes_namespace, changed_keys.append) as cache,
    ):
        await cache.wait_synced(SECONDS)
        await proxy.cut()
        await until(lambda: cache.failure is not None, "the failure")
        assert cache.failure is not None
        assert f"Deployments of namespace {kubernetes_namespace}" in cache.failure
        assert "check the API server" in cache.failure
        assert set(cache.in_namespace(kubernetes_namespace)) == {"goes", "stays"}
        changed_keys.clear()
        cluster.kubectl("delete", "deployment", "goes", "--namespace", kubernetes_namespace)
        apply(cluster, kubernetes_namespace, manifests.deployment("comes"))
        await proxy.resume()
        await until(lambda: cache.failure is None, "the connection")
        assert set(cache.in_namespace(kubernetes_namespace)) == {"comes", "stays"}
        assert {(kubernetes_namespace, "goes"), (kubernetes_namespace, "comes")} <= set(changed_keys)


async def test_a_connection_without_data_is_replaced(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stands and nothing comes, as after the loss of a load balancer: it is made anew."""
    monkeypatch.setattr(informer, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(informer, "REQUEST_TIMEOUT_SECONDS", 1.0)
    async with (
        through_proxy(cluster, tmp_path / "config") as (connected, proxy),
        running(connected, kubernetes_namespace) as cache,
    ):
        await cache.wait_synced(SECONDS)
        apply(cluster, kubernetes_namespace, manifests.deployment("seen"))
        await until(lambda: cache.get(kubernetes_namespace, "seen") is not None, "the watch")
        proxy.stall()
        apply(cluster, kubernetes_namespace, manifests.deployment())
        await until(lambda: cache.failure is not None, "the failure")
        assert cache.failure is not None
        assert "no answer in time" in cache.failure
        proxy.end_silence()
        await until(lambda: cache.get(kubernetes_namespace, "worker") is not None, "the Deployment")


async def test_an_expired_resource_version_has_its_own_exception(pools: WatchCache[ObjectMeta]) -> None:
    """The server answers 410."""
    with pytest.raises(ExpiredError, match="too old resource version"):
        await pools._watch()


async def test_an_expired_watch_starts_anew_and_is_no_failure(
    pools: WatchCache[ObjectMeta],
    cluster: LocalCluster,
    kubernetes_namespace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server ends each watch after a second; the next one, from an expired version, leads to a new list."""
    monkeypatch.setattr(informer, "WATCH_SECONDS", 1)
    monkeypatch.setattr(informer, "SHORT_WATCH_SECONDS", 0.0)
    lists = 0
    failures = set()
    list_all = pools._list

    async def counting() -> None:
        nonlocal lists
        lists += 1
        await list_all()

    def listed_anew() -> bool:
        pools._resource_version = "1"
        failures.add(pools.failure)
        return lists > 2

    monkeypatch.setattr(pools, "_list", counting)
    async with kept_up_to_date(pools):
        await pools.wait_synced(SECONDS)
        await until(listed_anew, "a second new list")
        assert failures == {None}
        apply(cluster, kubernetes_namespace, manifests.pool())
        await until(lambda: pools.get(kubernetes_namespace, "orders") is not None, "the pool")


@pytest.fixture
async def pools(admin: Cluster, kubernetes_namespace: str, pools_served: None) -> WatchCache[ObjectMeta]:  # noqa: ARG001
    """A cache that would go on from the very first version, which is expired for a kind whose CRD came later."""
    request = POOLS.list_request(admin.client, kubernetes_namespace)
    cache = WatchCache("pools", request, lambda item: ObjectMeta.from_manifest(item["metadata"]), lambda _: None)
    cache._resource_version = "1"

    async def kind_can_be_watched() -> bool:
        with contextlib.suppress(ExpiredError):
            await cache._watch()
        return True  # and not 429, the answer while the storage of a new CRD is set up

    await wait_for_async(kind_can_be_watched, SECONDS, "the kind to be watchable")
    return cache


async def test_a_permission_that_comes_later_is_used(
    guest: Cluster, cluster: LocalCluster, kubernetes_namespace: str
) -> None:
    """Until then nothing is synced, and the text names what is missing."""
    apply(cluster, kubernetes_namespace, manifests.deployment())
    async with running(guest, kubernetes_namespace) as cache:
        await until(lambda: cache.failure is not None, "the refusal")
        assert cache.failure is not None
        assert 'cannot list resource "deployments" in API group "apps"' in cache.failure
        assert "give the operator's account the permission" in cache.failure
        with pytest.raises(ClusterUnavailableError, match=r"were not listed within 0\.1 s: Could not list Deployments"):
            await cache.wait_synced(0.1)
        cluster.kubectl(
            "create", "rolebinding", "guest", "--clusterrole=view", f"--serviceaccount={kubernetes_namespace}:guest",
            "--namespace", kubernetes_namespace,
        )  # fmt: skip
        await cache.wait_synced(SECONDS)
        assert cache.get(kubernetes_namespace, "worker") is not None
        assert cache.failure is None


async def test_a_permission_that_is_taken_away_is_noticed_with_the_next_watch(
    guest: Cluster, cluster: LocalCluster, kubernetes_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch itself lasts on without it."""
    monkeypatch.setattr(informer, "WATCH_SECONDS", 2)
    monkeypatch.setattr(informer, "FORBIDDEN_SECONDS", 0.0)
    where = "--namespace", kubernetes_namespace
    account = f"--serviceaccount={kubernetes_namespace}:guest"
    cluster.kubectl("create", "rolebinding", "guest", "--clusterrole=view", account, *where)
    async with running(guest, kubernetes_namespace) as cache:
        await cache.wait_synced(SECONDS)
        cluster.kubectl("delete", "rolebinding", "guest", *where)
        await until(lambda: cache.outdated is not None, "the cache to be outdated")
        assert 'resource "deployments" in API group "apps"' in str(cache.outdated)


async def test_a_missing_permission_is_logged_at_the_first_try_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only where something waits for the cache; and that it is over."""
    monkeypatch.setattr(informer, "FIRST_PAUSE_SECONDS", 0.01)
    server = FakeApiServer()
    async with serving(server) as cluster:
        tries = 0

        async def refused(**query: Any) -> Any:
            nonlocal tries
            tries += 1
            if tries <= 3:
                raise ForbiddenError("may not list Deployments")
            return await DEPLOYMENTS.list_request(cluster.client, None)(**query)

        cache = WatchCache("Deployments", refused, to_deployment, lambda _: None)
        with capture_logs() as lines:
            async with kept_up_to_date(cache):
                await cache.wait_synced(SECONDS)
    assert [(line["event"], line["log_level"], line.get("error")) for line in lines] == [
        ("watch_failed", "warning", "may not list Deployments"),
        ("watch_recovered", "info", None),
    ]


async def test_a_cache_that_is_not_up_to_date_is_outdated_after_a_while(
    cluster: LocalCluster, kubernetes_namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason; once the API server can be reached again it is not, without a change."""
    monkeypatch.setattr(informer, "OUTDATED_SECONDS", 0.5)
    async with (
        through_proxy(cluster, tmp_path / "kubeconfig") as (connected, proxy),
        running(connected, kubernetes_namespace) as cache,
    ):
        await cache.wait_synced(SECONDS)
        assert cache.outdated is None
        await proxy.cut()
        await until(lambda: cache.outdated is not None, "the copy to be outdated")
        assert f"The cache of Deployments of namespace {kubernetes_namespace} has not been up to date for" in str(
            cache.outdated
        )
        await proxy.resume()
        await until(lambda: cache.outdated is None, "the copy to be renewed")


async def test_a_kind_that_is_not_installed_has_no_objects(admin: Cluster) -> None:
    """That is no failure where it is optional: the cache counts as complete, and asks again much later."""
    request = Resource("/apis/example.dev/v1", "things").list_request(admin.client, None)
    optional, needed = (
        WatchCache("things", request, ObjectMeta.from_manifest, lambda _: None, optional=optional)
        for optional in (True, False)
    )
    async with kept_up_to_date(optional), kept_up_to_date(needed):
        await optional.wait_synced(SECONDS)
        assert (optional.failure, optional.outdated, dict(optional.in_namespace("default"))) == (None, None, {})
        await until(lambda: needed.failure is not None, "the other one to fail")
        assert not needed.synced.is_set()


def test_pauses_double_up_to_the_longest() -> None:
    """Without jitter, and with all of it."""
    least, most = BackOff(lambda: 0.0, lambda: 0.0), BackOff(lambda: 0.0, lambda: 1.0)
    assert [least.next_seconds() for _ in range(7)] == [0.8, 1.6, 3.2, 6.4, 12.8, 15.0, 15.0]
    assert [most.next_seconds() for _ in range(7)] == [1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert LONGEST_PAUSE_SECONDS == 30.0


def test_after_two_minutes_without_a_pause_back_off_starts_anew() -> None:
    """Not before: a server that works for a minute in between is not well yet."""
    clock = [0.0]
    back_off = BackOff(lambda: clock[0], lambda: 0.0)
    assert [back_off.next_seconds() for _ in range(3)] == [0.8, 1.6, 3.2]
    clock[0] += RESET_SECONDS
    assert back_off.next_seconds() == 6.4
    clock[0] += RESET_SECONDS + 1
    assert back_off.next_seconds() == 0.8
