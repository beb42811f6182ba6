"""What becomes of a page of metrics."""

import socket
import time

import aiohttp
import pytest
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from controller.scaling.objective.started_tasks import NONE_STARTED, StartLatencies
from controller.scaling.observation import SlotReport, SlotType
from controller.temporal.metrics_page import to_reports
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for_async
from tests.temporal.pages import latency, page, started, used
from tests.temporal.workloads import FAIL_ONCE_SECONDS, run_second_tries, second_try_worker


def test_every_type_of_slots_is_read() -> None:
    """Local activities and Nexus too; two workers on one queue add up."""
    text = page(
        used("ActivityWorker", 2),
        used("ActivityWorker", 8, "available"),
        used("LocalActivityWorker", 4),
        used("LocalActivityWorker", 6, "available"),
        used("NexusWorker", 1),
        used("NexusWorker", 0, "available"),
        "temporal_sticky_cache_size 5",
    )
    assert set(to_reports(text, "shop", 9.0)) == {
        SlotReport("orders", SlotType.ACTIVITY, 2, 8, 9.0, start_latencies=NONE_STARTED),
        SlotReport("orders", SlotType.LOCAL_ACTIVITY, 4, 6, 9.0),
        SlotReport("orders", SlotType.NEXUS, 1, 0, 9.0),
    }


def test_free_slots_that_are_not_reported_are_unknown() -> None:
    """A resource-based supplier gives no number, or -1; a type that is not polled has neither used nor free ones."""
    text = page(used("ActivityWorker", 0), used("WorkflowWorker", 0), used("WorkflowWorker", 0, "available"))
    assert to_reports(text, "shop", 9.0) == (
        SlotReport("orders", SlotType.ACTIVITY, 0, None, 9.0, start_latencies=NONE_STARTED),
    )
    negative = page(used("ActivityWorker", 3), used("ActivityWorker", -1, "available"))
    assert to_reports(negative, "shop", 9.0) == (
        SlotReport("orders", SlotType.ACTIVITY, 3, None, 9.0, start_latencies=NONE_STARTED),
    )


@pytest.mark.parametrize("text", ["", "<html>", page('temporal_worker_task_slots_used{worker_type="ActivityWorker" x')])
def test_a_page_without_such_metrics_has_no_report(text: str) -> None:
    """Nothing is made up of what is no metrics."""
    assert to_reports(text, "shop", 9.0) == ()


def activities(text: str) -> SlotReport:
    """The report of a page on activities."""
    (report,) = to_reports(text, "shop", 9.0)
    return report


@pytest.mark.parametrize("lines", [("NaN", "5"), ("+Inf", "5"), ("-3", "5"), ("-Inf", "NaN")])
def test_a_page_whose_slots_in_use_are_not_a_number_has_no_report(lines: tuple[str, str]) -> None:
    """A gauge whose value is gone is NaN. The page's other types would make a busy worker look idle."""
    in_use, free = (float(value) for value in lines)
    text = page(
        used("ActivityWorker", in_use),
        used("ActivityWorker", free, "available"),
        used("WorkflowWorker", 0),
        used("WorkflowWorker", 9, "available"),
    )
    assert to_reports(text, "shop", 9.0) == ()


@pytest.mark.parametrize("free", ["NaN", "+Inf", "-1", "-Inf"])
def test_free_slots_that_are_not_a_number_are_unknown(free: str) -> None:
    """What is in use stands."""
    text = page(used("ActivityWorker", 3), used("ActivityWorker", float(free), "available"))
    assert to_reports(text, "shop", 9.0) == (
        SlotReport("orders", SlotType.ACTIVITY, 3, None, 9.0, start_latencies=NONE_STARTED),
    )


IN_MILLISECONDS = (50.0, 100.0, 500.0, 1000.0, 5000.0, 10_000.0, 60_000.0)


