"""Nothing of a scale is lost: not its count, not its Event, whatever becomes of answers, passes and status.

All on the real API server; a proxy cuts connections just when an answer comes.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from controller.api.condition_reasons import Ready
from controller.api.spec import ObjectMeta, TemporalWorkerPool, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.objects import Deployment
from controller.cluster.workload import get_deployment
from controller.operator.actuate.act import Decided, Outcome, decide_on, scale
from controller.operator.findings import Finding
from controller.operator.pools import TrackedPool
from controller.operator.report.reporter import Sight, Teller
from controller.scaling.decision import Situation
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.cluster.proxy import Proxy, through_proxy
from tests.scaling.builders import NOW, observation, queue
from tests.support.cluster import apply, get_json, wait_for_async

GOOD = Finding(Ready.AUTOSCALING, "Well.")


class _Pool:
    """A pool at zero replicas with 24 waiting tasks, seen through a proxy."""

    def __init__(self, cluster: LocalCluster, admin: Cluster, namespace: str, connected: Cluster, proxy: Proxy) -> None:
        apply(cluster, namespace, manifests.deployment(), manifests.pool())
        self.cluster, self.admin, self.namespace, self.connected, self.proxy = (
            cluster,
            admin,
            namespace,
            connected,
            proxy,
        )
        stored = TemporalWorkerPool.from_manifest(get_json(cluster, namespace, "twp", "orders"))
        self.spec: TemporalWorkerPoolSpec = stored.spec
        self.tracked = TrackedPool(ObjectMeta.model_validate(stored.metadata), stored.spec)

    async def deployment(self) -> Deployment:
        """As the API server has it."""
        found = await get_deployment(self.connected, self.namespace, "worker")
        assert found is not None
        return found

    async def decided(self) -> Decided:
        """What a pass decides."""
        deployment = await self.deployment()
        seen = observation(queue(24), replicas=deployment.replicas)
        situation = Situation(self.spec, seen, self.tracked.memory, NOW)
        return Decided(deployment, situation, decide_on(situation))

    async def scale(self, decided: Decided | None = None) -> Outcome:
        """Carries it out."""
        return await scale(self.connected, self.tracked, decided or await self.decided(), ())

    @property
    def replicas(self) -> int:
        """As the API server has them."""
        return int(get_json(self.cluster, self.namespace, "deployment", "worker")["spec"]["replicas"])

    @property
    def events(self) -> list[str]:
        """Reasons of the Events that are written."""
        return [
            event["reason"] for event in get_json(self.cluster, self.namespace, "events")["items"] if _is_ours(event)
        ]

    @property
    def recorded(self) -> list[tuple[int, int]]:
        """The changes that `behavior` counts."""
        return [(action.replicas_before, action.replicas_after) for action in self.tracked.memory.scale_actions]


def _is_ours(event: dict[str, Any]) -> bool:
    return bool(event["involvedObject"]["kind"] == "TemporalWorkerPool")


@pytest.fixture
async def pool(
    cluster: LocalCluster,
    admin: Cluster,
    kubernetes_namespace: str,
    tmp_path: Path,
    pools_served: None,  # noqa: ARG001
) -> AsyncIterator[_Pool]:
    """The pool of each test."""
    async with through_proxy(cluster, tmp_path / "config") as (connected, proxy):
        yield _Pool(cluster, admin, kubernetes_namespace, connected, proxy)


async def test_a_scale_is_recorded_before_anything_else_can_fail(pool: _Pool) -> None:
    """The pass may end right after it: what it remembered so far has the change, once."""
    outcome = await pool.scale()
    assert outcome.action is not None
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.tracked.left == outcome.deployment
    assert pool.tracked.counts.scaled_up == 1
    assert [due.event.reason for due in pool.tracked.outbox] == ["SuccessfulRescale"]


async def test_a_scale_whose_answer_is_lost_is_found_by_reading_again(pool: _Pool) -> None:
    """The API server did what it was asked for: that is no failure, and is counted."""
    decided = await pool.decided()
    pool.proxy.lose_answers(1)
    outcome = await pool.scale(decided)
    assert outcome.failure is None
    assert outcome.deployment.replicas == pool.replicas > 0
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.tracked.unanswered == ()


async def test_a_scale_that_cannot_be_read_again_is_recorded_once_it_is_seen(pool: _Pool) -> None:
    """A later pass sees the Deployment; until then nobody knows."""
    decided = await pool.decided()
    pool.proxy.lose_answers()
    outcome = await pool.scale(decided)
    assert outcome.failure is not None
    assert pool.recorded == []
    pool.proxy.lose_answers(0)
    assert pool.tracked.settle(decided.deployment) is None  # a watch that lags behind shows the replicas of before
    assert pool.tracked.settle(await pool.deployment()) is not None
    assert pool.tracked.settle(await pool.deployment()) is None
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.tracked.counts.scaled_up == 1


async def test_a_pass_that_is_cancelled_while_it_scales_loses_nothing(pool: _Pool) -> None:
    """Its time was over before the answer came: the next pass finds what happened."""
    decided = await pool.decided()
    pool.proxy.hold_answers()
    passing = asyncio.create_task(pool.scale(decided))

    async def happened() -> bool:
        return await asyncio.to_thread(lambda: pool.replicas) > 0

    await wait_for_async(happened, 60, "the replicas to be set")
    passing.cancel()
    await asyncio.gather(passing, return_exceptions=True)
    assert passing.cancelled()
    assert pool.recorded == []
    stored = await get_deployment(pool.admin, pool.namespace, "worker")
    assert stored is not None
    assert pool.tracked.settle(stored) is not None
    assert pool.recorded == [(0, pool.replicas)]


async def test_a_scale_that_comes_late_is_met_by_the_next_pass(pool: _Pool) -> None:
    """Its patch finds other replicas than it tests for, reads, and counts what it finds to be the operator's own."""
    decided = await pool.decided()
    pool.proxy.lose_answers()
    await pool.scale(decided)
    pool.proxy.lose_answers(0)
    outcome = await pool.scale(decided)
    assert outcome.failure is None
    assert pool.recorded == [(0, pool.replicas)]


