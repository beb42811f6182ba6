"""The HTTP server of the page: one HTML file and the JSON behind it. It reads, and changes nothing.

It is for a browser on the same machine, or at the other end of `kubectl port-forward`. What else may reach the port is
stopped by its Host header: a web site whose name was made to resolve to this address (DNS rebinding) is refused.
"""

import base64
import hashlib
import ipaddress
import json
import math
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from controller.page import answers
from controller.page.history import History, PoolHistory

PAGE: Final = Path(__file__).with_name("page.html")

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class AboutOperator:
    """What the operator says of itself."""

    version: str
    started_at: float
    """Seconds since the Unix epoch."""
    identity: str
    """Name of its pod, or of its host outside of a cluster."""
    leader: str | None = None
    """The replica that reconciles the pools; `None`: this one."""

    def to_json(self) -> dict[str, Any]:
        """As the endpoint has it."""
        return {
            "version": self.version,
            "startedAt": self.started_at,
            "identity": self.identity,
            "leader": self.leader or self.identity,
            "leads": self.leader is None,
        }


@asynccontextmanager
async def serve_page(
    history: History, operator: Callable[[], AboutOperator], host: str, port: int, now: Callable[[], float] = time.time
) -> AsyncIterator[int]:
    """Serves until the context ends.

    Args:
        history: What is shown.
        operator: What the operator says of itself now.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        now: Seconds since the Unix epoch.

    Yields:
        The port.

    Raises:
        OSError: The port is taken, or the address is not this machine's.
    """
    page = PAGE.read_text(encoding="utf-8")
    app = web.Application(middlewares=[_guard(host, _policy(page))])
    api = _Api(history, operator, now)
    app.add_routes(
        [
            web.get("/", _page(page)),
            web.get("/api/pools", api.pools),
            web.get("/api/pools/{namespace}/{name}", api.pool),
            web.get("/api/pools/{namespace}/{name}/situation", api.situation),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Api:
    """The JSON endpoint."""

    def __init__(self, history: History, operator: Callable[[], AboutOperator], now: Callable[[], float]) -> None:
        self._history = history
        self._operator = operator
        self._now = now

    async def pools(self, request: web.Request) -> web.Response:
        """All pools, a line each."""
        lines = [answers.summary(pool) for pool in self._history]
        return self._answer(request, {"pools": lines})

    async def pool(self, request: web.Request) -> web.Response:
        """One pool with its hours, or what was decided `at` one time."""
        pool, at = self._of(request), request.query.get("at")
        if at is None:
            return self._answer(request, answers.whole(pool))
        moment = answers.moment(pool, _time(at))
        if moment is None:
            since = answers.known_since(pool)
            began = f"The first one that is known was made at {_written(since)}." if since else ""
            raise _refusal(web.HTTPNotFound, f"No decision is known of {at}. {began}".strip())
        return self._answer(request, moment)

    async def situation(self, request: web.Request) -> web.Response:
        """The last decision with everything it was made from."""
        pool = self._of(request)
        last = answers.situation(pool)
        if last is None:
            ready = pool.last.ready
            why = f" {ready.reason}: {ready.message}" if ready else ""
            raise _refusal(web.HTTPNotFound, f"No decision was made since the operator started.{why}")
        return self._answer(request, last)

    def _of(self, request: web.Request) -> PoolHistory:
        key = request.match_info["namespace"], request.match_info["name"]
        pool = self._history.get(key)
        if pool is None:
            raise _refusal(web.HTTPNotFound, f"There is no pool {'/'.join(key)}, or no reconcile of it has ended yet.")
        return pool

    def _answer(self, request: web.Request, content: Mapping[str, Any]) -> web.Response:
        return _json(request, {"now": self._now(), "operator": self._operator().to_json(), **content})


def _page(page: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return _compressed(request, web.Response(text=page, content_type="text/html"))

    return answer


def _json(request: web.Request, content: Mapping[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return _compressed(request, web.Response(text=text, status=status, content_type="application/json"))


def _compressed(request: web.Request, response: web.Response) -> web.Response:
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    return response


def _refusal(kind: type[web.HTTPException], what: str) -> web.HTTPException:
    refusal = kind()
    refusal.text = what
    return refusal


def _guard(host: str, policy: str) -> Any:  # noqa: ANN401 - aiohttp's type of a middleware is a protocol of its own
    """Refuses what does not come from a page of this server, and puts the security headers on every answer."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if not _is_own_name(request.headers.get("Host", ""), host):
                reached = "Open it as http://localhost:PORT or by the address, for example by kubectl port-forward."
                raise _refusal(web.HTTPMisdirectedRequest, f"The page has no name but localhost. {reached}")
            response: web.StreamResponse = await handler(request)
        except web.HTTPException as error:
            response = _json(request, {"error": error.text}, error.status)
            if isinstance(error, web.HTTPMethodNotAllowed):
                response.headers["Allow"] = "GET, HEAD"
        response.headers.update(SECURITY_HEADERS)
        response.headers["Content-Security-Policy"] = policy
        return response

    return guard


def _is_own_name(header: str, host: str) -> bool:
    """Whether a Host header names this server: `localhost`, an address, or the name that it listens on.

    An address is safe: DNS rebinding needs a name.
    """
    name = re.sub(r":\d+$", "", header).lower().rstrip(".")
    if name in {"localhost", host.lower()}:
        return bool(name)
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _policy(page: str) -> str:
    """The Content-Security-Policy: only the script and the style that are in the page, and its own server."""
    scripts, styles = (_hashes(page, tag) for tag in ("script", "style"))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hashes(page: str, tag: str) -> str:
    texts = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def _time(text: str) -> float:
    """A time as seconds since the Unix epoch, given so or as in RFC 3339; without a zone it is UTC."""
    with suppress(ValueError):
        if math.isfinite(seconds := float(text)):
            return seconds
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    example = "at=2026-01-31T02:17:00Z or at=1769825820"
    raise _refusal(web.HTTPBadRequest, f"{text[:80]!r} is no time. Write it as in {example}.")


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
