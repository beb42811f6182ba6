"""The page of an operator whose pools are simulated, in a browser."""

import shutil
import subprocess
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from controller.api.status import ConditionStatus
from controller.page.history import History
from controller.page.pass_record import PassRecord
from controller.page.server import AboutOperator, serve_page
from tests.page.simulated import records

AXE: Final = "axe-core@4.14.1"

LIGHT, DARK = "light", "dark"
WIDE, NARROW = (1100, 900), (360, 740)


@dataclass
class Operator:
    """What answers the browser."""

    history: History = field(default_factory=History)
    about: AboutOperator = field(default_factory=lambda: AboutOperator("1.2.3", time.time(), "operator-0"))
    port: int = 0
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Serves the page, on the same port each time."""
        page = serve_page(self.history, lambda: self.about, "127.0.0.1", self.port)
        self.port = await self._running.enter_async_context(page)

    async def stop(self) -> None:
        """Ends as a killed process does for the browser: nothing listens any more."""
        await self._running.aclose()

    @property
    def url(self) -> str:
        """Of the list of pools."""
        return f"http://localhost:{self.port}/"


@dataclass
class Opened:
    """The page in a browser, and what went wrong in it."""

    page: Page
    operator: Operator
    errors: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    async def text(self, selector: str) -> str:
        """What a part of the page shows."""
        text: str = await self.page.inner_text(selector)
        return text

    async def open_pool(self, key: str = "prod/orders") -> None:
        """Opens one pool, and waits for its decision."""
        await self.page.goto(f"{self.operator.url}#/{key}")
        await self.page.wait_for_selector("#steps li")

    async def focused(self) -> str:
        """The text of what has the focus."""
        text: str = await self.page.evaluate("document.activeElement.textContent || document.activeElement.id")
        return text


def _in_trouble(record: PassRecord) -> PassRecord:
    """The same pass as if its pods polled nothing."""
    ready = {"status": ConditionStatus.FALSE, "reason": "NotPolling", "message": "2 pods are ready, and none polls."}
    conditions = tuple(c.model_copy(update=ready if c.type == "Ready" else {}) for c in record.status.conditions)
    return replace(record, status=record.status.model_copy(update={"conditions": conditions}))


def pools() -> Iterator[PassRecord]:
    """Three pools with bursts of tasks, 40 min ago and until now; one of them does not poll."""
    bursts = [("prod", "orders", 2400.0)]
    bursts += [("prod", "orders", 450.0), ("prod", "checkout", 450.0), ("batch", "reports", 450.0)]
    for namespace, name, ago in bursts:
        for record in records("real-bursts", name, namespace=namespace, began_at=time.time() - ago):
            yield _in_trouble(record) if name == "checkout" else record


@pytest.fixture
async def operator() -> AsyncIterator[Operator]:
    """An operator with three pools."""
    operator = Operator()
    for record in pools():
        operator.history.record(record)
    await operator.start()
    yield operator
    await operator.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "make test-extra installs chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser, operator: Operator, scheme: Any = LIGHT, size: tuple[int, int] = WIDE
) -> AsyncIterator[Opened]:
    """The page in a window of a size; at the end nothing must have gone wrong in it."""
    width, height = size
    context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    view = Opened(await context.new_page(), operator)
    view.page.on("pageerror", lambda error: view.errors.append(str(error)))
    view.page.on("console", lambda message: view.errors.append(message.text) if message.type == "error" else None)
    view.page.on("request", lambda request: view.requested.append(request.url))
    await view.page.goto(operator.url)
    await expect(view.page.locator("#freshness")).to_contain_text("As of")
    yield view
    await context.close()
    assert view.errors == []


@pytest.fixture
async def view(browser: Browser, operator: Operator) -> AsyncIterator[Opened]:
    """The page in a wide and light window."""
    async with opened(browser, operator) as view:
        yield view


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, which npm fetches."""
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, timeout=300)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script
        return script.read().decode()
