"""A TCP proxy to the API server whose connections a test can cut or silence."""

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Forwards connections from a port of its own, as long as it is let."""

    def __init__(self, url: str) -> None:
        """Forwards to the server of this URL."""
        target = urlsplit(url)
        assert target.hostname
        assert target.port
        self._target = (target.hostname, target.port)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def __aenter__(self) -> Self:
        await self.resume()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    @property
    def url(self) -> str:
        """Where to connect instead."""
        return f"https://{self._target[0]}:{self._port}"

    async def cut(self) -> None:
        """Ends every connection and refuses new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._connections):
            writer.transport.abort()

    async def resume(self) -> None:
        """Listens, on the same port as before."""
        self._server = await asyncio.start_server(self._forward, self._target[0], self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def silence(self) -> None:
        """Lets every connection stand and forwards nothing any more, as after the loss of a load balancer."""
        self._flows.clear()

    def end_silence(self) -> None:
        """Forwards again; what was held back comes late."""
        self._flows.set()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        self._connections |= {writer, upstream_writer}
        await asyncio.gather(self._pump(reader, upstream_writer), self._pump(upstream_reader, writer))
        self._connections -= {writer, upstream_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()
