"""What becomes of the server's statistics."""

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import RateLimitSource
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse

from controller.api.model import TaskType
from controller.scaling.observation import Poller, QueueStatistics
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import TemporalReader
from controller.temporal.statistics import (
    RATE_WINDOW_SECONDS,
    UNLOADED_SECONDS,
    QueueReads,
    implausible,
    rate_limit,
    to_statistics,
)
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for_async
from tests.temporal.workloads import activity_worker, connect


def test_statistics_are_read_whole() -> None:
    """Count, age, both rates and the rate limit."""
    stats = TaskQueueStats(
        approximate_backlog_count=40,
        approximate_backlog_age=Duration(seconds=12, nanos=500_000_000),
        tasks_add_rate=3.5,
        tasks_dispatch_rate=2.25,
        rate_limiting_active=True,
    )
    assert to_statistics([stats], [], 100.0) == QueueStatistics(40, 12.5, 3.5, 2.25, 100.0, rate_limiting_active=True)


def test_no_rate_limit_and_an_unreported_one_are_the_same() -> None:
    """The message has no presence for this field, and servers before 1.32 never set it."""
    assert to_statistics([TaskQueueStats()], [], 100.0).rate_limiting_active is None


API, WORKER, SYSTEM = (
    RateLimitSource.RATE_LIMIT_SOURCE_API,
    RateLimitSource.RATE_LIMIT_SOURCE_WORKER,
    RateLimitSource.RATE_LIMIT_SOURCE_SYSTEM,
)


@pytest.mark.parametrize(
    ("source", "per_second", "limit"),
    [
        (WORKER, 1.5, 1.5),
        (API, 0.0, 0.0),
        (API, 100_000.0, 100_000.0),
        (SYSTEM, 4000.0, None),
        (SYSTEM, 250.0, 250.0),
        (RateLimitSource.RATE_LIMIT_SOURCE_UNSPECIFIED, 0.0, None),
        (99, 20.0, 20.0),
        (API, float("nan"), None),
        (API, float("inf"), None),
        (WORKER, -1.0, None),
    ],
)
def test_only_a_configured_rate_limit_counts(source: int, per_second: float, limit: float | None) -> None:
    """Every queue of a server has the server's own, thousands a second; an administrator may set less."""
    response = DescribeTaskQueueResponse()
    response.effective_rate_limit.requests_per_second = per_second
    response.effective_rate_limit.rate_limit_source = source  # type: ignore[assignment]
    assert rate_limit(response) == limit


def test_a_server_without_rate_limits_has_an_unknown_one() -> None:
    """One that does not know what they are."""
    assert rate_limit(DescribeTaskQueueResponse()) is None


async def test_the_rate_that_a_worker_allows_its_queue_is_known_before_a_task_waits(
    reader: TemporalReader, own_server: TemporalServer
) -> None:
    """2.5 activities a second; the queue beside it has only the server's default."""
    identity = ConnectionIdentity(own_server.address)
    client = await connect(own_server.address, "default")
    keys = [("limited", TaskType.ACTIVITY), ("unlimited", TaskType.ACTIVITY)]

    async def limits() -> list[float | None]:
        read = (await reader.read(identity, "default", keys)).statistics
        return [s.rate_limit_per_second if isinstance(s, QueueStatistics) else -1 for s in map(read.__getitem__, keys)]

    async def reported() -> bool:
        return await limits() == [2.5, None]

    async with (
        activity_worker(client, "limited", 4, activities_per_second=2.5),
        activity_worker(client, "unlimited", 4),
    ):
        await wait_for_async(reported, 60, "the rate limit of one queue")


@pytest.mark.parametrize(("count", "age_seconds", "backlog"), [(-3, 0, 0), (-3, 4, 1), (0, 4, 1), (7, 0, 7)])
def test_the_age_of_the_oldest_task_corrects_the_backlog(count: int, age_seconds: int, backlog: int) -> None:
    """The count is approximate; an age is that of a task."""
    stats = TaskQueueStats(approximate_backlog_count=count, approximate_backlog_age=Duration(seconds=age_seconds))
    assert to_statistics([stats], [], 100.0).backlog == backlog


@pytest.mark.parametrize(
    ("stats", "what"),
    [
        (TaskQueueStats(tasks_add_rate=float("nan")), "its add rate is nan per second"),
        (TaskQueueStats(tasks_dispatch_rate=-0.5), "its dispatch rate is -0.5 per second"),
        (TaskQueueStats(tasks_add_rate=float("inf")), "its add rate is inf per second"),
        (
            TaskQueueStats(approximate_backlog_age=Duration(seconds=1_800_000_000)),
            "its oldest task has an age of 1.8e+09 s",
        ),
        (TaskQueueStats(tasks_add_rate=1e5), None),
    ],
)
def test_implausible_statistics_are_named(stats: TaskQueueStats, what: str | None) -> None:
    """They are then unknown, which holds replicas."""
    assert implausible(to_statistics([stats], [], 100.0)) == what


def test_a_poll_in_the_future_counts_as_now() -> None:
    """The server's clock may be ahead."""
    poller = PollerInfo(identity="1@a", last_access_time=Timestamp(seconds=130))
    assert to_statistics([], [poller], 100.0).pollers == (Poller("1@a", 100.0),)


def test_rates_are_young_for_the_servers_window() -> None:
    """From the first read on, by queue."""
    queue_reads = QueueReads()
    assert queue_reads.add("orders", 100)
    assert queue_reads.add("orders", 100 + RATE_WINDOW_SECONDS - 1)
    assert not queue_reads.add("orders", 100 + RATE_WINDOW_SECONDS)
    assert queue_reads.add("bills", 100 + RATE_WINDOW_SECONDS)


def test_a_queue_that_failed_or_was_not_read_has_young_rates_again() -> None:
    """A server that restarts, or unloads a queue without reads, counts anew."""
    queue_reads = QueueReads()
    for at in (0.0, 60.0):
        queue_reads.add("orders", at)
    assert not queue_reads.add("orders", 61)
    queue_reads.reset("orders")
    assert queue_reads.add("orders", 62)
    assert not queue_reads.add("orders", 100)
    assert queue_reads.add("orders", 101 + UNLOADED_SECONDS)


def test_unread_queues_are_forgotten() -> None:
    """A pool that was deleted leaves nothing behind."""
    queue_reads = QueueReads()
    queue_reads.add("orders", 0)
    queue_reads.add("bills", 200)
    queue_reads.add("letters", UNLOADED_SECONDS + 1)
    assert list(queue_reads._times) == ["bills", "letters"]
