"""Connections and servers of the tests."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.temporal.client import Connections
from controller.temporal.reader import TemporalReader
from localcluster.processes import Children
from localcluster.temporal_server import TemporalServer, start_temporal_server, temporal_binary


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    """Connections that are closed after the test."""
    connections = Connections()
    yield connections
    await connections.close()


@pytest.fixture
def reader(connections: Connections) -> TemporalReader:
    """A reader by the machine's clock."""
    return TemporalReader(connections, time.time)


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A server that a test may stop for a while."""
    with server(tmp_path_factory.mktemp("own"), {}) as running:
        yield running


@pytest.fixture(scope="session")
def narrow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A server that allows few requests per second."""
    with server(
        tmp_path_factory.mktemp("narrow"), {"frontend.namespaceRPS": 3, "frontend.globalNamespaceRPS": 3}
    ) as running:
        yield running


@contextmanager
def server(folder: Path, dynamic_config: Mapping[str, object], binary: Path | None = None) -> Iterator[TemporalServer]:
    """A Temporal server of one's own."""
    with Children(folder) as children:
        yield start_temporal_server(children, binary or temporal_binary(), dynamic_config=dynamic_config)