async def test_a_request_that_never_came_is_not_recorded(pool: _Pool) -> None:
    """Nobody listened; what somebody else sets later is not the operator's."""
    decided = await pool.decided()
    await pool.proxy.cut()
    assert (await pool.scale(decided)).failure is not None
    await pool.proxy.resume()
    wanted = decided.decision.desired_replicas
    pool.cluster.kubectl("scale", "deployment", "worker", f"--replicas={wanted}", "--namespace", pool.namespace)
    assert pool.tracked.settle(await pool.deployment()) is None
    assert pool.recorded == []


async def test_the_event_of_a_scale_is_written_although_the_status_is_refused(pool: _Pool, guest: Cluster) -> None:
    """An account that may write Events and no status, as with half of the rights of the operator."""
    outcome = await pool.scale()
    pool.cluster.kubectl(
        "create", "role", "events", "--verb=create", "--resource=events", "--namespace", pool.namespace
    )
    pool.cluster.kubectl(
        "create", "rolebinding", "events", "--role=events", f"--serviceaccount={pool.namespace}:guest",
        "--namespace", pool.namespace,
    )  # fmt: skip
    with pytest.raises(ClusterError, match="temporalworkerpools/status"):
        await Teller(guest, lambda: NOW).tell(pool.tracked, Sight((), outcome=outcome), GOOD)
    assert pool.events == ["SuccessfulRescale"]
    await Teller(pool.connected, lambda: NOW).tell(pool.tracked, Sight((), outcome=outcome), GOOD)
    assert pool.events == ["SuccessfulRescale"]


async def test_events_wait_until_they_can_be_written_and_are_written_once(pool: _Pool) -> None:
    """One whose answer was lost is there already when it is tried again."""
    outcome = await pool.scale()
    teller = Teller(pool.connected, lambda: NOW)
    await pool.proxy.cut()
    with pytest.raises(ClusterError):
        await teller.tell(pool.tracked, Sight((), outcome=outcome), GOOD)
    await pool.proxy.resume()
    assert pool.events == []
    await teller._write(pool.tracked, pool.tracked.status, NOW)
    pool.proxy.lose_answers(1)
    await teller._publish(pool.tracked)
    assert pool.events == ["SuccessfulRescale"]
    assert len(list(pool.tracked.outbox)) == 1
    await teller.tell(pool.tracked, Sight(()), GOOD)
    assert pool.events == ["SuccessfulRescale"]
    assert list(pool.tracked.outbox) == []