@pytest.mark.parametrize(
    ("name", "bounds", "seconds"),
    [
        ("activity_execution_latency", IN_MILLISECONDS, 8.4),
        ("activity_execution_latency", tuple(bound / 1000 for bound in IN_MILLISECONDS), 8400.0),
        ("activity_execution_latency_seconds", (1.0, 60.0), 8400.0),
        ("activity_execution_latency_seconds", (), 8400.0),
        ("activity_execution_latency_milliseconds", (1.0, 60.0), 8.4),
        ("activity_execution_latency", (1.0, 10.0, 60.0, 600.0), None),
        ("activity_execution_latency", (), None),
    ],
)
def test_how_long_tasks_took_is_read_in_the_unit_of_the_metric(
    name: str, bounds: tuple[float, ...], seconds: float | None
) -> None:
    """By its name, or by the buckets that the SDK gives it; where neither shows it only the count is known."""
    report = activities(page(used("ActivityWorker", 1), *latency(8400, 12, bounds, name=name)))
    assert report.tasks_ended == 12
    assert report.ended_task_seconds == (None if seconds is None else pytest.approx(seconds))


def test_pollers_are_read_beside_their_slots() -> None:
    """The metrics don't show whether the SDK scales them."""
    polling = 'temporal_num_pollers{namespace="shop",task_queue="orders",poller_type="activity_task"} 5'
    report = activities(page(used("ActivityWorker", 1), polling))
    assert (report.pollers, report.pollers_autoscale) == (5, None)


@pytest.mark.parametrize(("total", "count"), [("NaN", "12"), ("-5", "12"), ("5", "NaN"), ("5", "-1")])
def test_a_latency_that_is_no_number_is_unknown(total: str, count: str) -> None:
    """The slots beside it are read."""
    report = activities(page(used("ActivityWorker", 1), *latency(float(total), float(count), IN_MILLISECONDS)))
    assert report.slots_used == 1
    assert None in (report.tasks_ended, report.ended_task_seconds)


START_MILLISECONDS = (100.0, 500.0, 1000.0, 5000.0, 10_000.0, 100_000.0, 1_000_000.0)
START_SECONDS = tuple(bound / 1000 for bound in START_MILLISECONDS)
TEN_STARTED = StartLatencies(START_SECONDS, (0.0, 1.0, 3.0, 6.0, 8.0, 9.0, 10.0), 10.0)


def counts_of(bounds: tuple[float, ...]) -> dict[str, float]:
    """The counts of `TEN_STARTED` by the label `le`."""
    return {f"{bound:g}": count for bound, count in zip(bounds, TEN_STARTED.counts, strict=True)} | {"+Inf": 10}


@pytest.mark.parametrize("prefix", ["temporal_", ""])
@pytest.mark.parametrize(
    ("unit", "bounds"),
    [
        ("", START_MILLISECONDS),
        ("", START_SECONDS),
        ("_seconds", START_SECONDS),
        ("_milliseconds", START_MILLISECONDS),
    ],
)
@pytest.mark.parametrize("task", ["activity", "workflow_task"])
def test_how_long_tasks_waited_is_read_by_any_name(
    task: str, unit: str, bounds: tuple[float, ...], prefix: str
) -> None:
    """With the SDK's options for prefix, unit and suffix; of another namespace or task queue nothing counts."""
    name = f"{prefix}{task}_schedule_to_start_latency{unit}"
    text = page(
        used("ActivityWorker" if task == "activity" else "WorkflowWorker", 1),
        *started(name, counts_of(bounds)),
        *started(name, {"1": 7.0, "+Inf": 9.0}, namespace="another"),
        *started(name, counts_of(bounds), task_queue="bills"),
    )
    assert activities(text).start_latencies == TEN_STARTED


def test_tasks_of_all_workers_of_a_page_are_added_up() -> None:
    """SDKs for Go and Java count each type of activity by itself."""
    name = "temporal_activity_schedule_to_start_latency_seconds"
    kinds = (started(name, {"1": 2.0, "+Inf": 3.0}, activity_type=kind) for kind in ("ship", "bill"))
    text = page(used("ActivityWorker", 1), *(line for lines in kinds for line in lines))
    assert activities(text).start_latencies == StartLatencies((1.0,), (4.0,), 6.0)


