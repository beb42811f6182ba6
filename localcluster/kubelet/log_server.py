"""Answers `kubectl logs`: the API server asks the kubelet of the pod's node, and passes the answer on."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from localcluster.kubelet.context import container_log_file
from localcluster.ports import LOOPBACK

_FOLLOW_SECONDS = 0.2
"""Pause between two reads for more output."""

_CHUNK_BYTES = 65_536
_UNDERSTOOD = {"follow", "tailLines"}


class LogServer:
    """Serves the log files over HTTPS on loopback; neither side checks who the other is."""

    def __init__(self, logs_folder: Path, is_running: Callable[[str, str], bool]) -> None:
        self._logs_folder = logs_folder
        self._is_running = is_running

    @asynccontextmanager
    async def serve(self, port: int, certificate: Path, key: Path) -> AsyncIterator[None]:
        """Listen while the block runs."""
        app = web.Application()
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._logs)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, port, ssl_context=tls).start()
            yield
        finally:
            await runner.cleanup()

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        namespace, pod, container = (request.match_info[name] for name in ("namespace", "pod", "container"))
        if unknown := sorted(request.query.keys() - _UNDERSTOOD):
            return web.Response(status=400, text=f"the process kubelet doesn't support {', '.join(unknown)}\n")
        log_file = container_log_file(self._logs_folder, namespace, pod, container)
        if not log_file.is_file() or not log_file.resolve().is_relative_to(self._logs_folder.resolve()):
            return web.Response(status=404, text=f"no log of container {container} of pod {namespace}/{pod}\n")
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        follow = request.query.get("follow") == "true"
        with log_file.open("rb") as log:
            log.seek(_tail_offset(log_file, request.query.get("tailLines")))
            while True:
                running = follow and self._is_running(namespace, pod)
                while chunk := log.read(_CHUNK_BYTES):
                    await response.write(chunk)
                if not running:
                    return response
                await asyncio.sleep(_FOLLOW_SECONDS)


def _tail_offset(log_file: Path, tail_lines: str | None) -> int:
    """Where the last lines begin."""
    if tail_lines is None:
        return 0
    lines = log_file.read_bytes().splitlines(keepends=True)
    return sum(len(line) for line in lines[: max(len(lines) - int(tail_lines), 0)])
