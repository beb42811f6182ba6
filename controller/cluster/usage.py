"""What the pods' containers use, by the API metrics.k8s.io where a cluster serves it, as a share of their limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kubernetes.aio.client import CustomObjectsApi
from kubernetes.utils.quantity import parse_quantity

from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ForbiddenError, NotFoundError
from controller.cluster.objects import Container, Deployment, LabelSelector
from controller.cluster.requests import REQUEST_TIMEOUT_SECONDS, answer_to
from controller.scaling.observation import Usage

GROUP: Final = "metrics.k8s.io"
VERSION: Final = "v1beta1"

NOT_SERVED_SECONDS: Final = 300.0
"""For so long a cluster that does not serve the API, or not to the operator, is not asked again."""

MAX_AGE_SECONDS: Final = 130.0
"""What is older tells nothing. metrics-server measures every 15 to 60 s."""


class UsageReader:
    """Asks for the usage of the pods of one Deployment at a time."""

    def __init__(self, cluster: Cluster, now: Callable[[], float]) -> None:
        """Asks this cluster; `now` gives seconds since the Unix epoch."""
        self._cluster = cluster
        self._now = now
        self._ask_again_at = 0.0

    async def read(self, deployment: Deployment, container: Container) -> dict[str, Usage]:
        """The usage of a container in the pods of a Deployment, by the name of the pod.

        What is not known is not in it: nobody decides by this alone, so a failure is no error.
        """
        if self._now() < self._ask_again_at:
            return {}
        request = CustomObjectsApi(self._cluster.client).list_namespaced_custom_object_without_preload_content(
            GROUP,
            VERSION,
            deployment.namespace,
            "pods",
            label_selector=to_query(deployment.selector),
            _request_timeout=REQUEST_TIMEOUT_SECONDS,
        )
        try:
            answer = await answer_to(f"read the usage of the pods of namespace {deployment.namespace}", request)
        except (NotFoundError, ForbiddenError):
            self._ask_again_at = self._now() + NOT_SERVED_SECONDS
            return {}
        except ClusterError:
            return {}
        return dict(usage_by_pod(answer["items"], container, self._now()))


def usage_by_pod(items: Iterable[Mapping[str, Any]], container: Container, now: float) -> Iterator[tuple[str, Usage]]:
    """The usage of a container as a share of its limits, from the items of a `PodMetricsList`."""
    for item in items:
        if now - datetime.fromisoformat(item["timestamp"]).timestamp() > MAX_AGE_SECONDS:
            continue
        for measured in item["containers"]:
            if measured["name"] == container.name:
                used = measured["usage"]
                yield item["metadata"]["name"], Usage(*(_share(used, container, name) for name in ("cpu", "memory")))


def to_query(selector: LabelSelector) -> str:
    """A selector as the query of a list has it, such as `app=worker,tier in (a,b),!canary`."""
    expressions = {"In": "{key} in ({values})", "NotIn": "{key} notin ({values})", "Exists": "{key}"}
    terms = [f"{key}={value}" for key, value in selector.match_labels]
    for requirement in selector.match_expressions:
        form = expressions.get(requirement.operator, "!{key}")
        terms.append(form.format(key=requirement.key, values=",".join(requirement.values)))
    return ",".join(terms)


def _share(used: Mapping[str, str], container: Container, resource: str) -> float | None:
    """`None` without a limit: a container may use more than it requests, so that would say nothing of its room."""
    if resource not in used or resource not in container.limits:
        return None
    limit = _quantity(container.limits[resource])
    return _quantity(used[resource]) / limit if limit else None


def _quantity(text: str) -> float:
    """A quantity as Kubernetes writes it, such as `250m` or `1Gi`."""
    return float(parse_quantity(text))  # type: ignore[no-untyped-call]
