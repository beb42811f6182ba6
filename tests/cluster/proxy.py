"""A TCP proxy to the API server whose connections a test can cut or stall."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from controller.cluster.client import Cluster, connect
from localcluster.cluster import LocalCluster


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
        self._answers_flow = asyncio.Event()
        self._answers_flow.set()
        self._answers_to_lose = 0.0

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

    def stall(self) -> None:
        """Lets every connection stand and forwards nothing any more, as after the loss of a load balancer."""
        self._flows.clear()

    def end_silence(self) -> None:
        """Forwards again; what was held back comes late."""
        self._flows.set()

    def hold_answers(self) -> None:
        """Lets requests through, and no answer any more."""
        self._answers_flow.clear()

    def lose_answers(self, count: float = inf) -> None:
        """Cuts the connections on which the next `count` answers come: the server did what it was asked for."""
        self._answers_to_lose = count

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        self._connections |= {writer, upstream_writer}
        await asyncio.gather(self._pump(reader, upstream_writer), self._answer(upstream_reader, writer))
        self._connections -= {writer, upstream_writer}

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._flows.wait()
                await self._answers_flow.wait()
                if self._answers_to_lose > 0:
                    self._answers_to_lose -= 1
                    writer.transport.abort()
                    return
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def through_proxy(cluster: LocalCluster, file: Path) -> AsyncIterator[tuple[Cluster, Proxy]]:
    """The admin's connection through a proxy."""
    config = json.loads(cluster.kubeconfig.read_text())
    async with Proxy(config["clusters"][0]["cluster"]["server"]) as proxy:
        config["clusters"][0]["cluster"]["server"] = proxy.url
        write(file, config)
        connected = await connect(file)
        yield connected, proxy
        await connected.close()


def write(file: Path, config: dict[str, Any]) -> None:
    """Writes a kubeconfig; JSON is YAML, too."""
    file.write_text(json.dumps(config))
