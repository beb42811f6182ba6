"""The slots in use from the metrics that the SDK serves in each pod: for servers and SDKs without heartbeats."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

import aiohttp

from controller.api.spec import PodMetrics
from controller.scaling.observation import SlotReport
from controller.temporal.metrics_page import to_reports

SCRAPE_DEADLINE_SECONDS: Final = 2.0
"""How long one pod may take: its whole answer is some ten kilobytes from memory."""

LARGEST_PAGE_BYTES: Final = 4_000_000
"""Reading stops at a larger page: it is not what the SDK serves."""

CONCURRENT_SCRAPES: Final = 200
"""Pods that are scraped at the same time, all pools together."""


class PodMetricsReader:
    """Scrapes pods."""

    def __init__(self) -> None:
        """Opens no connection yet."""
        self._session: aiohttp.ClientSession | None = None

    async def read(
        self, addresses: Mapping[str, str], where: PodMetrics, temporal_namespace: str, now: float
    ) -> dict[str, tuple[SlotReport, ...]]:
        """Scrapes all pods at once.

        Args:
            addresses: IP address of each pod by its name.
            where: Port and path.
            temporal_namespace: The Temporal namespace that counts; workers of others are left out.
            now: Seconds since the Unix epoch; becomes the time of the reports.

        Returns:
            The reports of each pod by its name, without those that did not answer in time, or without such metrics.
        """
        pages = await asyncio.gather(*(self._page(address, where) for address in addresses.values()))
        return {
            name: reports
            for name, page in zip(addresses, pages, strict=True)
            if page is not None and (reports := to_reports(page, temporal_namespace, now))
        }

    async def close(self) -> None:
        """Closes the connections."""
        if self._session:
            await self._session.close()

    async def _page(self, address: str, where: PodMetrics) -> str | None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONCURRENT_SCRAPES)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=SCRAPE_DEADLINE_SECONDS)
            )
        host = f"[{address}]" if ip_address(address).version == 6 else address
        try:
            # A pod that redirects could send the operator anywhere.
            async with self._session.get(f"http://{host}:{where.port}{where.path}", allow_redirects=False) as response:
                if response.status != 200:
                    return None
                page = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    page += chunk
                    if len(page) > LARGEST_PAGE_BYTES:
                        return None
                return page.decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
