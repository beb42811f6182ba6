"""One request to the API server, from the call of the client library to JSON or an exception of `errors`."""

import json
from collections.abc import Awaitable
from typing import Any, Final

import aiohttp

from controller.cluster.errors import ClusterUnavailableError, from_answer, translated

REQUEST_TIMEOUT_SECONDS: Final = 10.0
"""How long one request may take, other than a watch."""

MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
"""Content types of the kinds of change that the operator makes."""


async def answer_to(action: str, request: Awaitable[aiohttp.ClientResponse]) -> dict[str, Any]:
    """Waits for the answer and reads it.

    Answers are read as plain JSON: the library's models are strict, and would refuse an object of a newer API server.

    Args:
        action: What is tried; completes "could not".
        request: A call of one of the library's `…_without_preload_content` methods.

    Raises:
        ClusterError: The API server refused, or could not be reached.
    """
    with translated(action):
        response = await request
        body = await response.text()
    if response.status >= 400:
        raise from_answer(action, response.status, body)
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ClusterUnavailableError(f"Could not {action}: the answer is no JSON ({body[:100]!r}).") from error
    if not isinstance(parsed, dict):
        raise ClusterUnavailableError(f"Could not {action}: the answer is no object ({body[:100]!r}).")
    return parsed
