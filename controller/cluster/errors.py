"""The exceptions of this room: what failed, why, and how to fix it.

::

    ClusterError                  the API server did not do what was asked
    ├── ClusterUnavailableError   not reachable: no kubeconfig, no such context, refused, timed out, 5xx
    ├── NotLeadingError           not sent: another replica of the operator leads
    ├── UnauthenticatedError      401: the credentials are not accepted
    ├── ForbiddenError            403: a permission is missing
    ├── QuotaExceededError        403: a ResourceQuota is exceeded
    ├── NotFoundError             404: no such object, or no such kind (its CRD is not installed)
    ├── ConflictError             409: the object was replaced or changed meanwhile
    ├── ExpiredError              410: the resource version is no longer kept
    ├── RejectedError             400, 405, 413, 415, 422: validation or an admission policy refused the change
    └── ThrottledError            429: too many requests
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp

from controller.api.text import cut
from controller.cluster.fields import Fields

MAX_CAUSE_BYTES: Final = 500
"""UTF-8 bytes of a cause, so that 1 KB has room for what failed, with the longest names, and for the fix."""


class ClusterError(Exception):
    """The API server did not do what was asked; the text has what, where, why and how to fix it, in at most 1 KB."""

    status: dict[str, Any]
    """The API server's own `Status` object; empty where the answer has none."""

    problem: str
    """The text without the fix, which is for who runs the operator; empty where the two are one sentence."""

    def __init__(self, message: str, status: dict[str, Any] | None = None, problem: str = "") -> None:
        super().__init__(message)
        self.status = status or {}
        self.problem = problem

    @property
    def causes(self) -> tuple[Fields, ...]:
        """The causes that the API server lists: field, reason and message of each."""
        return tuple(Fields(self.status).part("details").items("causes"))


class ClusterUnavailableError(ClusterError):
    """The API server is not reachable."""


class NotLeadingError(ClusterError):
    """Nothing was sent: another replica of the operator leads."""


class UnauthenticatedError(ClusterError):
    """The API server does not accept the operator's credentials."""


class ForbiddenError(ClusterError):
    """The operator lacks a permission."""


class QuotaExceededError(ClusterError):
    """A ResourceQuota is exceeded."""


class NotFoundError(ClusterError):
    """The object, or its kind, does not exist."""


class ConflictError(ClusterError):
    """The object was replaced or changed meanwhile."""


class ExpiredError(ClusterError):
    """The resource version is no longer kept: list anew."""


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
    "check the API server, and the network between it and the operator",
)
_REJECTED: Final = (RejectedError, "change what the message names")
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
    429: (ThrottledError, "the operator retries later"),
}
"""Exception and fix by HTTP status code."""


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Turns a failed connection inside the block into an exception of this module.

    Args:
        action: What the request does; completes "could not".

    Raises:
        ClusterUnavailableError: The API server could not be reached, or the answer did not come in time.
    """
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        kind, remedy = _UNAVAILABLE
        problem = f"Could not {action}: {cut(_description(error), MAX_CAUSE_BYTES)}"
        raise kind(f"{problem}; {remedy}.", problem=problem) from error


def from_answer(action: str, code: int, body: str) -> ClusterError:
    """The exception of an answer with an error code.

    Args:
        action: What the request does; completes "could not".
        code: HTTP status code.
        body: A `Status` object as JSON, or any answer of a proxy in between.
    """
    status = _status(body)
    text = cut(str(status.get("message") or body.strip()[:200] or "no reason given").rstrip("."), MAX_CAUSE_BYTES)
    kind, remedy = _BY_CODE.get(code, _UNAVAILABLE)
    if kind is ForbiddenError and "exceeded quota" in text:
        kind, remedy = QuotaExceededError, "raise the ResourceQuota, or lower what counts against it"
    problem = f"Could not {action}: {text} (HTTP {code})"
    return kind(f"{problem}; {remedy}.", status, problem)


def _status(body: str) -> dict[str, Any]:
    try:
        status = json.loads(body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _description(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientConnectorError():
            return f"{error.host}:{error.port} is not reachable ({error.os_error.strerror or error.os_error})"
        case _:
            return str(error) or type(error).__name__
