"""One client for each Temporal server and set of credentials, shared by every pool that uses it."""

from dataclasses import dataclass
from typing import Final

from temporalio.client import Client

CONNECT_TIMEOUT_SECONDS: Final = 5.0
"""How long a first connection may take: below the shortest polling interval (5 s is the server's own cache)."""


@dataclass(frozen=True, slots=True)
class ConnectionIdentity:
    """What makes two pools share one client: the same server, reached in the same way."""

    address: str
    """`host:port` of the Temporal frontend."""


class Connections:
    """The clients of this process, connected at their first use."""

    async def client(self, identity: ConnectionIdentity) -> Client:
        """The shared client of this identity.

        Callers that come while it is being connected wait for that one attempt. A failed attempt is forgotten, so the
        next caller tries anew; an address that hangs delays nobody who asked for another one.

        Raises:
            RuntimeError: The server can't be reached; the text says how (the client library has one type for all).
            TimeoutError: The server did not answer within the time allowed.
            ValueError: The address can't be one.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Lets go of every client and of attempts that are under way."""
        raise NotImplementedError
