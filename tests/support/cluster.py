"""The one local cluster of a test run, and what it leaves behind when a test fails."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from localcluster.cluster import LocalCluster
from localcluster.folders import PROJECT_FOLDER
from tests.support.waiting import wait_for, wait_for_async

__all__ = ["apply", "collect_failure", "explaining_failures", "get_json", "pods", "wait_for", "wait_for_async"]

_CLUSTERS: pytest.StashKey[list[LocalCluster]] = pytest.StashKey()
"""Those that run, the newest last."""

FAILURES_FOLDER = PROJECT_FOLDER / "out" / "failures"
"""Gets a folder for each failed test that used the cluster."""


@contextmanager
def explaining_failures(config: pytest.Config, cluster: LocalCluster) -> Iterator[None]:
    """Inside the `with` block a test that fails leaves what this cluster has, unless a newer one runs."""
    clusters = config.stash.setdefault(_CLUSTERS, [])
    clusters.append(cluster)
    yield
    clusters.remove(cluster)


def collect_failure(item: pytest.Item, report: pytest.TestReport) -> None:
    """Write what explains a failed test, before its namespaces are gone."""
    clusters = item.config.stash.get(_CLUSTERS, [])
    if not report.failed or not clusters or "cluster" not in getattr(item, "fixturenames", ()):
        return
    folder = FAILURES_FOLDER / re.sub(r"[^\w.-]+", "_", item.nodeid)
    shutil.rmtree(folder, ignore_errors=True)
    clusters[-1].collect(folder)
    report.sections.append(("cluster", f"Logs, Events and objects are in {folder.relative_to(PROJECT_FOLDER)}/"))


def apply(cluster: LocalCluster, namespace: str, *manifests: dict[str, Any]) -> None:
    """Apply objects to a namespace."""
    objects = {"apiVersion": "v1", "kind": "List", "items": manifests}
    cluster.kubectl("apply", "--namespace", namespace, "-f", "-", input=json.dumps(objects))


def get_json(cluster: LocalCluster, namespace: str, kind: str, name: str = "", **query: str) -> Any:
    """Read one object of a namespace, such as `"pod", "worker-0"`, or without a name a list of them."""
    return cluster.read(kind, namespace, name, **query)


def pods(cluster: LocalCluster, namespace: str, selector: str = "") -> list[dict[str, Any]]:
    """The pods of a namespace, those that are ending included."""
    found: list[dict[str, Any]] = get_json(cluster, namespace, "pods", labelSelector=selector)["items"]
    return found
