"""The lines of an answer that comes bit by bit, however long they are."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import aiohttp

SILENCE_SECONDS: Final = 130.0
"""An answer of which nothing more comes for so long is taken for dead, such as after the loss of a load balancer. In a
watch the server sends a bookmark about once a minute."""


async def lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The complete lines up to the end of the answer, or until it has been silent for too long.

    The reader's own method gives up a line of more than twice its buffer. An object can be larger: etcd takes 1.5 MiB,
    as JSON it is more, and a watch tells each change in one line. A last line that was cut off is left out.
    """
    begun = bytearray()
    while chunk := await _chunk(content):
        begun += chunk
        if b"\n" in chunk:
            *complete, begun = begun.split(b"\n")
            for line in complete:
                yield bytes(line)


async def _chunk(content: aiohttp.StreamReader) -> bytes:
    """What comes next; nothing at the end, or after a silence."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await content.readany()
    except TimeoutError:
        return b""
