"""Reading a real Temporal server: the statistics, and the failure when they can't be read."""

import asyncio
import itertools
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerInfo, WorkerListInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    ListWorkersRequest,
    ListWorkersResponse,
)
from temporalio.service import RPCError, RPCStatusCode, WorkflowService

from controller.api.condition_reasons import Connected
from controller.api.model import TaskType
from controller.scaling.observation import QueueStatistics, SlotReport, SlotType, Unknown, UnknownCause
from controller.temporal.budget import Budgets
from controller.temporal.client import ConnectionIdentity, Connections
from controller.temporal.reader import (
    NOT_READ,
    UNSUPPORTED_RETRY_SECONDS,
    WITHOUT_HEARTBEATS,
    TemporalReader,
    TemporalReading,
    UnsupportedFeatures,
)
from controller.temporal.workers import MAX_HEARTBEAT_AGE_SECONDS, WorkerReport
from localcluster.cluster import LocalCluster
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for, wait_for_async
from tests.temporal.workloads import activity_worker, connect, start_errands, workflow_worker

ACTIVITIES = ("errands", TaskType.ACTIVITY)
WORKFLOWS = ("errands", TaskType.WORKFLOW)


@pytest.fixture
def identity(cluster: LocalCluster) -> ConnectionIdentity:
    """The cluster's Temporal server."""
    return ConnectionIdentity(cluster.temporal_address)


def backlog(reading: TemporalReading, key: tuple[str, TaskType]) -> int:
    """The backlog that was read."""
    statistics = reading.statistics[key]
    assert isinstance(statistics, QueueStatistics)
    return statistics.backlog


def workers(reading: TemporalReading) -> tuple[WorkerReport, ...]:
    """The workers that were read."""
    assert not isinstance(reading.workers, Unknown)
    return reading.workers


def reports(reading: TemporalReading) -> list[SlotReport]:
    """What all workers report."""
    return [report for worker in workers(reading) for report in worker.slots]


