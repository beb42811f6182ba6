"""The site as a reader has it: its search finds a page, and nothing is fetched from elsewhere."""

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from typing_extensions import override

from localcluster.folders import PROJECT_FOLDER
from tests.docs.test_site import build

TRIES: Final = 12
"""Of 5 s each: what a busy machine may need."""


class Silent(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The site, served on this machine."""
    built = build(PROJECT_FOLDER, tmp_path)
    assert built.returncode == 0, built.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


async def search(page: Page, words: str, found: Locator) -> None:
    """Type until the page finds it: what is typed before its script listens is lost."""
    field = page.locator(".md-search__input").first
    for _ in range(TRIES):
        await field.fill("")
        await field.press_sequentially(words)
        with suppress(PlaywrightTimeoutError):
            await found.wait_for(timeout=5_000)
            return
    await expect(found).to_be_visible()


async def test_the_search_finds_a_page_with_what_the_site_itself_has(address: str) -> None:
    """From the first page, by a word of the glossary; the link leads to a page that is there."""
    program = shutil.which("chromium")
    assert program, "make test-extra installs chromium"
    requested: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("request", lambda request: requested.append(request.url))
        await page.goto(address)
        found = page.locator(".md-search-result__link").filter(has_text="Idle pods go first").first
        await search(page, "pod-deletion-cost", found)
        await found.click()
        await expect(page.locator("h1")).to_contain_text("Idle pods go first", timeout=30_000)
        await browser.close()
    assert [url for url in requested if not url.startswith((address, "data:", "blob:"))] == []
    assert any("search_index.json" in url for url in requested)
