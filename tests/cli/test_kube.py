"""What a command reads of a cluster, and how it says that it could not."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Connection, Kube, NotAllowed, if_allowed, with_cluster
from controller.cluster.resources import DEPLOYMENTS
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving

T = TypeVar("T")


def _done(api: FakeApi, folder: Path, work: Callable[[Kube], Awaitable[T]], *, everywhere: bool = False) -> T:
    with serving(api, folder) as kubeconfig:
        return with_cluster(Connection(kubeconfig, all_namespaces=everywhere), work)


def _refused(api: FakeApi, folder: Path, work: Callable[[Kube], Awaitable[T]]) -> CliError:
    with pytest.raises(CliError) as refused:
        _done(api, folder, work)
    assert "\n" not in refused.value.message
    return refused.value


def test_pools_are_those_of_the_namespace_of_the_context_or_of_all(tmp_path: Path) -> None:
    """By namespace and name."""
    pools = [("b", "prod"), ("a", "prod"), ("c", "dev")]
    api = FakeApi({pool_path(*key): pool(*key) for key in pools})
    of_context = _done(api, tmp_path, lambda kube: kube.pools())
    of_all = _done(api, tmp_path, lambda kube: kube.pools(), everywhere=True)
    assert [found.name for found in of_context] == ["a", "b"]
    assert [found.metadata.key for found in of_all] == [("dev", "c"), ("prod", "a"), ("prod", "b")]


def test_what_another_version_of_the_crd_has_harms_nothing(tmp_path: Path) -> None:
    """A spec that can't be read is none; of a status the rest counts."""
    odd = pool("odd", replicas=3, conditions=[{"type": "Ready"}]) | {"spec": {"taskQueues": 5}}
    found = _done(FakeApi({pool_path("odd"): odd}), tmp_path, lambda kube: kube.pool("odd"))
    assert (found.spec, found.status.replicas, found.has_status) == (None, 3, False)


def test_a_pool_that_is_not_there_is_named_with_how_to_find_it(tmp_path: Path) -> None:
    """With its namespace: most often that is the mistake."""
    error = _refused(FakeApi({}), tmp_path, lambda kube: kube.pool("orders"))
    assert error.status == ExitStatus.NOT_FOUND
    assert error.message.startswith("there is no temporalworkerpools/orders in namespace prod; `kubectl get")


def test_a_cluster_without_the_crd_is_not_one_without_the_pool(tmp_path: Path) -> None:
    """The API server then answers without the name of an object."""
    error = _refused(FakeApi({}, refuses_all=404), tmp_path, lambda kube: kube.pool("orders"))
    assert error.status == ExitStatus.NOT_FOUND
    assert "install the CRDs" in error.message


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (401, ExitStatus.UNREACHABLE),
        (403, ExitStatus.FORBIDDEN),
        (409, ExitStatus.REFUSED),
        (500, ExitStatus.UNREACHABLE),
    ],
)
def test_each_refusal_has_its_exit_status(tmp_path: Path, code: int, status: ExitStatus) -> None:
    """And one line, without the remedy that is meant for who runs the operator."""
    error = _refused(FakeApi({}, refuses_all=code), tmp_path, lambda kube: kube.read(DEPLOYMENTS, "prod", "worker"))
    assert error.status == status
    assert "operator" not in error.message


def test_a_missing_kubeconfig_is_one_line(tmp_path: Path) -> None:
    """With the options that choose another one."""
    with pytest.raises(CliError, match=r"There is no kubeconfig .*; choose the cluster by --kubeconfig") as refused:
        with_cluster(Connection(tmp_path / "none"), lambda kube: kube.pools())
    assert refused.value.status == ExitStatus.UNREACHABLE


def test_what_may_not_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Only a missing permission: an API server that fails is no reason to go on."""
    api = FakeApi({pool_path("orders"): pool("orders")}, forbidden=("/events",))

    async def events(kube: Kube) -> object:
        return await if_allowed("Events", kube.events_of(await kube.pool("orders")))

    assert _done(api, tmp_path, events) == NotAllowed("Events: not allowed to list events in namespace prod.")
