"""What becomes of a heartbeat."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerHostInfo, WorkerPollerInfo, WorkerSlotsInfo

from controller.api.model import TaskType
from controller.scaling.observation import SlotReport, SlotType, Unknown, Usage
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import TemporalReader
from controller.temporal.workers import (
    MAX_HEARTBEAT_AGE_SECONDS,
    MOST_SLOTS,
    WORKER_FORGET_SECONDS,
    ReportArrivals,
    is_current,
    received_by,
    to_report,
    worker_query,
)
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for_async
from tests.temporal.workloads import connect, held_worker, run_second_tries, second_try_worker, start_errands

REPORTED_AT = 1_700_000_000.25


def heartbeat(**slots: WorkerSlotsInfo | WorkerPollerInfo) -> WorkerHeartbeat:
    """A heartbeat of a worker of the queue `orders`."""
    heartbeat = WorkerHeartbeat(
        worker_instance_key="a1b2",
        start_time=Timestamp(seconds=1_699_999_000),
        status=WorkerStatus.WORKER_STATUS_RUNNING,
        worker_identity="7@worker-0",
        host_info=WorkerHostInfo(host_name="worker-0"),
        task_queue="orders",
        heartbeat_time=Timestamp(seconds=1_700_000_000, nanos=250_000_000),
    )
    for field, info in slots.items():
        getattr(heartbeat, field).CopyFrom(info)
    return heartbeat


def reported(slot_type: SlotType, used: int, available: int | None, **more: object) -> SlotReport:
    """The report of such a heartbeat on one type."""
    fields = {"tasks_ended": 0, "worker": "a1b2", "worker_started_at": 1_699_999_000.0, **more}
    return SlotReport("orders", slot_type, used, available, REPORTED_AT, **fields)  # type: ignore[arg-type]


def test_every_type_of_slots_is_reported() -> None:
    """Local activities and Nexus too."""
    report = to_report(
        heartbeat(
            workflow_task_slots_info=WorkerSlotsInfo(current_used_slots=1, current_available_slots=9),
            activity_task_slots_info=WorkerSlotsInfo(current_used_slots=2, current_available_slots=8),
            nexus_task_slots_info=WorkerSlotsInfo(current_used_slots=3, current_available_slots=7),
            local_activity_slots_info=WorkerSlotsInfo(current_used_slots=4, current_available_slots=6),
        )
    )
    assert (report.host_name, report.worker_identity) == ("worker-0", "7@worker-0")
    assert report.slots == (
        reported(SlotType.WORKFLOW, 1, 9),
        reported(SlotType.ACTIVITY, 2, 8),
        reported(SlotType.NEXUS, 3, 7),
        reported(SlotType.LOCAL_ACTIVITY, 4, 6),
    )


def test_free_slots_without_a_number_are_unknown() -> None:
    """A resource-based slot supplier reports -1, which is not a number of slots."""
    report = to_report(heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_available_slots=-1)))
    assert report.slots == (reported(SlotType.ACTIVITY, 0, None),)


def test_a_type_without_slots_is_not_reported() -> None:
    """Neither used nor available: the worker does not poll it. All used is another thing."""
    report = to_report(
        heartbeat(
            workflow_task_slots_info=WorkerSlotsInfo(slot_supplier_kind="Fixed"),
            activity_task_slots_info=WorkerSlotsInfo(current_used_slots=5),
        )
    )
    assert report.slots == (reported(SlotType.ACTIVITY, 5, 0),)


def test_only_fresh_heartbeats_of_the_queue_count() -> None:
    """The oldest that is forgiven, one a second older, and one of another queue."""
    oldest = REPORTED_AT + MAX_HEARTBEAT_AGE_SECONDS
    assert is_current(heartbeat(), "orders", oldest)
    assert not is_current(heartbeat(), "orders", oldest + 1)
    assert not is_current(heartbeat(), "bills", REPORTED_AT)


def test_a_worker_that_is_shutting_down_counts_with_its_running_tasks() -> None:
    """It has no free slots; one that has shut down runs nothing."""
    leaving = heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_used_slots=3, current_available_slots=1))
    leaving.status = WorkerStatus.WORKER_STATUS_SHUTTING_DOWN
    assert is_current(leaving, "orders", REPORTED_AT)
    report = to_report(leaving)
    assert (report.is_stopping, report.slots) == (True, (reported(SlotType.ACTIVITY, 3, None),))
    leaving.status = WorkerStatus.WORKER_STATUS_SHUTDOWN
    assert not is_current(leaving, "orders", REPORTED_AT)


async def test_a_real_worker_that_drains_is_listed_until_its_tasks_have_ended(
    reader: TemporalReader, own_server: TemporalServer
) -> None:
    """Two activities run when it is asked to stop, and they still do in the reports after that."""
    client = await connect(own_server.address, "default")
    key = ("drained", TaskType.ACTIVITY)

    async def seen(*, stopping: bool) -> bool:
        workers = (await reader.read(ConnectionIdentity(own_server.address), "default", [key])).workers
        assert not isinstance(workers, Unknown)
        used = [(w.is_stopping, r.slots_used) for w in workers for r in w.slots if r.slot_type is SlotType.ACTIVITY]
        return used == [(stopping, 2)]

    release = asyncio.Event()
    async with held_worker(client, "drained", 4, release) as worker:
        await start_errands(client, "drained", "drained", 2)
        await wait_for_async(lambda: seen(stopping=False), 60, "two slots in use")
        ending = asyncio.create_task(worker.shutdown())
        await wait_for_async(lambda: seen(stopping=True), 60, "two slots in use of a worker that stops")
        assert not ending.done()
        release.set()
        await ending


def test_a_heartbeat_from_a_clock_that_is_ahead_counts() -> None:
    """A worker's clock may be ahead of the operator's."""
    assert is_current(heartbeat(), "orders", REPORTED_AT - 30)


def test_a_name_that_cannot_be_quoted_asks_for_all_queues() -> None:
    """Nothing of the name gets into the query, so it can't change its meaning."""
    assert worker_query("orders") == "TaskQueue='orders'"
    assert worker_query("x' OR Status='Running") == ""


