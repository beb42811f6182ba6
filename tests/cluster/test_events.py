"""Events on the real API server, as people see them."""

import pytest

from controller.api.event_reasons import EventType
from controller.api.spec import TemporalWorkerPool
from controller.api.text import cut
from controller.cluster.client import Cluster
from controller.cluster.errors import ForbiddenError
from controller.cluster.events import Event, publish
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.support.cluster import apply, get_json

NOW = 1_795_521_600.0

FACTS = {"workerpools.dev/from-replicas": "0", "workerpools.dev/to-replicas": "4"}
RESCALED = Event(EventType.NORMAL, "SuccessfulRescale", "Scale", "Scaled 0 → 4: 20 tasks wait.", FACTS)


@pytest.fixture
def reference(cluster: LocalCluster, kubernetes_namespace: str, pools_served: None) -> dict[str, str]:  # noqa: ARG001
    """A pool to write about."""
    apply(cluster, kubernetes_namespace, manifests.pool())
    manifest = get_json(cluster, kubernetes_namespace, "temporalworkerpool", "orders")
    return TemporalWorkerPool.from_manifest(manifest).metadata.reference


async def test_kubectl_describe_shows_the_event(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """With type, reason, source, and the message."""
    await publish(admin, reference, RESCALED, NOW)
    described = cluster.kubectl("describe", "temporalworkerpool", "orders", "--namespace", reference["namespace"])
    (line,) = (line.split() for line in described.splitlines() if "SuccessfulRescale" in line)
    assert line[:2] == ["Normal", "SuccessfulRescale"]
    assert line[3:] == ["workerpools.dev/operator", *RESCALED.note.split()]


async def test_kubectl_describe_lists_events_by_time(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """The last one last, whatever their names are."""
    notes = [f"note-{number:02d}" for number in range(14)]
    for number, note in enumerate(notes):
        await publish(admin, reference, Event(EventType.NORMAL, "SuccessfulRescale", "Scale", note), NOW + number)
    described = cluster.kubectl("describe", "temporalworkerpool", "orders", "--namespace", reference["namespace"])
    assert [line.split()[-1] for line in described.splitlines() if "note-" in line] == notes


async def test_an_event_has_all_that_the_api_asks_for(
    admin: Cluster, cluster: LocalCluster, reference: dict[str, str]
) -> None:
    """Twice the same at the same time: two Events."""
    await publish(admin, reference, RESCALED, NOW)
    await publish(admin, reference, RESCALED, NOW)
    events = get_json(cluster, reference["namespace"], "events")["items"]
    assert len(events) == 2
    for event in events:
        assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-11-24T12:00:00Z"
        assert (event["action"], event["message"], event["type"]) == ("Scale", RESCALED.note, "Normal")
        assert event["involvedObject"] == reference
        assert event["metadata"]["annotations"] == FACTS
        assert event["reportingInstance"]


async def test_a_long_note_is_accepted(admin: Cluster, cluster: LocalCluster, reference: dict[str, str]) -> None:
    """The API refuses more than 1,024 bytes."""
    await publish(admin, reference, Event(EventType.WARNING, "FailedUpdateScale", "Scale", "ü" * 2000), NOW)
    (event,) = get_json(cluster, reference["namespace"], "events")["items"]
    assert event["message"] == cut("ü" * 2000)


async def test_the_longest_name_is_accepted(
    admin: Cluster, cluster: LocalCluster, kubernetes_namespace: str, reference: dict[str, str]
) -> None:
    """An Event is named after its object, and has no more room than that."""
    name = "a" * 230 + "." + "b" * 22
    await publish(admin, reference | {"name": name}, RESCALED, NOW)
    (event,) = get_json(cluster, kubernetes_namespace, "events")["items"]
    assert event["metadata"]["name"].startswith("a" * 230)


async def test_a_missing_permission_is_named(guest: Cluster, reference: dict[str, str]) -> None:
    """The resource is in the text."""
    with pytest.raises(ForbiddenError, match=r'cannot create resource "events" in API group ""'):
        await publish(guest, reference, RESCALED, NOW)
