"""The workers of a task queue by their heartbeats: slots in use, ended tasks, pollers and load of the host."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from temporalio.api.enums.v1 import WorkerStatus
from temporalio.api.worker.v1 import WorkerHeartbeat, WorkerHostInfo, WorkerPollerInfo, WorkerSlotsInfo
from temporalio.api.workflowservice.v1 import ListWorkersRequest

from controller.scaling.observation import UNMEASURED, SlotReport, SlotType, Usage
from controller.temporal.client import TemporalNamespace, seconds_of

MAX_HEARTBEAT_AGE_SECONDS: Final = 130.0
"""A worker with an older report is gone. One that was killed stays `Running` on the server until its entry expires
after 5 minutes. Workers report at least every 60 s (the SDK's default and longest interval), which leaves room for one
lost report and 10 s of delay. The clocks of worker and operator may differ by about a minute."""

TURN_ON_IN_SDK: Final = (
    "Use an SDK with worker heartbeats (Python 1.20, Go 1.41, Java 1.35, TypeScript 1.14, .NET 1.10, Ruby 1.1 or "
    "later), and leave its worker heartbeat interval set: in Python "
    "Runtime(worker_heartbeat_interval=timedelta(seconds=10))."
)
"""What to do where the server keeps heartbeats; docs/compatibility.md has the setting of each SDK."""

MOST_SLOTS: Final = 1_000_000
"""A number of slots above this is not plausible: it stands for no limit, or is a fault."""

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
"""Fields of a heartbeat with the slots and the pollers of each type."""

_RESOURCE_BASED: Final = "ResourceBased"
"""Kind of a slot supplier that gives slots while the host has room."""


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """The last heartbeat of one worker (one task queue of one process)."""

    host_name: str
    """Host name of the worker's process: in Kubernetes that of its pod."""
    worker_identity: str
    """Identity of the worker as Temporal shows it, by default `<process id>@<host name>`."""
    slots: tuple[SlotReport, ...]
    """One report for each type of slots that the worker has."""
    host: Usage = UNMEASURED
    """What its host, or its container where that has limits, uses of its CPUs and memory."""
    sdk: str = ""
    """Name and version of its SDK, for messages; empty where not reported."""
    is_stopping: bool = False
    """Whether it was asked to stop: it takes no new tasks and finishes what runs."""
    sent_at: float | None = None
    """When it sent the report, by its own clock; `None` where `slots` have the time."""
    interval_seconds: float | None = None
    """Time between its last two reports; `None` where it has sent only one, or does not report it."""
    implausible: str | None = None
    """What of its report is not plausible, as a clause; it then has no `slots`."""

    @property
    def instance(self) -> str:
        """Key of the worker's instance, which no other process has; empty where not reported."""
        return next((report.worker for report in self.slots if report.worker), "")

    @property
    def started_at(self) -> float | None:
        """When it started, by its own clock; `None` where not reported."""
        return next((r.worker_started_at for r in self.slots if r.worker_started_at is not None), None)

    @property
    def reported_at(self) -> float:
        """When it sent the report, by its own clock; 0 where not reported."""
        return max((r.reported_at for r in self.slots), default=0.0) if self.sent_at is None else self.sent_at


class SlotsLeftOutError(Exception):
    """The server lists workers without heartbeats, a field that 1.32 calls deprecated and still fills."""


async def read_workers(namespace: TemporalNamespace, task_queue: str, now: float) -> tuple[WorkerReport, ...]:
    """Reads the workers of one task queue that run or are about to stop, all pages.

    Workers whose heartbeats are switched off are not in the answer.

    Raises:
        temporalio.service.RPCError: The server refused or did not answer; UNIMPLEMENTED from one before 1.30.
        SlotsLeftOutError: It lists workers without heartbeats.
    """
    heartbeats = await _heartbeats(namespace, worker_query(task_queue))
    return tuple(to_report(each) for each in heartbeats if is_current(each, task_queue, now))


async def read_workers_on(namespace: TemporalNamespace, hosts: Sequence[str], now: float) -> tuple[WorkerReport, ...]:
    """Reads the workers of some hosts, whichever task queues they poll.

    Args:
        namespace: Where they poll.
        hosts: Names as the workers report them, with or without a domain behind; at least one.
        now: Seconds since the Unix epoch.

    Raises:
        temporalio.service.RPCError: The server refused or did not answer; UNIMPLEMENTED from one before 1.30.
        SlotsLeftOutError: It lists workers without heartbeats.
    """
    heartbeats = await _heartbeats(namespace, host_query(hosts))
    return tuple(to_report(each) for each in heartbeats if is_current(each, each.task_queue, now))


async def _heartbeats(namespace: TemporalNamespace, query: str) -> list[WorkerHeartbeat]:
    """The last heartbeat of each worker that a query finds, all pages."""
    heartbeats: list[WorkerHeartbeat] = []
    request = ListWorkersRequest(namespace=namespace.name, query=query, page_size=PAGE_SIZE)
    while True:
        response = await namespace.list_workers(request)
        if response.workers and not response.workers_info:
            raise SlotsLeftOutError
        heartbeats += (info.worker_heartbeat for info in response.workers_info)
        if not response.next_page_token:
            return heartbeats
        request.next_page_token = response.next_page_token


def host_query(hosts: Sequence[str]) -> str:
    """The query for the workers of some hosts; a host name of Kubernetes needs no quotes within.

    A worker that has the name of its pod as identity is one, whatever its own host name is.
    """
    by = "HostName='{0}' OR HostName starts_with '{0}.' OR WorkerIdentity='{0}'"
    return " OR ".join(by.format(host) for host in hosts)


def worker_query(task_queue: str) -> str:
    """The query for the workers of a task queue; for a name that can't be quoted, for those of every queue.

    The status is not part of the query: `Status='Running'` matches no worker on server 1.30.1.
    """
    return f"TaskQueue='{task_queue}'" if _CANNOT_BE_QUOTED.isdisjoint(task_queue) else ""


def is_current(heartbeat: WorkerHeartbeat, task_queue: str, now: float) -> bool:
    """Whether this is a worker of the task queue with a fresh report that has not shut down.

    One that is shutting down counts: its tasks still run.
    """
    ended = heartbeat.status == WorkerStatus.WORKER_STATUS_SHUTDOWN
    return not ended and heartbeat.task_queue == task_queue and is_fresh(_reported_at(heartbeat), now)


def is_fresh(reported_at: float, now: float) -> bool:
    """Whether the worker of a report may be alive; a report without a time counts as fresh."""
    return reported_at == 0 or now - reported_at <= MAX_HEARTBEAT_AGE_SECONDS


def to_report(heartbeat: WorkerHeartbeat) -> WorkerReport:
    """Converts the server's message."""
    host = heartbeat.host_info
    implausible = next(_implausible(heartbeat), None)
    return WorkerReport(
        host_name=host.host_name,
        worker_identity=heartbeat.worker_identity,
        slots=() if implausible else tuple(_slots(heartbeat)),
        host=_usage(host),
        sdk=f"{heartbeat.sdk_name} {heartbeat.sdk_version}".strip(),
        is_stopping=_is_stopping(heartbeat),
        sent_at=_reported_at(heartbeat),
        interval_seconds=max(seconds_of(heartbeat.elapsed_since_last_heartbeat) or 0.0, 0.0) or None,
        implausible=implausible,
    )


def received_by(report: WorkerReport, at: float) -> WorkerReport:
    """The report, sent at the latest when the operator first received it: a worker's clock may be ahead."""
    return replace(report, slots=tuple(replace(r, reported_at=min(r.reported_at, at)) for r in report.slots))


def _implausible(heartbeat: WorkerHeartbeat) -> Iterator[str]:
    if not heartbeat.HasField("heartbeat_time") or seconds_of(heartbeat.heartbeat_time) is None:
        yield "its report has no time"
    for slot_type, info, _ in _by_type(heartbeat):
        if not 0 <= info.current_used_slots <= MOST_SLOTS:
            yield f"its slots in use ({slot_type}) are {info.current_used_slots}"


def _usage(host: WorkerHostInfo) -> Usage:
    """A worker that does not measure its host reports 0 of both, and no host has 0 of its memory in use."""
    cpu, memory = float(host.current_host_cpu_usage), float(host.current_host_mem_usage)
    if not (0 <= cpu < inf and 0 < memory < inf):
        return UNMEASURED
    return Usage(cpu, memory)


def _slots(heartbeat: WorkerHeartbeat) -> Iterator[SlotReport]:
    stopping = _is_stopping(heartbeat)  # it takes no new tasks, so its free slots are not available
    for slot_type, info, poller_infos in _by_type(heartbeat):
        if _has_slots(info):
            yield SlotReport(
                task_queue=heartbeat.task_queue,
                slot_type=slot_type,
                slots_used=info.current_used_slots,
                slots_available=None if stopping else _available(info),
                reported_at=_reported_at(heartbeat),
                # In every SDK that reports it the total includes failed tasks, and counts each attempt.
                tasks_ended=None if info.total_processed_tasks < 0 else info.total_processed_tasks,
                worker=heartbeat.worker_instance_key,
                worker_started_at=_started_at(heartbeat),
                pollers=sum(max(0, poller.current_pollers) for poller in poller_infos) if poller_infos else None,
                pollers_autoscale=any(poller.is_autoscaling for poller in poller_infos) if poller_infos else None,
            )


def _by_type(heartbeat: WorkerHeartbeat) -> Iterator[tuple[SlotType, WorkerSlotsInfo, list[WorkerPollerInfo]]]:
    """Slots and pollers of each type; a worker polls for workflow tasks on the task queue and on one of its own."""
    values = {field.name: value for field, value in heartbeat.ListFields()}
    for slot_type, slots, pollers in _FIELDS:
        yield slot_type, values.get(slots, WorkerSlotsInfo()), [values[name] for name in pollers if name in values]


def _available(info: WorkerSlotsInfo) -> int | None:
    """Free slots; `None` for a supplier without a fixed number: most SDKs report -1 then, and the one for Go 0."""
    free = info.current_available_slots
    unlimited = info.slot_supplier_kind == _RESOURCE_BASED and free == 0
    return free if 0 <= free <= MOST_SLOTS and not unlimited else None


def _has_slots(info: WorkerSlotsInfo) -> bool:
    """A worker reports 0 used and 0 available of a type that it doesn't poll; -1 available is no number."""
    return info.current_used_slots > 0 or info.current_available_slots != 0


def _is_stopping(heartbeat: WorkerHeartbeat) -> bool:
    return heartbeat.status == WorkerStatus.WORKER_STATUS_SHUTTING_DOWN


def _reported_at(heartbeat: WorkerHeartbeat) -> float:
    return seconds_of(heartbeat.heartbeat_time) or 0.0


def _started_at(heartbeat: WorkerHeartbeat) -> float | None:
    return seconds_of(heartbeat.start_time) if heartbeat.HasField("start_time") else None


WORKER_FORGET_SECONDS: Final = 600.0
"""A worker that is not listed for so long is gone: the server lists it for 5 minutes after its last report."""


@dataclass(slots=True)
class _Arrival:
    sent_at: float
    first_at: float
    last_at: float


class ReportArrivals:
    """When the operator first received the last report of each worker, as an upper bound of when it was sent.

    Times are seconds of a monotonic clock, except those that the worker reports.
    """

    def __init__(self) -> None:
        """Starts without a report."""
        self._received: dict[Hashable, _Arrival] = {}
        self._swept_at = float("-inf")

    def age_seconds(self, worker: Hashable, sent_at: float, now: float) -> float:
        """How long ago this report was first received, in seconds.

        Args:
            worker: Identifies the worker that sent it.
            sent_at: When it was sent, by the worker's clock: one report has one such time.
            now: Seconds of the monotonic clock.
        """
        arrival = self._received.get(worker)
        if arrival is None or arrival.sent_at != sent_at:
            arrival = self._received[worker] = _Arrival(sent_at, now, now)
        arrival.last_at = now
        return now - arrival.first_at

    def forget_gone(self, now: float) -> None:
        """Drops workers that are no longer listed, at most once a minute."""
        if now - self._swept_at < WORKER_FORGET_SECONDS / 10:
            return
        self._swept_at = now
        self._received = {
            key: each for key, each in self._received.items() if now - each.last_at <= WORKER_FORGET_SECONDS
        }
