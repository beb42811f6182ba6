"""The client by which the operator changes Kubernetes: it counts changes, and sends none unless it may."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from kubernetes.aio.client import ApiClient, Configuration
from typing_extensions import override

Refusal = Callable[[], str | None]
"""Gives why nothing may be changed now; `None` while everything may."""

Write = tuple[str, str, str]
"""Verb, resource and result of a request."""

_VERBS: Final = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
"""What RBAC calls the methods that change something."""


class Result(StrEnum):
    """What became of a request."""

    OK = "ok"
    CONFLICT = "conflict"
    """409: the object was changed meanwhile, or is there already."""
    INVALID = "invalid"
    """422: the object was changed meanwhile (a JSON patch tests what it changes), or is not valid."""
    REFUSED = "refused"
    """Another answer of 4xx: a missing permission, a quota, an admission policy."""
    THROTTLED = "throttled"
    FAILED = "failed"
    """5xx, or no answer."""


_BY_STATUS: Final = {409: Result.CONFLICT, 422: Result.INVALID, 429: Result.THROTTLED}


class OperatorClient(ApiClient):
    """Counts the requests that change something, and can be kept from sending them."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(configuration)
        self.writes: Counter[Write] = Counter()
        self.refusal: Refusal = lambda: None

    @override
    async def call_api(self, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        """Sends a request, and counts it by its result."""
        result = Result.FAILED
        try:
            answered = await super().call_api(method, url, *arguments, **options)
            result = result_of(answered.response.status)
        finally:
            if method in _VERBS and (resource := resource_of(url)):
                self.writes[_VERBS[method], resource, result] += 1
        return answered


def result_of(status: int) -> Result:
    """What an HTTP status code says of a request."""
    if status < 400:
        return Result.OK
    return _BY_STATUS.get(status, Result.REFUSED if status < 500 else Result.FAILED)


def resource_of(url: str) -> str:
    """The resource with its subresource that a URL is of, such as `deployments/scale`; empty where it is in no
    namespace: those are questions about the operator's own account.
    """
    _, namespaced, path = urlsplit(url).path.partition("/namespaces/")
    parts = path.split("/")[1:]
    return "/".join((parts[0], *parts[2:])) if namespaced and parts else ""
