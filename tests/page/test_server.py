"""The endpoint: what it answers, and what it refuses."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from controller.page.history import History
from controller.page.server import AboutOperator, serve_page
from tests.page.simulated import BEGAN_AT, burst

NOW = BEGAN_AT + 3600

ABOUT = AboutOperator("1.2.3", NOW - 60, "operator-0", "operator-1")
OWN_NAMES = ("localhost", "localhost:8081", "127.0.0.1:8081", "[::1]:8081", "10.0.0.3", "LOCALHOST")
OTHER_NAMES = ("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "[x]")


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Its content."""
        return json.loads(self.text)


@asynccontextmanager
async def _server(history: History) -> AsyncIterator[str]:
    async with serve_page(history, lambda: ABOUT, "127.0.0.1", 0, lambda: NOW) as port:
        yield f"http://127.0.0.1:{port}"


async def _ask(
    path: str, method: str = "GET", headers: Mapping[str, str] | None = None, *, empty: bool = False
) -> Answer:
    history = History()
    for record in () if empty else burst():
        history.record(record)
    async with (
        _server(history) as url,
        aiohttp.ClientSession() as session,
        session.request(method, url + path, headers=headers) as response,
    ):
        return Answer(response.status, response.headers, await response.text())


async def test_the_list_has_a_line_for_each_pool() -> None:
    """With what `kubectl get` shows."""
    answer = (await _ask("/api/pools")).json
    (pool,) = answer["pools"]
    assert (answer["now"], answer["operator"]["version"], answer["operator"]["leads"]) == (NOW, "1.2.3", False)
    last = burst()[-1]
    assert last.ready
    assert last.spec
    expected = {
        "namespace": "prod",
        "name": "orders",
        "lastReconcileAt": last.at,
        "minReplicas": last.spec.min_replicas,
        "maxReplicas": last.spec.max_replicas,
    }
    assert {name: pool[name] for name in expected} == expected
    assert (pool["ready"]["status"], pool["ready"]["reason"]) == (last.ready.status, last.ready.reason)
    replicas = [pool["numbers"][name] for name in ("requested", "ready", "desired")]
    assert replicas == [last.status.replicas, last.status.ready_replicas, last.status.desired_replicas]
    assert pool["numbers"]["backlog"] == last.status.backlog
    assert pool["objective"]["scheduleToStartSeconds"] == last.spec.objective.schedule_to_start_seconds


async def test_without_pools_the_list_is_empty() -> None:
    """And no error."""
    answer = await _ask("/api/pools", empty=True)
    assert (answer.status, answer.json["pools"]) == (200, [])


async def test_a_pool_comes_with_its_hours() -> None:
    """Columns of the same length, the decisions that changed something, and Events."""
    answer = (await _ask("/api/pools/prod/orders")).json
    lengths = {len(column) for column in answer["series"].values()}
    assert lengths == {len({int(record.at) for record in burst()})}
    desired = [decision["desired"] for decision in answer["decisions"]]
    assert all(one != other for one, other in pairwise(desired))
    assert {"SuccessfulRescale"} <= {event["reason"] for event in answer["events"]}
    assert [c["type"] for c in answer["conditions"]] == [c.type for c in burst()[-1].status.conditions]


@pytest.mark.parametrize("as_text", [False, True], ids=["seconds", "RFC 3339"])
async def test_a_moment_has_the_chain_of_steps_with_the_numbers_of_that_moment(*, as_text: bool) -> None:
    """Between two passes it is the earlier one that counts."""
    record = burst()[-10]
    at: object = record.at + 0.5
    if as_text:
        at = datetime.fromtimestamp(record.at + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = (await _ask(f"/api/pools/prod/orders?at={at}")).json
    assert record.decided
    decision = record.decided.decision
    assert answer["decision"]["at"] <= record.at < answer["decision"]["until"]
    assert answer["decision"]["desired"] == decision.desired_replicas
    assert [step["rule"] for step in answer["decision"]["steps"]] == [step.rule for step in decision.steps]
    assert (answer["numbers"]["at"], answer["numbers"]["backlog"]) == (int(record.at), record.status.backlog)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/pools/prod/billing", 404, "There is no pool prod/billing"),
        ("/api/pools/prod/orders?at=1", 404, "The first one that is known was made at 2026-01-01T00:00"),
        ("/api/pools/prod/orders?at=yesterday", 400, "'yesterday' is no time"),
        ("/api/pools/prod/orders?at=nan", 400, "'nan' is no time"),
        ("/api/nothing", 404, "Not Found"),
    ],
)
async def test_what_is_not_there_is_said_in_words(path: str, status: int, words: str) -> None:
    """As JSON, too."""
    answer = await _ask(path)
    assert answer.status == status
    assert words in answer.json["error"]


async def test_the_situation_is_in_the_shape_of_a_recording() -> None:
    """The two lines from which the decision can be made again."""
    answer = (await _ask("/api/pools/prod/orders/situation")).json
    assert (answer["start"]["kind"], answer["poll"]["kind"]) == ("start", "poll")
    assert answer["start"]["pool"] == "prod/orders"


@pytest.mark.parametrize("host", OWN_NAMES)
async def test_it_answers_to_localhost_and_to_addresses(host: str) -> None:
    """Those can't be made to resolve to it."""
    assert (await _ask("/api/pools", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", OTHER_NAMES)
async def test_a_site_whose_name_resolves_to_it_is_refused(host: str) -> None:
    """DNS rebinding would let a web page read it."""
    answer = await _ask("/api/pools", headers={"Host": host})
    assert answer.status == 421
    assert "prod" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_but_reading_is_allowed(method: str) -> None:
    """OPTIONS neither: another origin gets no permission."""
    answer = await _ask("/api/pools", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "/api/pools", "/api/pools/a/b", "/nothing"])
async def test_every_answer_has_the_headers_that_protect_a_browser(path: str) -> None:
    """Errors, too."""
    headers = (await _ask(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


async def test_json_is_compressed_for_those_who_ask() -> None:
    """A pool's hours are 100 kB of text."""
    assert (await _ask("/api/pools/prod/orders")).headers["Content-Encoding"] == "gzip"
    plain = await _ask("/api/pools/prod/orders", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


async def test_head_has_no_body() -> None:
    """As HTTP wants it."""
    answer = await _ask("/api/pools", "HEAD")
    assert (answer.status, answer.text) == (200, "")
