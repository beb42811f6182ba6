"""Whatever a server or a pod may answer: no converter raises, and what can't be is no number that counts."""

from math import isfinite
from typing import Any, Final

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueueStats
from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
from temporalio.service import RPCError, RPCStatusCode

from controller.scaling.observation import SlotReport
from controller.temporal.certificates import authorities_validity, client_certificate_validity
from controller.temporal.client import ConnectionIdentity, TlsIdentity
from controller.temporal.errors import Attempt, classify, is_connection_lost
from controller.temporal.metrics_page import to_reports
from controller.temporal.statistics import implausible, rate_limit, to_statistics
from controller.temporal.workers import MOST_SLOTS, is_current, received_by, to_report

NOW = 1_800_000_000.0


def whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    """Numbers of so many bits, the extreme ones often."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high) | st.sampled_from([low, high, 0, 1])


ANY_VALUE: Final[dict[int, st.SearchStrategy[Any]]] = {
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.TYPE_INT32: whole(32, signed=True),
    FieldDescriptor.TYPE_INT64: whole(64, signed=True),
    FieldDescriptor.TYPE_UINT32: whole(32, signed=False),
    FieldDescriptor.TYPE_UINT64: whole(64, signed=False),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_ENUM: whole(32, signed=True),
    FieldDescriptor.TYPE_STRING: st.text(max_size=8),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=8),
}
"""Any value of a type; an enum's may be one of a later version."""


@st.composite
def messages(draw: st.DrawFn, kind: type[Message], depth: int = 3) -> Any:
    """A message in which each field is missing, or anything that its type may be."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        inner: Any = field.message_type
        if not draw(st.booleans()) or (inner and (depth == 0 or inner.GetOptions().map_entry)):
            continue
        value = getattr(message, field.name)
        if inner and field.is_repeated:
            value.extend(draw(st.lists(messages(GetMessageClass(inner), depth - 1), max_size=2)))
        elif inner:
            value.CopyFrom(draw(messages(GetMessageClass(inner), depth - 1)))
        elif field.is_repeated:
            value.extend(draw(st.lists(ANY_VALUE[field.type], max_size=2)))
        else:
            setattr(message, field.name, draw(ANY_VALUE[field.type]))
    return message


def plausible(report: SlotReport) -> bool:
    """Whether its numbers are plausible."""
    counts = (report.slots_used, report.slots_available, report.tasks_ended, report.pollers)
    times = (report.reported_at, report.worker_started_at, report.ended_task_seconds)
    waits = report.start_latencies
    counted = waits is None or (isfinite(waits.total) and 0 <= waits.within(15) <= waits.total)
    return counted and all(c is None or c >= 0 for c in counts) and all(t is None or isfinite(t) for t in times)


@given(messages(WorkerHeartbeat))
def test_any_heartbeat_is_read_or_named(heartbeat: WorkerHeartbeat) -> None:
    """Implausible slots are left out as a whole, and named."""
    is_current(heartbeat, "orders", NOW)
    report = received_by(to_report(heartbeat), NOW)
    assert all(plausible(slots) and slots.reported_at <= NOW for slots in report.slots)
    infos = (heartbeat.workflow_task_slots_info, heartbeat.activity_task_slots_info, heartbeat.nexus_task_slots_info)
    if any(not 0 <= info.current_used_slots <= MOST_SLOTS for info in infos):
        assert report.implausible
    assert not (report.implausible and report.slots)
    for share in (report.host.cpu, report.host.memory):
        assert share is None or (isfinite(share) and share >= 0)


@given(st.lists(messages(TaskQueueStats), max_size=3), st.lists(messages(PollerInfo), max_size=2))
def test_any_statistics_are_read_or_named(stats: list[TaskQueueStats], pollers: list[PollerInfo]) -> None:
    """What can't be is no rate, no age and no count."""
    read = to_statistics(stats, pollers, NOW)
    assert read.backlog >= 0
    assert all(poller.polled_at <= NOW for poller in read.pollers)
    if implausible(read) is None:
        for number in (read.backlog_age_seconds, read.add_rate_per_second, read.dispatch_rate_per_second):
            assert isfinite(number)
            assert number >= 0


@given(messages(DescribeTaskQueueResponse))
def test_any_rate_limit_is_a_limit_or_unknown(response: DescribeTaskQueueResponse) -> None:
    """A limit of less than nothing is none."""
    limit = rate_limit(response)
    assert limit is None or (isfinite(limit) and limit >= 0)


