"""What becomes of a heartbeat."""

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerHostInfo, WorkerSlotsInfo

from controller.scaling.observation import SlotReport, SlotType, Usage
from controller.temporal.workers import MAX_HEARTBEAT_AGE_SECONDS, WorkerReport, is_current, to_report, worker_query

REPORTED_AT = 1_700_000_000.25


def heartbeat(**slots: WorkerSlotsInfo) -> WorkerHeartbeat:
    """A heartbeat of a worker of the queue `orders`."""
    heartbeat = WorkerHeartbeat(
        status=WorkerStatus.WORKER_STATUS_RUNNING,
        worker_identity="7@worker-0",
        host_info=WorkerHostInfo(host_name="worker-0"),
        task_queue="orders",
        heartbeat_time=Timestamp(seconds=1_700_000_000, nanos=250_000_000),
    )
    for field, info in slots.items():
        getattr(heartbeat, field).CopyFrom(info)
    return heartbeat


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
    assert report == WorkerReport(
        "worker-0",
        "7@worker-0",
        (
            SlotReport("orders", SlotType.WORKFLOW, 1, 9, REPORTED_AT),
            SlotReport("orders", SlotType.ACTIVITY, 2, 8, REPORTED_AT),
            SlotReport("orders", SlotType.NEXUS, 3, 7, REPORTED_AT),
            SlotReport("orders", SlotType.LOCAL_ACTIVITY, 4, 6, REPORTED_AT),
        ),
    )


def test_free_slots_that_a_worker_cannot_count_are_unknown() -> None:
    """A resource-based slot supplier says -1, which is not a number of slots."""
    report = to_report(heartbeat(activity_task_slots_info=WorkerSlotsInfo(current_available_slots=-1)))
    assert report.slots == (SlotReport("orders", SlotType.ACTIVITY, 0, None, REPORTED_AT),)


def test_a_type_without_slots_is_not_reported() -> None:
    """Neither used nor available: the worker does not poll it. All used is another thing."""
    report = to_report(
        heartbeat(
            workflow_task_slots_info=WorkerSlotsInfo(slot_supplier_kind="Fixed"),
            activity_task_slots_info=WorkerSlotsInfo(current_used_slots=5),
        )
    )
    assert report.slots == (SlotReport("orders", SlotType.ACTIVITY, 5, 0, REPORTED_AT),)


def test_only_young_heartbeats_of_the_queue_count() -> None:
    """The oldest that is forgiven, one a second older, and one of another queue."""
    oldest = REPORTED_AT + MAX_HEARTBEAT_AGE_SECONDS
    assert is_current(heartbeat(), "orders", oldest)
    assert not is_current(heartbeat(), "orders", oldest + 1)
    assert not is_current(heartbeat(), "bills", REPORTED_AT)


def test_a_worker_that_shuts_down_does_not_count() -> None:
    """It takes no more tasks; the query can't ask for it on every server."""
    leaving = heartbeat()
    leaving.status = WorkerStatus.WORKER_STATUS_SHUTTING_DOWN
    assert not is_current(leaving, "orders", REPORTED_AT)


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
