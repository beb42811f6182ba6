"""The same reads on servers of several versions: what each reports is read, and the rest is unknown."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from socket import gethostname

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.common import WorkerDeploymentVersion as SdkVersion
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from controller.api.condition_reasons import Connected
from controller.api.model import TaskType
from controller.api.spec import WorkerDeployment
from controller.scaling.observation import QueueStatistics, SlotType, Unknown, UnknownCause
from controller.temporal.client import ConnectionIdentity, Connections, TemporalNamespace
from controller.temporal.reader import TemporalReader, TemporalReading
from controller.temporal.statistics import read_enhanced_statistics, read_statistics
from localcluster.server_versions import OLDER, binary_of
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for_async
from tests.temporal.conftest import server
from tests.temporal.workloads import Errand, activity_worker, connect, start_errands, wait, workflow_worker

FLOWS = ("flows", TaskType.WORKFLOW)
ERRANDS = ("errands", TaskType.ACTIVITY)


@pytest.fixture(scope="module", params=[*OLDER, None], ids=lambda version: version or "locked")
def versioned_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str | None, TemporalServer]]:
    """A server of each version, with the four partitions that a task queue has outside development."""
    partitions = {f"matching.numTaskqueue{what}Partitions": 4 for what in ("Read", "Write")}
    with server(tmp_path_factory.mktemp("versioned"), partitions, binary_of(request.param)) as running:
        yield request.param, running


def statistics(reading: TemporalReading, key: tuple[str, TaskType]) -> QueueStatistics:
    """Statistics that were read."""
    read = reading.statistics[key]
    assert isinstance(read, QueueStatistics), read
    return read


async def until(condition: object, what: str, reader: TemporalReader, identity: ConnectionIdentity) -> TemporalReading:
    """Reads both queues until the condition holds for the reading."""

    async def poll() -> TemporalReading | None:
        reading = await reader.read(identity, "default", [FLOWS, ERRANDS])
        return reading if condition(reading) else None  # type: ignore[operator]

    reading = await wait_for_async(poll, 60, what)
    assert reading is not None
    return reading


async def test_waiting_running_and_polling_are_read_on_every_version(
    versioned_server: tuple[str | None, TemporalServer], reader: TemporalReader
) -> None:
    """Four workflows wait; then a worker takes them, and three of their activities run in all the slots it has.

    Backlog, age, rates and pollers on every server; slots in use where there are heartbeats (1.30).
    """
    version, running = versioned_server
    identity = ConnectionIdentity(running.address)
    client = await connect(running.address, "default")
    await start_errands(client, "flows", "errands", 4)
    waiting = await until(lambda r: statistics(r, FLOWS).backlog == 4, "4 waiting workflows", reader, identity)
    read = statistics(waiting, FLOWS)
    assert (read.backlog_age_seconds > 0, read.add_rate_per_second > 0, read.rates_young) == (True, True, True)
    assert (read.pollers, read.dispatch_rate_per_second) == ((), 0.0)
    started = time.time()
    async with workflow_worker(client, "flows"), activity_worker(client, "errands", 3):
        busy = await until(one_waits_and_three_run, "1 waiting activity", reader, identity)
        assert [p.identity for p in statistics(busy, ERRANDS).pollers] == [client.identity]
        assert abs(statistics(busy, ERRANDS).pollers[0].polled_at - started) < 60
        if version == "1.29.1":
            message = f"{running.address} keeps no worker heartbeats (Temporal before 1.30)"
            assert isinstance(busy.workers, Unknown)
            assert (busy.workers.cause, busy.workers.message) == (UnknownCause.NEVER_THERE, message)
        else:
            await until(used_activity_slots, "3 slots in use", reader, identity)
        known = version != "1.29.1"
        assert await reader.keeps_heartbeats(identity, "default") is known
        polled = await queues_on(reader, identity, gethostname())
        # Workers of other tests run on this host, too.
        assert polled is None if not known else polled is not None and {"flows", "errands"} <= polled
        assert await queues_on(reader, identity, "worker-0") == (set() if known else None)
    assert busy.failure is None


async def queues_on(reader: TemporalReader, identity: ConnectionIdentity, host: str) -> set[str] | None:
    """The task queues that are polled from a host; `None` where the server does not know."""
    workers = await reader.workers_on(identity, "default", ["worker-1", host])
    return None if isinstance(workers, Unknown) else {r.task_queue for worker in workers for r in worker.slots}


def one_waits_and_three_run(reading: TemporalReading) -> bool:
    """Whether one of four activities waits, and a worker is there: before it came one may have waited, too."""
    return statistics(reading, ERRANDS).backlog == 1 and bool(statistics(reading, ERRANDS).pollers)


def used_activity_slots(reading: TemporalReading) -> bool:
    """Whether a worker reports all of its three slots in use."""
    assert not isinstance(reading.workers, Unknown)
    reports = [report for worker in reading.workers for report in worker.slots if report.task_queue == "errands"]
    return [(r.slot_type, r.slots_used, r.slots_available) for r in reports] == [(SlotType.ACTIVITY, 3, 0)]


async def test_a_lone_worker_is_a_poller_on_any_partition(
    versioned_server: tuple[str | None, TemporalServer], reader: TemporalReader
) -> None:
    """The server names the pollers of one partition of four: a poll that waits elsewhere has to be passed on to it."""
    running = versioned_server[1]
    client = await connect(running.address, "default")
    keys = [(f"lone-{number}", TaskType.ACTIVITY) for number in range(12)]

    async def all_seen() -> bool:
        reading = await reader.read(ConnectionIdentity(running.address), "default", keys)
        return all([p.identity for p in statistics(reading, key).pollers] == [client.identity] for key in keys)

    async with AsyncExitStack() as stack:
        for name, _ in keys:
            await stack.enter_async_context(activity_worker(client, name, 1))
        await wait_for_async(all_seen, 60, "the poller of each of 12 queues")


async def test_a_queue_that_was_never_used_has_no_trace(
    versioned_server: tuple[str | None, TemporalServer], reader: TemporalReader
) -> None:
    """Zeros and no poller: the server has no better sign."""
    key = ("unused-was-here", TaskType.ACTIVITY)
    reading = await reader.read(ConnectionIdentity(versioned_server[1].address), "default", [key])
    assert (reading.failure, statistics(reading, key).backlog, statistics(reading, key).pollers) == (None, 0, ())


async def test_the_older_mode_has_the_same_statistics(
    versioned_server: tuple[str | None, TemporalServer], connections: Connections
) -> None:
    """Every server here still knows the mode of those before 1.28: count, pollers and all."""
    running = versioned_server[1]
    client = await connect(running.address, "default")
    await start_errands(client, "two-modes", "two-modes", 3)
    shared = await connections.client(ConnectionIdentity(running.address))
    namespace = TemporalNamespace(shared, "default", 10, lambda: asyncio.sleep(0))

    async def both() -> tuple[QueueStatistics, QueueStatistics] | None:
        newer = await read_statistics(namespace, "two-modes", TaskType.WORKFLOW, 0.0)
        older = await read_enhanced_statistics(namespace, "two-modes", TaskType.WORKFLOW, 0.0)
        assert newer
        assert older
        return (newer, older) if newer.backlog == older.backlog == 3 else None

    found = await wait_for_async(both, 60, "a backlog of 3 in both modes")
    assert found is not None
    assert abs(found[0].backlog_age_seconds - found[1].backlog_age_seconds) < 30
    async with workflow_worker(client, "two-modes"):

        async def polled() -> bool:
            older = await read_enhanced_statistics(namespace, "two-modes", TaskType.WORKFLOW, 0.0)
            return older is not None and [p.identity for p in older.pollers] == [client.identity]

        await wait_for_async(polled, 60, "the poller in the older mode")


@asynccontextmanager
async def version_worker(client: Client, build_id: str) -> AsyncIterator[None]:
    """A worker of one version of the Worker Deployment `errands`."""
    config = WorkerDeploymentConfig(
        version=SdkVersion("errands", build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )
    async with Worker(
        client,
        task_queue="versioned",
        workflows=[Errand],
        activities=[wait],
        deployment_config=config,
        max_concurrent_workflow_tasks=10,
        max_concurrent_activities=2,
    ):
        yield


async def make_current(client: Client, build_id: str) -> None:
    """Sends new workflows to that version, once the server knows it."""

    async def made() -> bool:
        try:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace="default",
                    deployment_name="errands",
                    build_id=build_id,
                    identity="test",
                    version=f"errands.{build_id}",
                ),
                timeout=timedelta(seconds=10),
            )
        except RPCError:
            return False
        return True

    await wait_for_async(made, 60, f"version {build_id} to be known")


async def test_one_version_is_read_apart_from_the_sum(
    versioned_server: tuple[str | None, TemporalServer], reader: TemporalReader
) -> None:
    """Workflows wait for the current version, which has no worker any more; the other one has nothing to do."""
    server_version, running = versioned_server
    of_v1 = 5 if server_version == "1.29.1" else 0  # that server gives each version the sum over all
    identity = ConnectionIdentity(running.address)
    client = await connect(running.address, "default")
    key = ("versioned", TaskType.WORKFLOW)
    unused = WorkerDeployment(name="errands", build_id="never")
    async with version_worker(client, "v1"):
        await make_current(client, "v1")
    async with version_worker(client, "v2"):
        await make_current(client, "v2")
    await start_errands(client, "versioned", "versioned", 5)

    async def backlog_of(build_id: str) -> int | None:
        version = WorkerDeployment(name="errands", build_id=build_id)
        read = (await reader.read(identity, "default", [key], version)).statistics[key]
        return None if isinstance(read, Unknown) else read.backlog

    async def apart() -> bool:
        return (await backlog_of("v1"), await backlog_of("v2")) == (of_v1, 5)

    await wait_for_async(apart, 60, f"5 workflows that wait for v2, and {of_v1} for v1")
    missing = await reader.read(identity, "default", [key], unused)
    message = (
        "version never of Worker Deployment errands has no task queue versioned (Workflow): none of its workers has "
        "polled it yet"
    )
    assert (missing.statistics[key], missing.failure) == (Unknown(UnknownCause.LOST, message), None)
    elsewhere = await reader.read(identity, "nowhere", [key], unused)
    assert elsewhere.failure is not None
    assert elsewhere.failure.reason is Connected.TEMPORAL_NAMESPACE_NOT_FOUND


async def test_a_rate_limit_is_known_as_a_number_on_every_version(
    versioned_server: tuple[str | None, TemporalServer], reader: TemporalReader
) -> None:
    """What a worker allows its queue; a queue without a limit of its own has none, whatever the server's default is."""
    running = versioned_server[1]
    client = await connect(running.address, "default")
    keys = [("limited", TaskType.ACTIVITY), ("unlimited", TaskType.ACTIVITY)]

    async def reported() -> bool:
        reading = await reader.read(ConnectionIdentity(running.address), "default", keys)
        return [statistics(reading, key).rate_limit_per_second for key in keys] == [2.5, None]

    async with activity_worker(client, "limited", 4, activities_per_second=2.5):
        await wait_for_async(reported, 60, "the rate limit of one queue")
