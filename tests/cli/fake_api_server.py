"""A fake API server for commands: it answers from a table, and refuses what a test takes away."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web


def refusal(code: int, name: str = "", message: str = "no") -> web.Response:
    """A `Status` object as the API server sends it."""
    status = {"kind": "Status", "code": code, "message": message, "details": {"name": name} if name else {}}
    return web.json_response(status, status=code)


class FakeApi:
    """Serves objects by their paths; a list is every object below its path."""

    def __init__(
        self, objects: Mapping[str, Any], forbidden: tuple[str, ...] = (), refuses_all: int | None = None
    ) -> None:
        """Knows these objects, and forbids paths that end like one of `forbidden`, or refuses all with a code."""
        self.objects, self.forbidden, self.refuses_all = dict(objects), forbidden, refuses_all
        self.asked: list[str] = []
        """Paths, with their queries."""
        self.sent: list[tuple[str, str, Any]] = []
        """Of each request with a body its method, its path with the query, and the body."""

    async def answer(self, request: web.Request) -> web.Response:
        """One object, a list, or a refusal."""
        self.asked.append(request.path_qs)
        path = request.path
        if request.can_read_body:
            self.sent.append((request.method, request.path_qs, json.loads(await request.read())))
        if path == "/version" and path not in self.objects:
            return web.json_response({"major": "1"})
        if self.refuses_all:
            return refusal(self.refuses_all)
        if path.endswith(self.forbidden):
            return refusal(403, message="forbidden")
        if path in self.objects:
            return web.json_response(self.objects[path])
        kind = path.rsplit("/", 1)[-1]
        below = [key for key in self.objects if key.startswith(path + "/")]
        everywhere = [key for key in self.objects if f"/{kind}/" in key and "/namespaces/" not in path]
        if request.method == "GET" and (below or everywhere or kind in {"events", "temporalworkerpools"}):
            found = [self.objects[key] for key in below or everywhere]
            selector = request.query.get("fieldSelector", "")
            return web.json_response({"items": [each for each in found if _selected(each, selector)]})
        return refusal(404, name=kind)


def _selected(manifest: dict[str, Any], selector: str) -> bool:
    """Whether an Event is about the object that a field selector names."""
    fields = dict(part.split("=") for part in selector.split(",") if part)
    return all(manifest["involvedObject"].get(path.rpartition(".")[2]) == value for path, value in fields.items())


@contextmanager
def serving(api: FakeApi, folder: Path) -> Iterator[Path]:
    """A kubeconfig for the fake, which runs in a thread of its own inside the block."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", api.answer)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        ready.set()
        return runner

    runner_of = loop.create_task(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield _kubeconfig(folder, ports[0])
    finally:
        asyncio.run_coroutine_threadsafe(runner_of.result().cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def _kubeconfig(folder: Path, port: int) -> Path:
    config = {
        "current-context": "fake",
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": "prod"}}],
        "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "fake", "user": {}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    return file


def pool_path(name: str, namespace: str = "prod") -> str:
    """Where a pool is."""
    return f"/apis/workerpools.dev/v1alpha1/namespaces/{namespace}/temporalworkerpools/{name}"


def pool(name: str, namespace: str = "prod", **status: Any) -> dict[str, Any]:
    """Manifest of a pool with a status."""
    spec = {
        "scaleTargetRef": {"name": f"{name}-worker"},
        "connection": {"address": "temporal:7233"},
        "taskQueues": [{"name": name, "tasks": [{"type": "Activity", "slots": 10}]}],
        "minReplicas": 0,
        "maxReplicas": 20,
        "objective": {"scheduleToStartSeconds": 30},
    }
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "generation": 1}
    return json.loads(json.dumps({"metadata": metadata, "spec": spec, "status": status}))  # type: ignore[no-any-return]
