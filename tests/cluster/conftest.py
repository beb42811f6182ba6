"""Connections to the real API server, as admin and as an account with few rights."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.cluster.client import Cluster, connect
from localcluster.cluster import LocalCluster


@pytest.fixture
async def admin(cluster: LocalCluster) -> AsyncIterator[Cluster]:
    """May do everything."""
    connected = await connect(cluster.kubeconfig)
    yield connected
    await connected.close()


@pytest.fixture
def account_kubeconfig(cluster: LocalCluster, kubernetes_namespace: str) -> Path:
    """Of the ServiceAccount `guest` of the test's namespace, which has no rights."""
    cluster.kubectl("create", "serviceaccount", "guest", "--namespace", kubernetes_namespace)
    return cluster.kubeconfig_for_service_account(kubernetes_namespace, "guest")


@pytest.fixture
async def guest(account_kubeconfig: Path) -> AsyncIterator[Cluster]:
    """May do nothing."""
    connected = await connect(account_kubeconfig)
    yield connected
    await connected.close()


@pytest.fixture(scope="session")
def pools_served(installed: LocalCluster) -> None:
    """The CRD is installed."""
