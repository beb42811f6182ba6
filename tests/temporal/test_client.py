"""One client for each identity, whoever asks and whatever happened before."""

import asyncio
import socket

import pytest

from controller.temporal.client import ConnectionIdentity, Connections
from localcluster.cluster import LocalCluster


async def test_all_callers_get_the_same_client(connections: Connections, cluster: LocalCluster) -> None:
    """Ten that come at once, and one that comes later."""
    identity = ConnectionIdentity(cluster.temporal_address)
    clients = await asyncio.gather(*(connections.client(identity) for _ in range(10)))
    clients.append(await connections.client(ConnectionIdentity(cluster.temporal_address)))
    assert len({id(client) for client in clients}) == 1


async def test_a_failed_attempt_is_forgotten(connections: Connections, cluster: LocalCluster) -> None:
    """The address refuses at first; when a server is there, the next caller is connected."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        identity = ConnectionIdentity(f"127.0.0.1:{port}")
        with pytest.raises(RuntimeError, match="ConnectionRefused"):
            await connections.client(identity)
    host, _, upstream_port = cluster.temporal_address.rpartition(":")

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(host, int(upstream_port))
        await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    client = await connections.client(identity)
    assert await client.service_client.check_health()
    server.close()


async def test_an_attempt_outlives_a_cancelled_caller(connections: Connections, cluster: LocalCluster) -> None:
    """The first caller is cancelled; the second, which waits for the same attempt, gets its client."""
    identity = ConnectionIdentity(cluster.temporal_address)
    first = asyncio.create_task(connections.client(identity))
    second = asyncio.create_task(connections.client(identity))
    await asyncio.sleep(0)
    first.cancel()
    assert await (await second).service_client.check_health()


async def test_an_address_that_does_not_answer_times_out() -> None:
    """The library's own time-out ends with TCP: a port that accepts and does not answer needs ours."""
    connections = Connections(connect_timeout_seconds=0.5)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        identity = ConnectionIdentity(f"127.0.0.1:{deaf.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            await connections.client(identity)


async def test_closing_ends_attempts_under_way() -> None:
    """A caller that still waits for an address without an answer is released."""
    connections = Connections(connect_timeout_seconds=60)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        waiting = asyncio.create_task(connections.client(ConnectionIdentity(f"127.0.0.1:{deaf.getsockname()[1]}")))
        await asyncio.sleep(0.1)
        await connections.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.close()
