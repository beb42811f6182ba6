"""The exceptions of this room, in words for the person who has to mend it.

::

    ClusterError                  the API server did not do what was asked
    ├── ClusterUnavailableError   no way to the API server: no kubeconfig, no such context, refused, timed out, 5xx
    ├── UnauthenticatedError      401: it does not know who the operator is
    ├── ForbiddenError            403: it knows, and the operator may not
    ├── QuotaExceededError        403: a ResourceQuota stands in the way
    ├── NotFoundError             404: no such object, or no such kind (its CRD is not installed)
    ├── ConflictError             409: the object is not the one, or not as, the change was meant for
    ├── ExpiredError              410: the resource version to go on from is no longer kept
    ├── RejectedError             400, 405, 413, 415, 422: validation or an admission policy refused the change
    └── ThrottledError            429: too many requests
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp

from controller.cluster.fields import Fields


class ClusterError(Exception):
    """The API server did not do what was asked; the text says what, where and what to do."""

    status: dict[str, Any]
    """The API server's own `Status` object; empty where it gave none."""

    def __init__(self, message: str, status: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status or {}

    @property
    def causes(self) -> tuple[Fields, ...]:
        """What exactly was refused, as the API server lists it: field, reason and message of each."""
        return tuple(Fields(self.status).part("details").items("causes"))


class ClusterUnavailableError(ClusterError):
    """There is no way to the API server."""


class UnauthenticatedError(ClusterError):
    """The API server does not know who the operator is."""


class ForbiddenError(ClusterError):
    """The operator may not do this."""


class QuotaExceededError(ClusterError):
    """A ResourceQuota stands in the way."""


class NotFoundError(ClusterError):
    """The object, or its kind, is not there."""


class ConflictError(ClusterError):
    """The object is not the one, or not as, the change was meant for."""


class ExpiredError(ClusterError):
    """The resource version to go on from is no longer kept: list anew."""


class RejectedError(ClusterError):
    """Validation or an admission policy refused the change, or a `test` of a JSON patch failed."""

    @property
    def is_failed_test(self) -> bool:
        """Whether a `test` failed: that answer alone has no details, those of validation and policies have some."""
        return not self.status.get("details")


class ThrottledError(ClusterError):
    """The API server has too many requests to answer."""


_UNAVAILABLE: Final = (
    ClusterUnavailableError,
    "look at the API server, and at the network between it and the operator",
)
_REJECTED: Final = (RejectedError, "do what the message asks for")
_BY_CODE: Final[dict[int, tuple[type[ClusterError], str]]] = {
    400: _REJECTED,
    401: (UnauthenticatedError, "renew the operator's token or kubeconfig"),
    403: (ForbiddenError, "give the operator's account the permission that the message names"),
    404: (NotFoundError, "create it, or correct its name"),
    405: _REJECTED,
    409: (ConflictError, "read it again"),
    410: (ExpiredError, "list anew"),
    413: _REJECTED,
    415: _REJECTED,
    422: _REJECTED,
    429: (ThrottledError, "it is tried again later"),
}
"""What a status code means, and what to do."""


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Turns a failed connection inside the block into an exception of this module.

    Args:
        action: What is tried; completes "could not".

    Raises:
        ClusterUnavailableError: The API server could not be reached, or the answer did not come in time.
    """
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        kind, remedy = _UNAVAILABLE
        raise kind(f"Could not {action}: {_words(error)}; {remedy}.") from error


def from_answer(action: str, code: int, body: str) -> ClusterError:
    """The exception that fits an answer with an error code.

    Args:
        action: What was tried; completes "could not".
        code: HTTP status code.
        body: A `Status` object as JSON, or whatever a proxy in between said.
    """
    status = _status(body)
    text = str(status.get("message") or body.strip()[:200] or "no reason given").rstrip(".")
    kind, remedy = _BY_CODE.get(code, _UNAVAILABLE)
    if kind is ForbiddenError and "exceeded quota" in text:
        kind, remedy = QuotaExceededError, "raise the ResourceQuota, or lower what counts against it"
    return kind(f"Could not {action}: {text} (HTTP {code}); {remedy}.", status)


def _status(body: str) -> dict[str, Any]:
    try:
        status = json.loads(body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _words(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientConnectorError():
            return f"{error.host}:{error.port} can't be reached ({error.os_error.strerror or error.os_error})"
        case _:
            return str(error) or type(error).__name__
