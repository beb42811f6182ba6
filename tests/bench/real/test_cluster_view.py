"""The lives of pods as watches tell them."""

from typing import Any

from kubernetes.aio.client import ApiClient

from bench.real.cluster_view import ClusterView
from bench.real.recording import Pod


def pod(*, ready: bool = False, deleted: bool = False) -> dict[str, Any]:
    """A pod of the API."""
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    metadata: dict[str, Any] = {"uid": "a"} | ({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})
    return {"metadata": metadata, "status": {"conditions": conditions}}


async def test_a_pod_is_followed_from_its_creation_to_its_end() -> None:
    """The first time of each counts; one that was asked to end is not ready any more."""
    async with ApiClient() as api:
        view = ClusterView(api, "bench")
    view.see_pod("ADDED", pod(), 100)
    assert (view.present, view.ready) == (1, 0)
    view.see_pod("MODIFIED", pod(ready=True), 104)
    view.see_pod("MODIFIED", pod(ready=True), 105)
    assert (view.present, view.ready) == (1, 1)
    view.see_pod("MODIFIED", pod(ready=True, deleted=True), 120)
    assert (view.present, view.ready) == (1, 0)
    view.see_pod("DELETED", pod(deleted=True), 121)
    assert view.present == 0
    assert [each.since(100) for each in view.pods] == [Pod(0, 4, 20, 21)]
