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
from controller.cluster.objects import Deployment
from controller.cluster.workload import get_deployment
from controller.operator.actuate.replicas import scale
from controller.operator.passes import ConditionUpdate, PassResult
from controller.operator.pool import Pool
from controller.operator.pool_state import Pass, PoolState
from controller.operator.report.report import Report
from controller.operator.report.reporter import Reporter
from controller.scaling.decision import Situation
from localcluster.cluster import LocalCluster
from tests.cluster import manifests
from tests.cluster.proxy import Proxy, through_proxy
from tests.scaling.builders import NOW, observation, queue
from tests.support.cluster import apply, get_json, wait_for_async

WELL = Report((), ConditionUpdate(Ready.AUTOSCALING, "Well."), is_failure=False)


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
        self.pool = Pool(ObjectMeta.model_validate(stored.metadata), stored.spec)
        self.run = Pass(self.pool, PoolState())

    async def deployment(self) -> Deployment:
        """As the API server has it."""
        found = await get_deployment(self.connected, self.namespace, "worker")
        assert found is not None
        return found

    async def decided(self) -> PassResult:
        """What a pass decides."""
        deployment = await self.deployment()
        seen = observation(queue(24), replicas=deployment.replicas)
        return PassResult.of(Situation(self.spec, seen, self.state.memory, NOW), deployment)

    async def scale(self, decided: PassResult | None = None) -> PassResult:
        """Carries it out."""
        decided = decided or await self.decided()
        with self.run.journal() as journal:
            return await scale(self.connected, journal, decided)

    def settle(self, deployment: Deployment) -> int:
        """A later pass sees the Deployment; gives how many changes turned out to have happened."""
        with self.run.journal() as journal:
            journal.settle(deployment)
        return len(journal.actions)

    @property
    def state(self) -> PoolState:
        """What is known of the pool."""
        return self.run.state

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
        return [(action.replicas_before, action.replicas_after) for action in self.state.memory.scale_actions]


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
    result = await pool.scale()
    assert result.action is not None
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.state.applied.deployment == result.deployment
    assert pool.state.counts.scaled_up == 1
    assert [due.event.reason for due in pool.state.outbox] == ["SuccessfulRescale"] * 2
    assert [due.regarding and due.regarding["kind"] for due in pool.state.outbox] == [None, "Deployment"]


async def test_a_scale_whose_answer_is_lost_is_found_by_reading_again(pool: _Pool) -> None:
    """The API server did what it was asked for: that is no failure, and is counted."""
    decided = await pool.decided()
    pool.proxy.lose_answers(1)
    result = await pool.scale(decided)
    assert result.failure is None
    assert result.deployment.replicas == pool.replicas > 0
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.state.applied.unanswered == ()


async def test_a_scale_that_cannot_be_read_again_is_recorded_once_it_is_seen(pool: _Pool) -> None:
    """A later pass sees the Deployment; until then it is not known."""
    decided = await pool.decided()
    pool.proxy.lose_answers()
    result = await pool.scale(decided)
    assert result.failure is not None
    assert pool.recorded == []
    pool.proxy.lose_answers(0)
    assert pool.settle(decided.deployment) == 0  # a watch that lags behind shows the replicas of before
    assert [pool.settle(await pool.deployment()) for _ in range(2)] == [1, 0]
    assert pool.recorded == [(0, pool.replicas)]
    assert pool.state.counts.scaled_up == 1


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
    assert pool.settle(stored) == 1
    assert pool.recorded == [(0, pool.replicas)]


async def test_a_scale_that_comes_late_is_met_by_the_next_pass(pool: _Pool) -> None:
    """Its patch finds other replicas than it tests for, reads, and counts what it finds to be the operator's own."""
    decided = await pool.decided()
    pool.proxy.lose_answers()
    await pool.scale(decided)
    pool.proxy.lose_answers(0)
    result = await pool.scale(decided)
    assert result.failure is None
    assert pool.recorded == [(0, pool.replicas)]


async def test_a_request_that_never_came_is_not_recorded(pool: _Pool) -> None:
    """No server listened; what another manager sets later is not the operator's."""
    decided = await pool.decided()
    await pool.proxy.cut()
    assert (await pool.scale(decided)).failure is not None
    await pool.proxy.resume()
    wanted = decided.decision.desired_replicas
    pool.cluster.kubectl("scale", "deployment", "worker", f"--replicas={wanted}", "--namespace", pool.namespace)
    assert pool.settle(await pool.deployment()) == 0
    assert pool.recorded == []


async def test_the_event_of_a_scale_is_written_although_the_status_is_refused(pool: _Pool, guest: Cluster) -> None:
    """An account that may write Events and no status, as with half of the rights of the operator."""
    await pool.scale()
    pool.cluster.kubectl(
        "create", "role", "events", "--verb=create", "--resource=events", "--namespace", pool.namespace
    )
    pool.cluster.kubectl(
        "create", "rolebinding", "events", "--role=events", f"--serviceaccount={pool.namespace}:guest",
        "--namespace", pool.namespace,
    )  # fmt: skip
    reported, events = await Reporter(guest, lambda: NOW).report(pool.pool, pool.state.reported, WELL)
    assert reported.is_refused
    assert [event.reason for event in events if "temporalworkerpools/status" in event.note] == ["FailedUpdateStatus"]
    pool.run.keep(outbox=await Reporter(guest, lambda: NOW).publish(pool.pool, pool.state.outbox))
    assert pool.events == ["SuccessfulRescale"]
    assert pool.state.outbox == ()


async def test_events_wait_until_they_can_be_written_and_are_written_once(pool: _Pool) -> None:
    """One whose answer was lost is there already when it is tried again."""
    await pool.scale()
    reporter = Reporter(pool.connected, lambda: NOW)
    await pool.proxy.cut()
    assert await reporter.publish(pool.pool, pool.state.outbox) == pool.state.outbox
    await pool.proxy.resume()
    assert pool.events == []
    await reporter.report(pool.pool, pool.state.reported, WELL)  # connects
    pool.proxy.lose_answers(1)
    waiting = await reporter.publish(pool.pool, pool.state.outbox)
    assert pool.events == ["SuccessfulRescale"]
    assert waiting == pool.state.outbox
    assert await reporter.publish(pool.pool, waiting) == ()
    assert pool.events == ["SuccessfulRescale"]