def test_buckets_of_ones_own_are_in_the_unit_of_the_other_latencies() -> None:
    """Neither their name nor their bounds show it; one option of the SDK sets the unit of all."""
    own = started("temporal_activity_schedule_to_start_latency", {"7000": 1.0, "15000": 2.0, "+Inf": 3.0})
    assert activities(page(used("ActivityWorker", 1), *own)).start_latencies is None
    beside = latency(8400, 12, IN_MILLISECONDS)
    report = activities(page(used("ActivityWorker", 1), *own, *beside))
    assert report.start_latencies == StartLatencies((7.0, 15.0), (1.0, 2.0), 3.0)


SECONDS = "temporal_activity_schedule_to_start_latency_seconds"


@pytest.mark.parametrize(
    "lines",
    [
        started(SECONDS, {"1": float("nan"), "+Inf": 3.0}),
        started(SECONDS, {"1": -1.0, "+Inf": 3.0}),
        started(SECONDS, {"1": 4.0, "+Inf": 3.0}),
        started(SECONDS, {"1": 4.0, "+Inf": 1e300}),
        started(SECONDS, {"1": 4.0}),
        started(SECONDS, {"much": 1.0, "+Inf": 3.0}),
        started(SECONDS, {"NaN": 1.0, "+Inf": 3.0}),
        started(SECONDS, {"-5": 1.0, "+Inf": 3.0}),
        started(SECONDS, {"1": 1.0, "+Inf": 3.0}) * 2,
        (*started(SECONDS, {"1": 1.0, "+Inf": 3.0}), *started(SECONDS, {"2": 1.0, "+Inf": 3.0}, kind="other")),
        (*started(SECONDS, counts_of(START_SECONDS)), *started(SECONDS[: -len("_seconds")], counts_of(START_SECONDS))),
        started(SECONDS, {str(bound): 1.0 for bound in range(1000)} | {"+Inf": 3.0}),
    ],
    ids=[
        "NaN",
        "negative",
        "falling",
        "huge",
        "no total",
        "odd bound",
        "bound NaN",
        "bound negative",
        "doubled",
        "different bounds",
        "two names",
        "too many buckets",
    ],
)
def test_waits_that_cannot_be_are_unknown(lines: tuple[str, ...]) -> None:
    """Which is not the same as that no task started. The slots beside them are read, and the other types."""
    text = page(
        used("ActivityWorker", 3),
        used("WorkflowWorker", 1),
        *lines,
        *started("temporal_workflow_task_schedule_to_start_latency", counts_of(START_SECONDS)),
    )
    by_type = {report.slot_type: report for report in to_reports(text, "shop", 9.0)}
    assert (by_type[SlotType.ACTIVITY].slots_used, by_type[SlotType.ACTIVITY].start_latencies) == (3, None)
    assert by_type[SlotType.WORKFLOW].start_latencies == TEN_STARTED


@pytest.mark.parametrize("in_seconds", [False, True], ids=["milliseconds", "seconds"])
async def test_a_real_workers_page_has_the_duration_of_its_tasks(
    own_server: TemporalServer, *, in_seconds: bool
) -> None:
    """Four attempts of 0.3 s, two of them failed; the SDK's option for the unit changes nothing."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    metrics = PrometheusConfig(bind_address=f"127.0.0.1:{port}", durations_as_seconds=in_seconds)
    runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    client = await Client.connect(own_server.address, runtime=runtime)

    async def ended() -> SlotReport | None:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            reports = to_reports(await answer.text(), "default", time.time())
        return next((r for r in reports if r.slot_type is SlotType.ACTIVITY and r.tasks_ended == 4), None)

    async with second_try_worker(client, f"page-{in_seconds}"):
        await run_second_tries(client, f"page-{in_seconds}", 2)
        report = await wait_for_async(ended, 60, "4 attempts that ended")
    assert report is not None
    assert report.ended_task_seconds is not None
    assert 4 * FAIL_ONCE_SECONDS * 0.9 <= report.ended_task_seconds <= 4 * 30
    assert report.start_latencies is not None
    assert (report.start_latencies.bounds, report.start_latencies.total) == (START_SECONDS, 4)
