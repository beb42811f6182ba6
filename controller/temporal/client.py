"""Clients of Temporal, one for each server and set of credentials; requests to one Temporal namespace; their times."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentVersionRequest,
    DescribeWorkerDeploymentVersionResponse,
    ListWorkersRequest,
    ListWorkersResponse,
)
from temporalio.client import Client
from temporalio.service import TLSConfig

CONNECT_TIMEOUT_SECONDS: Final = 5.0
"""How long one attempt to connect may take. The client's own time-out ends with the TCP connection, and then waits
without end for a server that accepts it and does not answer (temporalio 1.35)."""

UNUSED_SECONDS: Final = 4000.0
"""A client without a read for so long is dropped, such as after its credentials were rotated: every pool polls at least
once in 66 minutes."""


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """The certificate authorities that the operator trusts, and its own certificate. All in PEM form."""

    server_name: str | None = None
    """The name that the server's certificate must have; `None`: the host of the address."""
    authorities: bytes | None = field(default=None, repr=False)
    """Certificate authorities to trust; `None`: the machine's own."""
    client_certificate: bytes | None = field(default=None, repr=False)
    private_key: bytes | None = field(default=None, repr=False)

    @property
    def config(self) -> TLSConfig:
        """The same as the client library takes it."""
        return TLSConfig(
            server_root_ca_cert=self.authorities,
            domain=self.server_name,
            client_cert=self.client_certificate,
            client_private_key=self.private_key,
        )


@dataclass(frozen=True, slots=True)
class ConnectionIdentity:
    """Server and credentials; pools with the same ones share a client.

    Credentials are not in its repr, so that no log line can have them.
    """

    address: str
    """`host:port` of the Temporal frontend."""
    tls: TlsIdentity | None = None
    """`None`: plaintext."""
    api_key: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Shared:
    attempt: asyncio.Task[Client]
    used_at: float
    """On the event loop's clock."""


class Connections:
    """The clients of this process, connected at their first use.

    A connected client reconnects by itself to a server that was away. Rotated credentials make another identity, and so
    another client; requests under way end on the old one.
    """

    def __init__(self, connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS) -> None:
        """Starts without any connection."""
        self._connect_timeout_seconds = connect_timeout_seconds
        self._clients: dict[ConnectionIdentity, _Shared] = {}

    async def client(self, identity: ConnectionIdentity) -> Client:
        """The shared client of this identity.

        Callers that come while it is being connected wait for that one attempt, which goes on when one of them is
        cancelled. After a failed attempt the next caller connects anew; an address that hangs delays no other.

        Raises:
            RuntimeError: The server can't be reached; the text says why (the client library has one type for all).
            TimeoutError: The server did not answer within the time allowed.
            ValueError: The address is not valid.
        """
        now = asyncio.get_running_loop().time()
        self._drop_unused(now)
        shared = self._clients.get(identity)
        if shared is None:
            shared = _Shared(asyncio.create_task(self._connect(identity)), now)
            self._clients[identity] = shared
            shared.attempt.add_done_callback(lambda done: self._forget_if_failed(identity, done))
        shared.used_at = now
        return await asyncio.shield(shared.attempt)

    def forget(self, identity: ConnectionIdentity, client: Client) -> None:
        """Drops a client whose connection was lost; the next caller connects anew, which shows what is wrong.

        Only if it still is the shared one: callers that lost it together wait for one new attempt.
        """
        shared = self._clients.get(identity)
        if shared and shared.attempt.done() and not _failed(shared.attempt) and shared.attempt.result() is client:
            del self._clients[identity]

    async def close(self) -> None:
        """Drops every client and cancels attempts that are under way; a connection closes with its last user."""
        attempts = [shared.attempt for shared in self._clients.values()]
        self._clients.clear()
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)

    async def _connect(self, identity: ConnectionIdentity) -> Client:
        tls = identity.tls.config if identity.tls else False
        async with asyncio.timeout(self._connect_timeout_seconds):
            return await Client.connect(identity.address, tls=tls, api_key=identity.api_key)

    def _drop_unused(self, now: float) -> None:
        for identity, shared in list(self._clients.items()):
            if now - shared.used_at > UNUSED_SECONDS:
                del self._clients[identity]

    def _forget_if_failed(self, identity: ConnectionIdentity, attempt: asyncio.Task[Client]) -> None:
        shared = self._clients.get(identity)
        if _failed(attempt) and shared and shared.attempt is attempt:
            del self._clients[identity]


def _failed(attempt: asyncio.Task[Client]) -> bool:
    # Reading the exception keeps asyncio from logging it when every caller was cancelled.
    return attempt.cancelled() or attempt.exception() is not None


@dataclass(frozen=True, slots=True)
class TemporalNamespace:
    """One Temporal namespace of the server that a shared client is connected to.

    The namespace of the client itself is not used: every request carries its own. Each request raises
    `temporalio.service.RPCError` if the server refuses it or does not answer in time.
    """

    client: Client
    name: str
    timeout_seconds: float
    """How long one request may take."""
    turn: Callable[[], Awaitable[None]]
    """Waits until the read budget of the namespace allows one more request."""

    async def describe_task_queue(self, request: DescribeTaskQueueRequest) -> DescribeTaskQueueResponse:
        """Reads one task queue."""
        await self.turn()
        return await self.client.workflow_service.describe_task_queue(request, **self._options)

    async def describe_worker_deployment_version(
        self, request: DescribeWorkerDeploymentVersionRequest
    ) -> DescribeWorkerDeploymentVersionResponse:
        """Reads one version of Worker Versioning."""
        await self.turn()
        return await self.client.workflow_service.describe_worker_deployment_version(request, **self._options)

    async def list_workers(self, request: ListWorkersRequest) -> ListWorkersResponse:
        """Reads one page of workers."""
        await self.turn()
        return await self.client.workflow_service.list_workers(request, **self._options)

    async def describe(self) -> DescribeNamespaceResponse:
        """Reads the namespace itself."""
        await self.turn()
        request = DescribeNamespaceRequest(namespace=self.name)
        return await self.client.workflow_service.describe_namespace(request, **self._options)

    @property
    def _options(self) -> dict[str, Any]:
        # Proxies and Temporal Cloud route by this header, without parsing the request.
        header = {"temporal-namespace": self.name}
        return {"metadata": header, "timeout": timedelta(seconds=self.timeout_seconds)}


LATEST_SECONDS: Final = 253_402_300_800
"""The end of the year 9999, and the longest duration that counts."""


def seconds_of(message: Timestamp | Duration) -> float | None:
    """Seconds since the Unix epoch, or of a duration; `None` where it is out of any range."""
    if not (abs(message.seconds) < LATEST_SECONDS and abs(message.nanos) < 1_000_000_000):
        return None
    # In whole milliseconds, as the library has it: finer ones are lost in a float of today's times.
    return (message.seconds * 1000 + message.nanos // 1_000_000) / 1000
