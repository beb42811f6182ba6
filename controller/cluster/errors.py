"""The exceptions of this room, in words for the person who has to mend it.

ClusterError                 the API server did not do what was asked
├── ClusterUnavailableError       no way to the API server: no kubeconfig, no such context, refused, timed out, 5xx
├── UnauthenticatedError          401: it does not know who the operator is
├── ForbiddenError                403: it knows, and the operator may not
├── QuotaExceededError            403: a ResourceQuota stands in the way
├── NotFoundError                 404: no such object, or no such kind (its CRD is not installed)
├── ConflictError                 409: the object is not the one, or not as, the change was meant for
├── ExpiredError                  410: the resource version to go on from is no longer kept
├── RejectedError                 400, 405, 415, 422: validation or an admission policy refused the change
└── ThrottledError                429: too many requests
"""


class ClusterError(Exception):
    """The API server did not do what was asked; the text says what, where and what to do."""

    reason: str = "Other"
    """One word for logs and metrics."""


class ClusterUnavailableError(ClusterError):
    """There is no way to the API server."""

    reason = "ClusterUnavailable"


class UnauthenticatedError(ClusterError):
    """The API server does not know who the operator is."""

    reason = "Unauthenticated"


class ForbiddenError(ClusterError):
    """The operator may not do this."""

    reason = "Forbidden"


class QuotaExceededError(ClusterError):
    """A ResourceQuota stands in the way."""

    reason = "QuotaExceeded"


class NotFoundError(ClusterError):
    """The object, or its kind, is not there."""

    reason = "NotFound"


class ConflictError(ClusterError):
    """The object is not the one, or not as, the change was meant for."""

    reason = "Conflict"


class ExpiredError(ClusterError):
    """The resource version to go on from is no longer kept: list anew."""

    reason = "Expired"


class RejectedError(ClusterError):
    """Validation or an admission policy refused the change."""

    reason = "Rejected"


class ThrottledError(ClusterError):
    """The API server has too many requests to answer."""

    reason = "Throttled"
