"""Entries of text by time in bounded memory: the last ones as they are, older ones compressed.

What passes say of a pool repeats itself but for its numbers, so that blocks of many entries shrink to a tenth.
"""

import json
import zlib
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

BLOCK_BYTES: Final = 64 * 1024
"""Text of one compressed block: more would shrink little more, and takes longer to unpack."""

TAIL_BYTES: Final = 3072
"""Text that is not compressed yet."""

BLOCKS: Final = 4
"""Blocks that fit into the limit at least, so that no more than a quarter of the entries is dropped at once."""


class Entry(NamedTuple):
    """What was logged at one time."""

    at: float
    """Seconds since the Unix epoch."""
    content: Any
    """Any JSON."""


class _Block(NamedTuple):
    """Entries, compressed."""

    text_bytes: int
    data: bytes


class TextLog:
    """Entries in the order in which they were added; the oldest are dropped, a block at a time."""

    def __init__(self, max_bytes: int) -> None:
        """Keeps so many bytes of compressed text, and `TAIL_BYTES` of text at most."""
        self._max_bytes = max_bytes
        self._blocks: deque[_Block] = deque()
        self._tail = b""

    def add(self, at: float, content: Any) -> None:  # noqa: ANN401 - any JSON
        """Adds an entry."""
        line = json.dumps([at, content], ensure_ascii=False, separators=(",", ":"))
        self._tail += line.encode() + b"\n"
        if len(self._tail) > TAIL_BYTES:
            self._compress()

    def __iter__(self) -> Iterator[Entry]:
        """Every entry, oldest first."""
        for part in reversed(list(self._newest_first())):
            yield from part

    def around(self, time: float) -> tuple[Entry | None, Entry | None]:
        """The last entry that is not later than a time, and the one after it."""
        after = None
        for part in self._newest_first():
            for entry in reversed(part):
                if entry.at <= time:
                    return entry, after
                after = entry
        return None, after

    def _newest_first(self) -> Iterator[list[Entry]]:
        """The entries part by part, each oldest first."""
        yield _entries(self._tail)
        for block in reversed(self._blocks):
            yield _entries(zlib.decompress(block.data))

    def _compress(self) -> None:
        """Moves the tail into the last block, or into a new one if that is full."""
        text, self._tail = self._tail, b""
        if self._blocks and self._has_room(self._blocks[-1]):
            text = zlib.decompress(self._blocks.pop().data) + text
        self._blocks.append(_Block(len(text), zlib.compress(text, 9)))
        while sum(len(block.data) for block in self._blocks) > self._max_bytes:
            self._blocks.popleft()

    def _has_room(self, block: _Block) -> bool:
        return block.text_bytes < BLOCK_BYTES and len(block.data) < self._max_bytes / BLOCKS


def _entries(text: bytes) -> list[Entry]:
    return [Entry(*json.loads(line)) for line in text.splitlines()]
