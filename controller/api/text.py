"""Texts for users are bounded, so that no long name keeps a status or an Event from being written."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

MAX_BYTES: Final = 1024
"""UTF-8 bytes of a message: what the API allows for an Event, and what a reader can take in."""

MAX_LIST_BYTES: Final = 400
"""UTF-8 bytes of a list within a message, which leave room for the sentence around it."""

_ELLIPSIS: Final = "…"


def cut(text: str, max_bytes: int = MAX_BYTES) -> str:
    """The text in at most so many bytes of UTF-8: cut between two characters, and marked where it is longer.

    Half a surrogate pair, which JSON can hold and UTF-8 can't, becomes a question mark.
    """
    encoded = text.encode(errors="replace")
    if len(encoded) <= max_bytes:
        return encoded.decode()
    return encoded[: max_bytes - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS


def listed(
    parts: Sequence[str], separator: str = ", ", most: int | None = None, max_bytes: int = MAX_LIST_BYTES
) -> str:
    """The parts of a list, as many as fit, such as `orders, bills and 14 more`.

    Args:
        parts: What is listed, the most important first: the first one is always named, cut if it alone does not fit.
        separator: What stands between two of them.
        most: How many are named at most. Default: as many as fit.
        max_bytes: UTF-8 bytes of those that are named.
    """
    named = parts[:most]
    while len(named) > 1 and len(separator.join(named).encode(errors="replace")) > max_bytes:
        named = named[:-1]
    text = cut(separator.join(named), max_bytes)
    left_out = len(parts) - len(named)
    return f"{text} and {left_out} more" if left_out else text


def _cut_text(value: Any) -> Any:  # noqa: ANN401 - what is no text is refused by the model
    return cut(value) if isinstance(value, str) else value


Message = Annotated[str, BeforeValidator(_cut_text)]
"""A text of status, cut at `MAX_BYTES` by the model itself: the last guard, whatever a sentence was made of."""
