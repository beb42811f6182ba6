"""The kinds of objects that the operator reads and writes, with their paths, and requests for them.

The client library's own methods are not used: they import the models of all kinds of Kubernetes, which cost 0.8 s of
CPU and 40 MiB at the start.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from controller.api.connection import CONNECTION_PLURAL
from controller.api.spec import GROUP, PLURAL, VERSION
from controller.cluster.errors import NotLeadingError
from controller.cluster.writes import OperatorClient

REQUEST_TIMEOUT_SECONDS: Final = 10.0
"""How long one request may take, other than a watch."""

MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
"""Content types of the kinds of change that the operator makes."""

Answer = Awaitable[aiohttp.ClientResponse]
"""An answer whose body is not read yet."""

ListRequest = Callable[..., Answer]
"""Lists one kind, or watches it with `watch="true"`; takes `timeout_seconds`, and the query in the API's own names."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    """From the server's root on."""
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    """Parameters that are `None` are left out."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """In addition to those of every request."""
    body: Mapping[str, Any] | list[dict[str, Any]] | None = None
    """Sent as JSON."""
    timeout_seconds: float = REQUEST_TIMEOUT_SECONDS
    """For the answer with its body."""
    is_fenced: bool = True
    """Whether a change is sent only while this replica of the operator leads."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of objects as the API server serves it."""

    group_version: str
    """Path of its group and version, such as `/apis/apps/v1`."""
    plural: str

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """Path of an object, of all objects of a namespace, or of all objects."""
        scope = ("namespaces", quote(namespace, safe="")) if namespace else ()
        parts = (self.group_version, *scope, self.plural, quote(name, safe=""), subresource)
        return "/".join(part for part in parts if part)

    def list_request(self, client: OperatorClient, namespace: str | None, **headers: str) -> ListRequest:
        """Lists or watches the objects of a namespace, or of all with `None`."""

        def request(timeout_seconds: float = REQUEST_TIMEOUT_SECONDS, **query: str | int | None) -> Answer:
            listing = Request("GET", self.path(namespace), query, headers, timeout_seconds=timeout_seconds)
            return send(client, listing)

        return request


CONFIG_MAPS: Final = Resource("/api/v1", "configmaps")
CONNECTIONS: Final = Resource(f"/apis/{GROUP}/{VERSION}", CONNECTION_PLURAL)
CRDS: Final = Resource("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions")
DEPLOYMENTS: Final = Resource("/apis/apps/v1", "deployments")
EVENTS: Final = Resource("/api/v1", "events")
LEASES: Final = Resource("/apis/coordination.k8s.io/v1", "leases")
HPAS: Final = Resource("/apis/autoscaling/v2", "horizontalpodautoscalers")
POD_METRICS: Final = Resource("/apis/metrics.k8s.io/v1beta1", "pods")
PODS: Final = Resource("/api/v1", "pods")
POOLS: Final = Resource(f"/apis/{GROUP}/{VERSION}", PLURAL)
SCALED_OBJECTS: Final = Resource("/apis/keda.sh/v1alpha1", "scaledobjects")
SECRETS: Final = Resource("/api/v1", "secrets")
SELF_SUBJECT_REVIEWS: Final = Resource("/apis/authentication.k8s.io/v1", "selfsubjectreviews")
VPAS: Final = Resource("/apis/autoscaling.k8s.io/v1", "verticalpodautoscalers")


def get(client: OperatorClient, path: str) -> Answer:
    """Reads the object at a path."""
    return send(client, Request("GET", path))


def create(client: OperatorClient, path: str, manifest: Mapping[str, Any]) -> Answer:
    """Creates an object of the kind at a path."""
    return send(client, Request("POST", path, body=manifest))


def patch(
    client: OperatorClient,
    path: str,
    content_type: str,
    change: Mapping[str, Any] | list[dict[str, Any]],
    **query: str | None,
) -> Answer:
    """Changes the object, or its subresource, at a path."""
    return send(client, Request("PATCH", path, query, {"Content-Type": content_type}, change))


def delete(client: OperatorClient, path: str, uid: str, *, dry_run: bool = False) -> Answer:
    """Deletes the object at a path; one that was made anew under its name has another UID, and stays.

    With a body the API server ignores `dryRun` in the query: it is in the body.
    """
    body: dict[str, Any] = {"preconditions": {"uid": uid}} | ({"dryRun": ["All"]} if dry_run else {})
    return send(client, Request("DELETE", path, body=body))


async def send(client: OperatorClient, request: Request) -> aiohttp.ClientResponse:
    """Sends a request with the client's credentials.

    Raises:
        NotLeadingError: It changes something, and another replica of the operator leads.
    """
    is_fenced = request.is_fenced and request.method != "GET"
    if is_fenced and (refusal := client.refusal()):
        raise NotLeadingError(refusal)
    prepared = await client.param_serialize(
        request.method,
        request.path,
        query_params=[(key, value) for key, value in request.query.items() if value is not None],
        header_params={"Accept": "application/json", **request.headers},
        body=request.body,
        auth_settings=["BearerToken"],
    )
    answered = await client.call_api(*prepared, _request_timeout=request.timeout_seconds)
    response: aiohttp.ClientResponse = answered.response
    return response
