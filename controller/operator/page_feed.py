"""What the page gets: renderings of the reports of passes, and what the operator is."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from controller.operator.leading import Leadership
from controller.operator.pool_state import Pass
from controller.operator.settings import VERSION, Settings
from controller.page.history import History
from controller.page.pass_record import Decided, PassRecord, PoolEvent
from controller.page.server import AboutOperator, serve_page

log = structlog.get_logger()


@asynccontextmanager
async def serve_history(history: History | None, settings: Settings, leadership: Leadership) -> AsyncIterator[None]:
    """Serves the page, if there is one, for as long as the block lasts.

    Raises:
        OSError: It cannot be served on the address.
    """
    if history is None or settings.page_port is None:
        yield
        return
    started_at = time.time()

    def about() -> AboutOperator:
        return AboutOperator(VERSION, started_at, socket.gethostname(), leadership.other_holder)

    async with serve_page(history, about, settings.page_host, settings.page_port) as port:
        log.info("page_served", url=f"http://{settings.page_host}:{port}/")
        yield


def pass_record(run: Pass, at: float) -> PassRecord | None:
    """A pass that has ended at a time, in seconds since the Unix epoch; `None` if it came to no report."""
    if run.report is None or run.rendered is None:
        return None
    spec, result = run.pool.spec, run.report.result
    events = (
        PoolEvent(due.name, due.at, due.event.type, due.event.reason, due.event.note)
        for due in run.state.outbox
        if due.regarding is None
    )
    return PassRecord(
        namespace=run.pool.metadata.namespace,
        name=run.pool.metadata.name,
        uid=run.pool.metadata.uid,
        at=at,
        spec=None if isinstance(spec, str) else spec,
        status=run.rendered,
        decided=Decided(result.situation, result.decision, result.action) if result else None,
        events=tuple(events),
    )