def test_what_the_host_uses_is_reported() -> None:
    """As shares of all its CPUs and memory; nothing of both is a worker that does not measure it."""
    measured = heartbeat()
    measured.host_info.current_host_cpu_usage, measured.host_info.current_host_mem_usage = 0.25, 0.5
    assert to_report(measured).host == Usage(0.25, 0.5)
    assert to_report(heartbeat()).host == Usage()


def test_pollers_are_reported_with_the_slots_that_they_fill() -> None:
    """Those of a worker's own, sticky queue poll for workflow tasks, too; local activities are not polled for."""
    polling = heartbeat(
        workflow_task_slots_info=WorkerSlotsInfo(current_available_slots=9, total_processed_tasks=14),
        activity_task_slots_info=WorkerSlotsInfo(current_used_slots=5, total_processed_tasks=10, total_failed_tasks=8),
        local_activity_slots_info=WorkerSlotsInfo(current_available_slots=6),
        workflow_poller_info=WorkerPollerInfo(current_pollers=1),
        workflow_sticky_poller_info=WorkerPollerInfo(current_pollers=4),
        activity_poller_info=WorkerPollerInfo(is_autoscaling=True),
    )
    assert to_report(polling).slots == (
        reported(SlotType.WORKFLOW, 0, 9, tasks_ended=14, pollers=5, pollers_autoscale=False),
        reported(SlotType.ACTIVITY, 5, 0, tasks_ended=10, pollers=0, pollers_autoscale=True),
        reported(SlotType.LOCAL_ACTIVITY, 0, 6),
    )


def test_what_a_heartbeat_leaves_out_is_unknown() -> None:
    """A start that is not there is not 1970, and a count below zero has run over."""
    bare = heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_used_slots=1, total_processed_tasks=-5))
    bare.ClearField("start_time")
    assert to_report(bare).slots == (reported(SlotType.ACTIVITY, 1, 0, tasks_ended=None, worker_started_at=None),)


async def test_a_real_worker_counts_each_attempt_that_ended_once(
    reader: TemporalReader, own_server: TemporalServer
) -> None:
    """Three activities that fail once and are tried again: six attempts ended, however the SDK counts the failed."""
    started = time.time()
    client = await connect(own_server.address, "default")
    key = ("second-tries", TaskType.ACTIVITY)

    async def ended() -> SlotReport | None:
        workers = (await reader.read(ConnectionIdentity(own_server.address), "default", [key])).workers
        assert not isinstance(workers, Unknown)
        reports = [r for worker in workers for r in worker.slots if r.slot_type is SlotType.ACTIVITY]
        return next((r for r in reports if r.tasks_ended and not r.slots_used), None)

    async with second_try_worker(client, "second-tries"):
        await run_second_tries(client, "second-tries", 3)
        finished = time.time()
        report = await wait_for_async(lambda: later(ended, finished), 60, "a heartbeat after the last attempt")
    assert report is not None
    assert (report.tasks_ended, report.slots_used, report.slots_available) == (6, 0, 4)
    assert report.worker
    assert report.worker_started_at is not None
    assert started - 1 <= report.worker_started_at <= report.reported_at
    assert (report.pollers is not None and report.pollers > 0, report.pollers_autoscale) == (True, True)


