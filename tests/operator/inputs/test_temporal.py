"""What is asked about a pool's work."""

from types import SimpleNamespace
from typing import Any

import pytest

from controller.api.condition_reasons import CertificateCurrent, Connected
from controller.operator.inputs.temporal import TemporalInputs, addresses, reads_per_poll, refused_as_expired
from controller.operator.passes import ConditionUpdate
from controller.temporal.budget import ReadBudget
from controller.temporal.reader import TemporalReading
from tests.operator.builders import NOW, pod, pool
from tests.operator.inputs.test_observe import KEY
from tests.scaling.builders import LOST, spec, statistics

METRICS = {"source": "PodMetrics", "podMetrics": {"port": 9090}}


class FakeTemporal:
    """Answers for every queue, and says that it can't list workers."""

    def __init__(self) -> None:
        self.listed: list[bool] = []
        """Whether each read asked for workers."""

    def budget(self, *_: object) -> ReadBudget:
        """A budget of its own."""
        return ReadBudget(40, lambda: NOW)

    async def read(self, *_: object, with_workers: bool) -> TemporalReading:
        """Answers."""
        self.listed.append(with_workers)
        return TemporalReading({KEY: statistics(3)}, LOST, None)


@pytest.mark.parametrize(
    ("in_flight", "asked"),
    [({}, True), ({"source": "Heartbeats"}, True), (METRICS, False), ({"source": "None"}, False)],
    ids=["Auto", "Heartbeats", "PodMetrics", "None"],
)
async def test_workers_are_asked_for_only_where_they_are_the_source(in_flight: dict[str, Any], *, asked: bool) -> None:
    """A source that was not chosen fails no pool; and what fails beside the statistics leaves the pool connected."""
    temporal, cluster = FakeTemporal(), SimpleNamespace(account="operator", client=None)
    reader, wanted = TemporalInputs(cluster, temporal), spec(inFlight=in_flight)  # type: ignore[arg-type]
    answer = await reader.read(pool(), wanted, NOW)
    assert temporal.listed == [asked]
    assert [update.reason for update in answer.updates] == [Connected.CONNECTED, CertificateCurrent.NO_CERTIFICATE]
    assert reads_per_poll(wanted) == (2 if asked else 1)


def test_a_certificate_that_the_server_refuses_because_it_has_expired_is_named() -> None:
    """Its Secret and its times, which the server does not say; not where something else is wrong."""
    expired = ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRED, "The client certificate of Secret a/b is old.")
    soon = ConditionUpdate(CertificateCurrent.CERTIFICATE_EXPIRING, "It expires soon.")
    refused, lost = (ConditionUpdate(r, "No.") for r in (Connected.CLIENT_CERTIFICATE_REFUSED, Connected.TIMED_OUT))
    assert refused_as_expired(refused, expired).message == "No. The client certificate of Secret a/b is old."
    assert refused_as_expired(refused, soon) == refused
    assert refused_as_expired(lost, expired) == lost


def test_a_version_is_one_read_for_all_its_queues() -> None:
    """Beside one list of workers for each."""
    names = [{"name": name, "tasks": [{"type": "Activity"}, {"type": "Workflow"}]} for name in ("a", "b")]
    assert reads_per_poll(spec(taskQueues=names)) == 6
    version = {"name": "orders", "buildId": "1"}
    assert reads_per_poll(spec(taskQueues=names, workerDeployment=version)) == 3


def test_pods_that_share_an_address_are_not_asked_there() -> None:
    """One of them answers, and it is not known which: it is none's, rather than each one's."""
    pods = (pod("a", ip="10.0.0.1"), pod("b", ip="10.0.0.9"), pod("c", ip="10.0.0.9"), pod("d", ip=None))
    assert addresses(pods) == {"a": "10.0.0.1"}
