"""What becomes of the server's statistics."""

from google.protobuf.duration_pb2 import Duration
from temporalio.api.taskqueue.v1 import TaskQueueStats

from controller.scaling.observation import QueueStatistics
from controller.temporal.statistics import to_statistics


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


def test_no_rate_limit_is_not_told_from_a_server_that_does_not_say() -> None:
    """The message has no presence for this field, and servers before 1.32 never set it."""
    assert to_statistics([TaskQueueStats()], [], 100.0).rate_limiting_active is None
