"""The usage of the pods' containers as a share of their limits, by the API metrics.k8s.io where a cluster serves it."""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from time import monotonic
from typing import Any, Final

from kubernetes.utils.quantity import parse_quantity

from controller.cluster.client import Cluster, answer_to
from controller.cluster.errors import ClusterError, ForbiddenError, NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.objects import Container, Deployment, LabelSelector
from controller.cluster.resources import POD_METRICS
from controller.scaling.observation import Usage

NOT_SERVED_SECONDS: Final = 300.0
"""Pause for a namespace after the API is not served, or the operator may not use it."""

MAX_AGE_SECONDS: Final = 130.0
"""Older measurements do not count. metrics-server measures every 15 to 60 s."""


class UsageReader:
    """Reads the usage of the pods of one Deployment at a time."""

    def __init__(self, cluster: Cluster, now: Callable[[], float], elapsed: Callable[[], float] = monotonic) -> None:
        """Reads from this cluster; `now` gives seconds since the Unix epoch, `elapsed` those of a monotonic clock."""
        self._cluster = cluster
        self._now, self._elapsed = now, elapsed
        self._retry_at: dict[str, float] = {}

    async def read(self, deployment: Deployment, container: Container) -> dict[str, Usage]:
        """The usage of a container in the pods of a Deployment, by the name of the pod.

        Pods without a measurement are left out. It is optional, so a failure is not an error.
        """
        if self._is_backed_off(deployment.namespace):
            return {}
        pods = POD_METRICS.list_request(self._cluster.client, deployment.namespace)
        request = pods(labelSelector=to_query(deployment.selector))
        try:
            answer = await answer_to(f"read the usage of the pods of namespace {deployment.namespace}", request)
        except (NotFoundError, ForbiddenError):
            self._retry_at[deployment.namespace] = self._elapsed() + NOT_SERVED_SECONDS
            return {}
        except ClusterError:
            return {}
        return dict(usage_by_pod(answer, container, self._now()))

    def _is_backed_off(self, namespace: str) -> bool:
        """Whether a namespace was refused less than `NOT_SERVED_SECONDS` ago."""
        now = self._elapsed()
        self._retry_at = {name: at for name, at in self._retry_at.items() if now < at}
        return namespace in self._retry_at


def usage_by_pod(answer: Mapping[str, Any], container: Container, now: float) -> Iterator[tuple[str, Usage]]:
    """The usage of a container as a share of its limits, from a `PodMetricsList`, where it can be read."""
    for item in Fields(answer).items("items"):
        measured_at = item.time("timestamp")
        if measured_at is None or now - measured_at > MAX_AGE_SECONDS:
            continue
        for measured in item.items("containers"):
            if measured.text("name") == container.name:
                used = measured.labels("usage")
                shares = (_share(used, container, resource) for resource in ("cpu", "memory"))
                yield item.part("metadata").text("name"), Usage(*shares)


def to_query(selector: LabelSelector) -> str:
    """A selector as the query of a list has it, such as `app=worker,tier in (a,b),!canary`."""
    expressions = {"In": "{key} in ({values})", "NotIn": "{key} notin ({values})", "Exists": "{key}"}
    terms = [f"{key}={value}" for key, value in selector.match_labels]
    for requirement in selector.match_expressions:
        form = expressions.get(requirement.operator, "!{key}")
        terms.append(form.format(key=requirement.key, values=",".join(requirement.values)))
    return ",".join(terms)


def _share(used: Mapping[str, str], container: Container, resource: str) -> float | None:
    """`None` without a limit: a container may use more than it requests."""
    limit, amount = quantity(container.limits.get(resource, "")), quantity(used.get(resource, ""))
    return amount / limit if limit and amount is not None else None


def quantity(text: str) -> float | None:
    """A quantity as Kubernetes writes it, such as `250m` or `1Gi`; `None` for any other text, and below 0."""
    try:
        amount = float(parse_quantity(text))  # type: ignore[no-untyped-call]
    except (ValueError, ArithmeticError):
        return None
    return amount if isfinite(amount) and amount >= 0 else None
