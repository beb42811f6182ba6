"""Connections of the tests, to Temporal and to the API server."""

from collections.abc import AsyncIterator

import pytest

from controller.temporal.client import Connections
from tests.cluster.conftest import account_kubeconfig, admin, guest, pools_served

__all__ = ["account_kubeconfig", "admin", "guest", "pools_served"]


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    """Connections that are closed after the test."""
    connections = Connections()
    yield connections
    await connections.close()
