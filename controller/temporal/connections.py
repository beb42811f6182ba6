"""One client for each Temporal server and set of credentials, shared by every pool that uses it."""

import asyncio
from dataclasses import dataclass
from typing import Final

from temporalio.client import Client

CONNECT_TIMEOUT_SECONDS: Final = 5.0
"""How long one attempt to connect may take. The client's own time-out ends with the TCP connection, and then waits
without end for a server that accepts it and stays silent (temporalio 1.35)."""


@dataclass(frozen=True, slots=True)
class ConnectionIdentity:
    """What makes two pools share one client: the same server, reached in the same way."""

    address: str
    """`host:port` of the Temporal frontend."""


class Connections:
    """The clients of this process, connected at their first use.

    A client that is connected stays: it finds its way back to a server that was away by itself.
    """

    def __init__(self, connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS) -> None:
        """Starts without any connection."""
        self._connect_timeout_seconds = connect_timeout_seconds
        self._clients: dict[ConnectionIdentity, asyncio.Task[Client]] = {}

    async def client(self, identity: ConnectionIdentity) -> Client:
        """The shared client of this identity.

        Callers that come while it is being connected wait for that one attempt, which goes on when one of them gives
        up. A failed attempt is forgotten, so the next caller tries anew; an address that hangs delays nobody who asked
        for another one.

        Raises:
            RuntimeError: The server can't be reached; the text says how (the client library has one type for all).
            TimeoutError: The server did not answer within the time allowed.
            ValueError: The address can't be one.
        """
        attempt = self._clients.get(identity)
        if attempt is None:
            attempt = asyncio.create_task(self._connect(identity))
            self._clients[identity] = attempt
            attempt.add_done_callback(lambda done: self._forget_if_failed(identity, done))
        return await asyncio.shield(attempt)

    async def close(self) -> None:
        """Lets go of every client and ends attempts that are under way; connections close with their last user."""
        attempts = list(self._clients.values())
        self._clients.clear()
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)

    async def _connect(self, identity: ConnectionIdentity) -> Client:
        async with asyncio.timeout(self._connect_timeout_seconds):
            return await Client.connect(identity.address)

    def _forget_if_failed(self, identity: ConnectionIdentity, attempt: asyncio.Task[Client]) -> None:
        # Asking for the exception also tells asyncio that somebody saw it when every caller has given up.
        failed = attempt.cancelled() or attempt.exception() is not None
        if failed and self._clients.get(identity) is attempt:
            del self._clients[identity]