async def test_an_unused_queue_reads_as_zeros(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """The server has no other answer for a queue that was never used."""
    before = time.time()
    reading = await reader.read(identity, temporal_namespace, [ACTIVITIES])
    statistics = reading.statistics[ACTIVITIES]
    assert isinstance(statistics, QueueStatistics)
    assert before <= statistics.read_at <= time.time()
    assert statistics == QueueStatistics(0, 0.0, 0.0, 0.0, statistics.read_at, None, rates_young=True)
    assert (reading.workers, reading.failure) == ((), None)


async def test_waiting_tasks_are_read_by_task_type_with_their_age(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """Seven workflows without a worker wait as workflow tasks, not as activities, and grow older."""
    client = await connect(identity.address, temporal_namespace)
    await start_errands(client, "errands", "errands", 7)

    async def seen() -> TemporalReading | None:
        reading = await reader.read(identity, temporal_namespace, [WORKFLOWS, ACTIVITIES])
        return reading if backlog(reading, WORKFLOWS) == 7 else None

    reading = await wait_for_async(seen, 60, "a backlog of 7")
    assert reading is not None
    statistics = reading.statistics[WORKFLOWS]
    assert isinstance(statistics, QueueStatistics)
    assert statistics.backlog_age_seconds > 0
    assert statistics.add_rate_per_second > 0
    assert backlog(reading, ACTIVITIES) == 0


async def test_running_tasks_are_slots_in_use_and_no_backlog(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """Three running activities show only in the worker's heartbeat, with the free slots beside them."""
    client = await connect(identity.address, temporal_namespace)
    await start_errands(client, "flows", "errands", 3)
    queues = [ACTIVITIES, ("flows", TaskType.WORKFLOW)]

    async def busy() -> TemporalReading | None:
        reading = await reader.read(identity, temporal_namespace, queues)
        used = {report.task_queue: report.slots_used for report in reports(reading)}
        return reading if used.get("errands") == 3 else None

    async with workflow_worker(client, "flows"), activity_worker(client, "errands", 8):
        reading = await wait_for_async(busy, 60, "3 slots in use")
    assert reading is not None
    assert backlog(reading, ACTIVITIES) == 0
    # The activity worker has no slots for workflows, so it reports none.
    (report,) = (report for report in reports(reading) if report.task_queue == "errands")
    assert (report.slot_type, report.slots_used, report.slots_available) == (SlotType.ACTIVITY, 3, 5)
    assert abs(time.time() - report.reported_at) < 60
    assert {worker.host_name for worker in workers(reading)} == {socket.gethostname()}
    for worker in workers(reading):
        assert worker.host.cpu is not None
        assert worker.host.memory is not None
        assert 0 <= worker.host.cpu <= 1
        assert 0 < worker.host.memory < 1


async def test_a_rate_limit_in_force_is_reported(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """A worker with free slots that allows its queue one activity in ten seconds: more replicas would be of no use."""
    client = await connect(identity.address, temporal_namespace)
    await start_errands(client, "flows", "errands", 20)

    async def limited() -> bool:
        statistics = (await reader.read(identity, temporal_namespace, [ACTIVITIES])).statistics[ACTIVITIES]
        return isinstance(statistics, QueueStatistics) and statistics.rate_limiting_active is True

    async with workflow_worker(client, "flows"), activity_worker(client, "errands", 50, activities_per_second=0.1):
        await wait_for_async(limited, 60, "the rate limit to be active")


@pytest.mark.parametrize("name", ["it's", 'say "so"', "back\\slash", "grüße an alle", "x' OR Status='Running"])
async def test_workers_are_found_whatever_the_queue_is_called(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str, name: str
) -> None:
    """A name with quotes finds the workers of that queue, and of no other."""
    client = await connect(identity.address, temporal_namespace)
    key = (name, TaskType.ACTIVITY)

    async def found() -> TemporalReading | None:
        reading = await reader.read(identity, temporal_namespace, [key])
        return reading if reports(reading) else None

    async with activity_worker(client, "another", 3), activity_worker(client, name, 4):
        reading = await wait_for_async(found, 60, "the worker")
    assert reading is not None
    assert [(report.task_queue, report.slots_available) for report in reports(reading)] == [(name, 4)]


async def test_a_worker_without_a_report_for_long_is_left_out(
    connections: Connections, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """A worker that was killed stays `Running` on the server; by a later clock the same answer is too old."""
    client = await connect(identity.address, temporal_namespace)
    at_once = TemporalReader(connections, time.time)
    later = TemporalReader(connections, lambda: time.time() + MAX_HEARTBEAT_AGE_SECONDS + 60)

    async def found() -> bool:
        return bool(workers(await at_once.read(identity, temporal_namespace, [ACTIVITIES])))

    async with activity_worker(client, "errands", 4):
        await wait_for_async(found, 60, "the worker")
        assert workers(await later.read(identity, temporal_namespace, [ACTIVITIES])) == ()


async def test_a_queue_that_fails_leaves_the_others_known(
    reader: TemporalReader, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """The server refuses a name of 1,001 characters; the other queue is read, and the failure is reported."""
    bad = ("x" * 1001, TaskType.ACTIVITY)
    reading = await reader.read(identity, temporal_namespace, [bad, ACTIVITIES])
    assert backlog(reading, ACTIVITIES) == 0
    lost = reading.statistics[bad]
    assert isinstance(lost, Unknown)
    assert lost.cause is UnknownCause.LOST
    assert reading.failure is not None
    assert reading.failure.reason is Connected.REQUEST_FAILED
    assert "INVALID_ARGUMENT" in reading.failure.message


async def test_a_missing_temporal_namespace_is_named(reader: TemporalReader, identity: ConnectionIdentity) -> None:
    """Everything is unknown, with the namespace and how to register it."""
    reading = await reader.read(identity, "nowhere", [ACTIVITIES])
    assert reading.failure is not None
    assert reading.failure.reason is Connected.TEMPORAL_NAMESPACE_NOT_FOUND
    assert reading.failure.message == (
        f"Could not read the statistics of task queue `errands` (Activity) at {identity.address}, Temporal namespace "
        "`nowhere`: the server has no such Temporal namespace; correct temporalNamespace, or register it: "
        "`temporal operator namespace create -n NAME`."
    )
    assert reading.statistics[ACTIVITIES] == Unknown(UnknownCause.LOST, reading.failure.message)
    assert isinstance(reading.workers, Unknown)
    assert reading.workers.cause is UnknownCause.LOST


async def test_a_refused_connection_is_named(reader: TemporalReader) -> None:
    """Nothing listens on the port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        reading = await reader.read(ConnectionIdentity(address), "default", [ACTIVITIES])
    assert reading.failure is not None
    assert reading.failure.reason is Connected.CONNECTION_REFUSED
    assert "the connection was refused; correct the port" in reading.failure.message


async def test_a_name_that_does_not_resolve_is_named(reader: TemporalReader) -> None:
    """`.invalid` is reserved to resolve nowhere."""
    reading = await reader.read(ConnectionIdentity("temporal.invalid:7233"), "default", [ACTIVITIES])
    assert reading.failure is not None
    assert reading.failure.reason is Connected.NAME_NOT_RESOLVED
    assert "DNS does not resolve the name" in reading.failure.message


async def test_something_else_than_temporal_is_named(reader: TemporalReader) -> None:
    """A server that answers, but not in gRPC; the client may see the end of the connection before the answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(24)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        # Closing with failed_reading bytes would reset the connection, and the answer be lost.
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        identity = ConnectionIdentity(f"127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        readings = [await reader.read(identity, "default", [ACTIVITIES]) for _ in range(10)]
    failures = {reading.failure.reason: reading.failure.message for reading in readings if reading.failure}
    assert "the address is not a Temporal frontend" in failures.pop(Connected.SERVER_UNREACHABLE)
    assert all("closed the connection without an answer" in message for message in failures.values())


async def test_a_server_that_hangs_costs_one_deadline_and_delays_no_other(
    connections: Connections, identity: ConnectionIdentity, temporal_namespace: str
) -> None:
    """A port that accepts and does not answer: its pool gets a reading in time, others at once."""
    reader = TemporalReader(connections, time.time, read_deadline_seconds=5)
    await connections.client(identity)
    queues = [(f"queue-{number}", TaskType.ACTIVITY) for number in range(8)]
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        started = time.monotonic()
        hanging = asyncio.create_task(
            reader.read(ConnectionIdentity(f"127.0.0.1:{deaf.getsockname()[1]}"), "default", queues)
        )
        await asyncio.sleep(0)
        good = await reader.read(identity, temporal_namespace, queues)
        assert not hanging.done()
        reading = await hanging
    assert time.monotonic() - started < 20  # eight queues and their workers, not one deadline each
    assert good.failure is None
    assert reading.failure is not None
    assert reading.failure.reason is Connected.TIMED_OUT
    assert "the server did not answer in time" in reading.failure.message
    assert all(isinstance(answer, Unknown) for answer in reading.statistics.values())


async def test_a_server_that_comes_back_is_read_again(
    connections: Connections, reader: TemporalReader, own_server: TemporalServer
) -> None:
    """Its process is stopped in mid-flight and goes on later: a failure, then an answer, by the same client."""
    identity = ConnectionIdentity(own_server.address)
    impatient = TemporalReader(connections, time.time, read_deadline_seconds=1)
    assert (await reader.read(identity, "default", [ACTIVITIES])).failure is None
    process = own_server.child.process
    process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: " (temporal) T " in Path(f"/proc/{process.pid}/stat").read_text(), 60, "the server to stop")
        reading = await impatient.read(identity, "default", [ACTIVITIES])
    finally:
        process.send_signal(signal.SIGCONT)
    assert reading.failure is not None
    assert reading.failure.reason is Connected.TIMED_OUT

    async def read_again() -> bool:
        return (await reader.read(identity, "default", [ACTIVITIES])).failure is None

    await wait_for_async(read_again, 60, "an answer")


class ServiceBefore130:
    """A fake, because the server here is newer: it answers as server 1.29.1 did."""

    def __init__(self, service: WorkflowService) -> None:
        self.describe_task_queue = service.describe_task_queue

    async def list_workers(self, *_: object, **__: object) -> NoReturn:
        """This server has the method, and answers UNIMPLEMENTED."""
        raise RPCError("method ListWorkers not supported", RPCStatusCode.UNIMPLEMENTED, b"")


async def test_a_server_without_heartbeats_was_never_a_source(
    monkeypatch: pytest.MonkeyPatch, connections: Connections, reader: TemporalReader, identity: ConnectionIdentity
) -> None:
    """The queue is known, its workers are not and won't be by waiting; that is no failure."""
    client = await connections.client(identity)
    old = ServiceBefore130(client.workflow_service)
    monkeypatch.setattr(type(client), "workflow_service", property(lambda _: old))
    reading = await reader.read(identity, "default", [ACTIVITIES])
    assert backlog(reading, ACTIVITIES) == 0
    message = f"{identity.address} keeps no worker heartbeats (Temporal before 1.30)"
    fix = "Upgrade Temporal to 1.30 or later; until then: set inFlight.podMetrics, which needs no heartbeats."
    assert (reading.workers, reading.failure) == (Unknown(UnknownCause.NEVER_THERE, message, fix), None)


class ServiceWithOddWorkers:
    """A service whose lists of workers are what no real server here gives."""

    def __init__(self, service: WorkflowService, answer: Callable[[ListWorkersRequest], ListWorkersResponse]) -> None:
        self.describe_task_queue = service.describe_task_queue
        self._answer = answer
        self.lists = 0
        """Pages that were asked for."""

    async def list_workers(self, request: ListWorkersRequest, **_: object) -> ListWorkersResponse:
        """Gives it."""
        self.lists += 1
        await asyncio.sleep(0)
        return self._answer(request)


Install = Callable[[Callable[[ListWorkersRequest], ListWorkersResponse]], ServiceWithOddWorkers]


@pytest.fixture
async def odd_workers(monkeypatch: pytest.MonkeyPatch, connections: Connections, own_server: TemporalServer) -> Install:
    """Makes the test's own server list workers in a way of the test's own."""
    client = await connections.client(ConnectionIdentity(own_server.address))

    def install(answer: Callable[[ListWorkersRequest], ListWorkersResponse]) -> ServiceWithOddWorkers:
        service = ServiceWithOddWorkers(client.workflow_service, answer)
        monkeypatch.setattr(type(client), "workflow_service", property(lambda _: service))
        return service

    return install


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (RPCStatusCode.PERMISSION_DENIED, UnknownCause.NEVER_THERE),
        (RPCStatusCode.UNIMPLEMENTED, UnknownCause.NEVER_THERE),
        (RPCStatusCode.INTERNAL, UnknownCause.NEVER_THERE),
        (RPCStatusCode.DEADLINE_EXCEEDED, UnknownCause.LOST),
        (RPCStatusCode.RESOURCE_EXHAUSTED, UnknownCause.LOST),
    ],
)
async def test_workers_that_can_not_be_listed_leave_the_statistics(
    connections: Connections,
    odd_workers: Install,
    own_server: TemporalServer,
    status: RPCStatusCode,
    cause: UnknownCause,
) -> None:
    """The server is connected, and its statistics count; the workers are unknown, with the reason."""

    def refuse(_: ListWorkersRequest) -> NoReturn:
        raise RPCError("Not through here.", status, b"")

    odd_workers(refuse)
    reading = await TemporalReader(connections, time.time).read(
        ConnectionIdentity(own_server.address), "default", [ACTIVITIES]
    )
    assert (backlog(reading, ACTIVITIES), reading.failure) == (0, None)
    assert isinstance(reading.workers, Unknown)
    assert reading.workers.cause is cause
    assert own_server.address in reading.workers.message


async def test_workers_are_not_listed_where_they_are_not_used(
    connections: Connections, odd_workers: Install, own_server: TemporalServer
) -> None:
    """Another source was chosen: no request is made for this one."""
    service = odd_workers(lambda _: ListWorkersResponse())
    identity = ConnectionIdentity(own_server.address)
    reading = await TemporalReader(connections, time.time).read(identity, "default", [ACTIVITIES], with_workers=False)
    assert (reading.workers, reading.failure, service.lists) == (NOT_READ, None, 0)


async def test_workers_without_slots_are_unknown_and_not_idle(
    connections: Connections, odd_workers: Install, own_server: TemporalServer
) -> None:
    """A server that no longer fills what 1.32 calls deprecated."""
    odd_workers(lambda _: ListWorkersResponse(workers=[WorkerListInfo(worker_identity="1@a")]))
    identity = ConnectionIdentity(own_server.address)
    reading = await TemporalReader(connections, time.time).read(identity, "default", [ACTIVITIES])
    assert reading.failure is None
    message = f"{own_server.address} lists workers without their slots"
    assert reading.workers == Unknown(UnknownCause.NEVER_THERE, message, WITHOUT_HEARTBEATS)


async def test_all_pages_of_workers_share_one_deadline(
    monkeypatch: pytest.MonkeyPatch, connections: Connections, odd_workers: Install, own_server: TemporalServer
) -> None:
    """A list without end, whose every page waits for its turn: it ends in time, and is unknown."""
    service = odd_workers(lambda request: ListWorkersResponse(next_page_token=request.next_page_token + b"x"))
    monkeypatch.setattr("controller.temporal.reader.LONGEST_READ_SECONDS", 3)
    reader = TemporalReader(connections, time.time, budgets=Budgets(5))
    started = time.monotonic()
    reading = await reader.read(ConnectionIdentity(own_server.address), "default", [ACTIVITIES])
    assert 2 < time.monotonic() - started < 40
    assert service.lists > 5
    assert isinstance(reading.workers, Unknown)
    assert reading.workers.cause is UnknownCause.LOST


async def test_a_worker_whose_clock_is_ahead_is_as_fresh_as_its_received_report(
    connections: Connections, odd_workers: Install, own_server: TemporalServer
) -> None:
    """Its last report is from ten minutes ahead; as it does not come again, it is dropped in time all the same.

    The operator's own clock may be set meanwhile, here back by 20 minutes: the report gets no older or younger for it.
    """
    clock, set_by = [1_000_000.0], [0.0]
    beat = WorkerHeartbeat(worker_instance_key="a", task_queue="errands", status=WorkerStatus.WORKER_STATUS_RUNNING)
    beat.heartbeat_time.FromSeconds(1_000_600)
    beat.activity_task_slots_info.current_used_slots = 3
    odd_workers(lambda _: ListWorkersResponse(workers_info=[WorkerInfo(worker_heartbeat=beat)]))
    reader = TemporalReader(connections, lambda: clock[0] + set_by[0], elapsed=lambda: clock[0])

    async def reported_at() -> list[float]:
        reader._shared._reads.clear()
        read = await reader.read(ConnectionIdentity(own_server.address), "default", [ACTIVITIES])
        return [report.reported_at for report in reports(read)]

    assert await reported_at() == [1_000_000.0]
    clock[0] += MAX_HEARTBEAT_AGE_SECONDS - 1
    assert await reported_at() == [1_000_000.0]
    set_by[0] = -1200.0
    assert await reported_at() == [998_800.0]
    clock[0] += 2
    assert await reported_at() == []


async def test_rotated_credentials_stay_nowhere_in_the_reader(
    connections: Connections, own_server: TemporalServer
) -> None:
    """What is remembered of a server is kept by its address."""
    reader = TemporalReader(connections, time.time)
    for number in range(3):
        identity = ConnectionIdentity(own_server.address, api_key=f"key-{number}")
        assert backlog(await reader.read(identity, "default", [ACTIVITIES]), ACTIVITIES) == 0
    await reader.close()
    for kept in (reader._unsupported, reader._queue_reads, reader._arrivals, reader._budgets, reader._shared):
        assert "ConnectionIdentity" not in repr(vars(kept))


class ServiceWithoutLimits:
    """The service of a server, or of a proxy before it, that refuses to answer about rate limits. No real one does."""

    def __init__(self, service: WorkflowService) -> None:
        self._service = service
        self.list_workers = service.list_workers
        self.asked: list[bool] = []
        """Whether each request asked for them."""

    async def describe_task_queue(self, request: DescribeTaskQueueRequest, **options: Any) -> DescribeTaskQueueResponse:
        """Answers everything else."""
        self.asked.append(request.report_config)
        if request.report_config:
            raise RPCError("unknown field report_config", RPCStatusCode.INVALID_ARGUMENT, b"")
        return await self._service.describe_task_queue(request, **options)


async def test_a_server_that_refuses_rate_limits_is_read_without_them(
    monkeypatch: pytest.MonkeyPatch, connections: Connections, own_server: TemporalServer
) -> None:
    """It is asked for them again only after a while, though the wall clock is set back meanwhile."""
    clock = [0.0]
    reader = TemporalReader(connections, lambda: 1_000_000.0 - 2 * clock[0], elapsed=lambda: clock[0])
    identity = ConnectionIdentity(own_server.address)
    client = await connections.client(identity)
    service = ServiceWithoutLimits(client.workflow_service)
    monkeypatch.setattr(type(client), "workflow_service", property(lambda _: service))
    for key in ((f"queue-{number}", TaskType.ACTIVITY) for number in range(3)):
        assert backlog(await reader.read(identity, "default", [key]), key) == 0
    assert service.asked == [True, False, False, False]
    clock[0] += UNSUPPORTED_RETRY_SECONDS + 1
    await reader.read(identity, "default", [ACTIVITIES])
    assert service.asked[4:] == [True, False]


async def test_throttling_is_named(reader: TemporalReader, narrow_server: TemporalServer) -> None:
    """More reads than the server allows a second: those above are unknown, with the limit to raise."""
    queues = [(f"queue-{number}", TaskType.ACTIVITY) for number in range(30)]
    reading = await reader.read(ConnectionIdentity(narrow_server.address), "default", queues)
    assert reading.failure is not None
    assert reading.failure.reason is Connected.THROTTLED
    assert "RESOURCE_EXHAUSTED (namespace rate limit exceeded); raise the server's limit" in reading.failure.message


async def test_a_reader_that_is_throttled_backs_off_until_nothing_is_refused(
    connections: Connections, narrow_server: TemporalServer
) -> None:
    """Six reads a second where the server allows three: the rate is halved until all get through, and rises again."""
    reader = TemporalReader(connections, time.time)
    identity = ConnectionIdentity(narrow_server.address)
    budget = reader.budget(identity, "default")
    names = (f"throttled-{number}" for number in itertools.count())

    async def refusals() -> int:
        reads = (reader.read(identity, "default", [(next(names), TaskType.ACTIVITY)]) for _ in range(3))
        readings = await asyncio.gather(*reads)
        assert {reading.failure.reason for reading in readings if reading.failure} <= {Connected.THROTTLED}
        await asyncio.sleep(1)
        return sum(bool(reading.failure) or isinstance(reading.workers, Unknown) for reading in readings)

    refused: list[int] = []
    rates: list[float] = []
    while len(refused) < 30 and (not any(refused) or any(refused[-3:])):
        refused.append(await refusals())
        rates.append(budget.rate)
    assert refused[-3:] == [0, 0, 0]
    assert rates[-4] < 6
    assert rates[-4] < rates[-3] < rates[-2] < rates[-1]


def test_an_unsupported_feature_is_remembered_for_a_while() -> None:
    """It is tried again after a time; on another server it counts as supported."""
    unsupported = UnsupportedFeatures()
    unsupported.add(("old", "statistics"), 1000.0)
    assert unsupported.has(("old", "statistics"), 1000.0)
    assert unsupported.has(("old", "statistics"), 1000.0 + UNSUPPORTED_RETRY_SECONDS - 1)
    assert not unsupported.has(("old", "statistics"), 1000.0 + UNSUPPORTED_RETRY_SECONDS)
    assert not unsupported.has(("new", "statistics"), 1000.0)


def test_servers_that_are_gone_are_forgotten() -> None:
    """A thousand addresses, each recorded once, leave one record."""
    unsupported = UnsupportedFeatures()
    for number in range(1000):
        unsupported.add(f"server-{number}", number * UNSUPPORTED_RETRY_SECONDS)
    assert len(unsupported._until) == 1
