"""Fixtures of the examples' tests: a Temporal server without a cluster around it, and workers as plain processes."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from localcluster.kubelet.addresses import PodNetwork
from localcluster.processes import Children
from localcluster.temporal_server import TemporalServer, start_temporal_server, temporal_binary
from tests.examples.workers import WorkerStarter


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A Temporal server; these tests need no control plane."""
    with Children(tmp_path_factory.mktemp("temporal")) as children:
        yield start_temporal_server(children, temporal_binary())


@pytest.fixture(scope="session")
def pod_network() -> PodNetwork:
    """Addresses for the workers, not those of a local cluster that runs beside."""
    return PodNetwork()


@pytest.fixture
def server_namespace(temporal_server: TemporalServer) -> str:
    """A Temporal namespace of the test's own on that server."""
    name = f"test-{secrets.token_hex(4)}"
    temporal_server.create_namespace(name)
    return name


@pytest.fixture
async def client(temporal_server: TemporalServer, server_namespace: str) -> Client:
    """A client of the test's Temporal namespace."""
    return await Client.connect(temporal_server.address, namespace=server_namespace)


@pytest.fixture
def workers(
    tmp_path: Path, temporal_server: TemporalServer, server_namespace: str, pod_network: PodNetwork
) -> Iterator[WorkerStarter]:
    """Starts workers of the test's Temporal namespace, and ends them after the test."""
    environment = {
        "PATH": os.environ["PATH"],
        "TEMPORAL_HOST": temporal_server.address,
        "TEMPORAL_NAMESPACE": server_namespace,
    }
    with Children(tmp_path) as children:
        yield WorkerStarter(children, pod_network, environment)