async def later(ended: Callable[[], Awaitable[SlotReport | None]], moment: float) -> SlotReport | None:
    """A report from after that moment."""
    report = await ended()
    return report if report and report.reported_at > moment else None


@pytest.mark.parametrize("used", [-3, MOST_SLOTS + 1])
def test_implausible_slots_in_use_make_a_report_implausible(used: int) -> None:
    """The rest of it would make a busy worker look idle; the fault is named."""
    odd = heartbeat(
        activity_task_slots_info=WorkerSlotsInfo(current_used_slots=used),
        workflow_task_slots_info=WorkerSlotsInfo(current_available_slots=9),
    )
    assert (to_report(odd).slots, to_report(odd).implausible) == ((), f"its slots in use (Activity) are {used}")


@pytest.mark.parametrize(
    ("kind", "free", "available"),
    [("ResourceBased", 0, None), ("Custom", 0, 0), ("Fixed", 0, 0), ("Fixed", 2**31 - 1, None)],
)
def test_free_slots_of_a_supplier_without_a_number_are_unknown(kind: str, free: int, available: int | None) -> None:
    """The SDK for Go reports 0 where the others report -1."""
    info = WorkerSlotsInfo(current_used_slots=3, current_available_slots=free, slot_supplier_kind=kind)
    assert to_report(heartbeat(activity_task_slots_info=info)).slots == (reported(SlotType.ACTIVITY, 3, available),)


def test_a_report_without_a_time_is_not_of_1970() -> None:
    """The server forgets workers after 5 minutes: it may be alive."""
    undated = heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_used_slots=3))
    undated.ClearField("heartbeat_time")
    assert is_current(undated, "orders", REPORTED_AT)
    assert to_report(undated).implausible == "its report has no time"


@pytest.mark.parametrize(
    ("cpu", "memory"), [(float("nan"), 0.5), (0.5, float("nan")), (-1.0, 0.5), (float("inf"), 0.5)]
)
def test_implausible_usage_of_a_host_is_unknown(cpu: float, memory: float) -> None:
    """No number is made of what is none."""
    odd = heartbeat()
    odd.host_info.current_host_cpu_usage, odd.host_info.current_host_mem_usage = cpu, memory
    assert to_report(odd).host == Usage()


def test_the_sdk_and_the_workers_own_times_are_kept() -> None:
    """For messages, and to distinguish the processes of one host."""
    full = heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_available_slots=5))
    full.sdk_name, full.sdk_version = "temporal-python", "1.29.0"
    full.elapsed_since_last_heartbeat.FromMilliseconds(10_001)
    report = to_report(full)
    assert (report.sdk, report.instance, report.started_at) == ("temporal-python 1.29.0", "a1b2", 1_699_999_000.0)
    assert (report.reported_at, report.interval_seconds) == (REPORTED_AT, 10.001)
    assert (to_report(heartbeat()).interval_seconds, to_report(heartbeat()).instance) == (None, "")


def test_a_report_from_the_future_counts_from_when_it_was_received() -> None:
    """The time by the worker's own clock is kept, too."""
    ahead = to_report(heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_available_slots=5)))
    seen = received_by(ahead, REPORTED_AT - 30)
    assert [report.reported_at for report in seen.slots] == [REPORTED_AT - 30]
    assert (seen.reported_at, received_by(ahead, REPORTED_AT + 30)) == (REPORTED_AT, ahead)


def test_a_report_ages_from_when_it_was_first_received() -> None:
    """However often it is listed; the next one is another, whichever way its clock went."""
    seen = ReportArrivals()
    assert [seen.age_seconds("a", 130.0, now) for now in (105.0, 110.0, 115.0)] == [0.0, 5.0, 10.0]
    assert seen.age_seconds("a", 140.0, 115.0) == 0.0
    assert seen.age_seconds("b", 140.0, 120.0) == 0.0
    assert seen.age_seconds("a", 90.0, 125.0) == 0.0


def test_workers_that_are_gone_are_forgotten() -> None:
    """A thousand that come and go leave those of the last minutes."""
    seen = ReportArrivals()
    for number in range(1000):
        now = number * WORKER_FORGET_SECONDS / 10
        seen.age_seconds(f"worker-{number}", now, now)
        seen.forget_gone(now)
    assert len(seen._received) <= 11
