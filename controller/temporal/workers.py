"""The slots that workers report by their heartbeats: what runs now, which no backlog shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerHostInfo, WorkerPollerInfo, WorkerSlotsInfo
from temporalio.api.workflowservice.v1 import ListWorkersRequest

from controller.scaling.observation import UNMEASURED, SlotReport, SlotType, Usage
from controller.temporal.requests import TemporalNamespace

MAX_HEARTBEAT_AGE_SECONDS: Final = 130.0
"""A report older than this is of a worker that is gone. A worker that was killed stays `Running` on the server until
its entry expires after 5 minutes. Workers report at least every 60 s (the SDK's default and longest interval), so one
lost report and 10 s on the way are forgiven. Worker and operator must agree about the time to about a minute."""

PAGE_SIZE: Final = 200
"""Workers a page; one is about 600 bytes, so a page stays far below gRPC's 4 MiB."""

_CANNOT_BE_QUOTED: Final = frozenset("'\"\\")
"""Within quotes the server (1.32) escapes these once more before it compares, so such a name matches nothing."""

_FIELDS: Final[tuple[tuple[SlotType, str, tuple[str, ...]], ...]] = (
    (SlotType.WORKFLOW, "workflow_task_slots_info", ("workflow_poller_info", "workflow_sticky_poller_info")),
    (SlotType.ACTIVITY, "activity_task_slots_info", ("activity_poller_info",)),
    (SlotType.NEXUS, "nexus_task_slots_info", ("nexus_poller_info",)),
    (SlotType.LOCAL_ACTIVITY, "local_activity_slots_info", ()),
)
"""Where a heartbeat has the slots and the pollers of each type."""


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What one worker (one task queue of one process) last said of itself."""

    host_name: str
    """Host name of the worker's process: in Kubernetes that of its pod."""
    worker_identity: str
    """Identity of the worker as Temporal shows it, by default `<process id>@<host name>`."""
    slots: tuple[SlotReport, ...]
    """One report for each type of slots that the worker has."""
    host: Usage = UNMEASURED
    """What its host, or its container where that has limits, uses of its CPUs and memory."""


async def read_workers(namespace: TemporalNamespace, task_queue: str, now: float) -> tuple[WorkerReport, ...]:
    """Asks for the running workers of one task queue, all pages.

    Workers whose heartbeats are switched off are not in the answer.

    Raises:
        temporalio.service.RPCError: The server refused or did not answer; UNIMPLEMENTED from one before 1.30.
    """
    reports: list[WorkerReport] = []
    request = ListWorkersRequest(namespace=namespace.name, query=worker_query(task_queue), page_size=PAGE_SIZE)
    while True:
        response = await namespace.list_workers(request)
        heartbeats = (info.worker_heartbeat for info in response.workers_info)
        reports += (to_report(heartbeat) for heartbeat in heartbeats if is_current(heartbeat, task_queue, now))
        if not response.next_page_token:
            return tuple(reports)
        request.next_page_token = response.next_page_token


def worker_query(task_queue: str) -> str:
    """The query for the workers of a task queue; for a name that can't be quoted, for those of every queue.

    Nothing is said of their status: `Status='Running'` matches no worker on server 1.30.1.
    """
    return f"TaskQueue='{task_queue}'" if _CANNOT_BE_QUOTED.isdisjoint(task_queue) else ""


def is_current(heartbeat: WorkerHeartbeat, task_queue: str, now: float) -> bool:
    """Whether this is a running worker of the task queue that has lately been heard of."""
    running = heartbeat.status == WorkerStatus.WORKER_STATUS_RUNNING
    young = now - _reported_at(heartbeat) <= MAX_HEARTBEAT_AGE_SECONDS
    return running and young and heartbeat.task_queue == task_queue


def to_report(heartbeat: WorkerHeartbeat) -> WorkerReport:
    """The server's message in this project's words."""
    host = heartbeat.host_info
    return WorkerReport(host.host_name, heartbeat.worker_identity, tuple(_slots(heartbeat)), _usage(host))


def _usage(host: WorkerHostInfo) -> Usage:
    """A worker that does not measure its host reports 0 of both, and no host has 0 of its memory in use."""
    if host.current_host_mem_usage <= 0:
        return UNMEASURED
    return Usage(float(host.current_host_cpu_usage), float(host.current_host_mem_usage))


def _slots(heartbeat: WorkerHeartbeat) -> Iterator[SlotReport]:
    for slot_type, info, poller_infos in _by_type(heartbeat):
        if _has_slots(info):
            yield SlotReport(
                task_queue=heartbeat.task_queue,
                slot_type=slot_type,
                slots_used=info.current_used_slots,
                slots_available=None if info.current_available_slots < 0 else info.current_available_slots,
                reported_at=_reported_at(heartbeat),
                # Of every SDK that reports it, the total has the failed ones in it; those retried count each time.
                tasks_ended=None if info.total_processed_tasks < 0 else info.total_processed_tasks,
                worker=heartbeat.worker_instance_key,
                worker_started_at=_started_at(heartbeat),
                pollers=sum(max(0, poller.current_pollers) for poller in poller_infos) if poller_infos else None,
                pollers_autoscale=any(poller.is_autoscaling for poller in poller_infos) if poller_infos else None,
            )


def _by_type(heartbeat: WorkerHeartbeat) -> Iterator[tuple[SlotType, WorkerSlotsInfo, list[WorkerPollerInfo]]]:
    """Slots and pollers of each type; a worker polls for workflow tasks on the task queue and on one of its own."""
    said = {field.name: value for field, value in heartbeat.ListFields()}
    for slot_type, slots, pollers in _FIELDS:
        yield slot_type, said.get(slots, WorkerSlotsInfo()), [said[name] for name in pollers if name in said]


def _has_slots(info: WorkerSlotsInfo) -> bool:
    """A worker reports 0 used and 0 available of a type that it doesn't poll; -1 available is one that can't say."""
    return info.current_used_slots > 0 or info.current_available_slots != 0


def _reported_at(heartbeat: WorkerHeartbeat) -> float:
    return heartbeat.heartbeat_time.ToMilliseconds() / 1000


def _started_at(heartbeat: WorkerHeartbeat) -> float | None:
    return heartbeat.start_time.ToMilliseconds() / 1000 if heartbeat.HasField("start_time") else None
