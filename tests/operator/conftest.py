"""Connections of the tests."""

from collections.abc import AsyncIterator

import pytest

from controller.temporal.connections import Connections


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    """Connections that are closed after the test."""
    connections = Connections()
    yield connections
    await connections.close()