NAMES = st.sampled_from(
    [
        "temporal_worker_task_slots_used",
        "temporal_worker_task_slots_available",
        "temporal_num_pollers",
        "temporal_activity_execution_latency_count",
        "temporal_activity_execution_latency_sum",
        "temporal_activity_execution_latency_bucket",
        "temporal_workflow_task_execution_latency_seconds_sum",
        "temporal_activity_schedule_to_start_latency_bucket",
        "temporal_activity_schedule_to_start_latency_seconds_bucket",
        "activity_schedule_to_start_latency_milliseconds_bucket",
        "temporal_activity_schedule_to_start_latency",
    ]
)
VALUES = st.floats().map(str) | st.sampled_from(["NaN", "+Inf", "-Inf", "-1", "1e400", "x", "", "0x10", "1_000"])
LABELS = st.sampled_from(
    [
        'namespace="shop",task_queue="orders",worker_type="ActivityWorker"',
        'namespace="shop",task_queue="orders",worker_type="Teapot"',
        'namespace="shop",task_queue="orders",poller_type="activity_task"',
        'namespace="shop",task_queue="orders",le="0.05"',
        'namespace="shop",task_queue="orders",le="much"',
        'namespace="shop",task_queue="orders",le="+Inf"',
        'namespace="shop",task_queue="orders",le="NaN",activity_type="ship"',
        'namespace="shop",task_queue="orders",le="-1"',
        'namespace="shop",task_queue="orders"',
        'task_queue="or\\"ders',
        "",
    ]
)
LINES = st.builds("{}{{{}}} {}".format, NAMES, LABELS, VALUES) | st.text(max_size=40)


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text())
def test_any_page_of_metrics_is_read_or_has_no_report(page: str) -> None:
    """Invalid numbers, unknown labels, text that is not a page."""
    assert all(map(plausible, to_reports(page, "shop", NOW)))


NUMBERS = st.sampled_from(["0", "1", "5", "5", "7", "NaN", "-1", "1e400", "9e15", "9e14"])
BUCKET_LINES = st.builds(
    'temporal_activity_schedule_to_start_latency{}_bucket{{namespace="shop",task_queue="orders"{},le="{}"}} {}'.format,
    st.sampled_from(["_seconds", "_seconds", "_milliseconds", ""]),
    st.sampled_from(["", "", ',activity_type="ship"']),
    st.sampled_from(["0.1", "1", "10", "+Inf", "+Inf", "-1", "NaN", "much", "1e400"]),
    NUMBERS,
)


@given(st.lists(BUCKET_LINES, max_size=8))
def test_any_buckets_are_a_histogram_or_unknown(lines: list[str]) -> None:
    """And the slots beside them are read all the same."""
    gauge = 'temporal_worker_task_slots_used{namespace="shop",task_queue="orders",worker_type="ActivityWorker"} 3'
    (report,) = to_reports("\n".join([*lines, gauge]), "shop", NOW)
    assert report.slots_used == 3
    assert plausible(report)


TLS = ConnectionIdentity("t:7233", TlsIdentity(client_certificate=b"c"))
TEXTS = st.text(max_size=30) | st.builds(
    'Failed client connect: Status {{ code: {}, message: "{}", metadata'.format,
    st.sampled_from(["PermissionDenied", "Cancelled", "Unknown", "Teapot", "Ok", "99"]),
    st.text(max_size=20),
)
ERRORS = st.one_of(
    st.builds(RPCError, st.text(max_size=20), st.sampled_from(RPCStatusCode), st.binary(max_size=20)),
    st.builds(RuntimeError, TEXTS),
    st.builds(ValueError, TEXTS),
    st.builds(TimeoutError),
)


@given(ERRORS, st.sampled_from([TLS, ConnectionIdentity("t:7233")]))
def test_any_failure_has_a_name(error: Exception, identity: ConnectionIdentity) -> None:
    """Invalid details and unknown codes: the message still has what failed, where, and how to fix it."""
    failure = classify(error, Attempt(identity, "shop", "read"))
    assert failure.message.startswith("Could not read at t:7233, Temporal namespace `shop`: ")
    if isinstance(error, RPCError):
        is_connection_lost(error)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_certificate_is_valid_or_none(chain: bytes, key: bytes) -> None:
    """Invalid ones are errors, whose text has nothing of a key."""
    with pytest.raises(ValueError, match="has no PEM certificate"):
        authorities_validity(chain)
    with pytest.raises(ValueError, match="has no PEM certificate"):
        client_certificate_validity(chain, key)
