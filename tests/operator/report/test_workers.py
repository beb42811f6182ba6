"""What is said of the workers: whether they poll the pool's queues, and whether it is known what they run."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import InFlightKnown
from controller.api.conditions import ConditionReason
from controller.api.spec import InFlightSource
from controller.operator.report.workers import in_flight_known
from controller.scaling.observation import Observation, PastReport
from tests.scaling.builders import LOST, NEVER_THERE, NOW, observation, pod, pods, queue, report

STEADY = observation(queue(10), replicas=2, pods=pods(2, used=5))
UNPOLLED = observation(replace(queue(9), unpolled_since=NOW - 91), replicas=1, pods=(pod(ready_since=NOW - 91),))


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (observation(), InFlightKnown.NO_REPLICAS),
        (STEADY, InFlightKnown.HEARTBEATS_FOUND),
        (replace(STEADY, in_flight=NEVER_THERE), InFlightKnown.HEARTBEATS_MISSING),
        (replace(STEADY, in_flight=LOST), InFlightKnown.HEARTBEATS_LOST),
        (replace(STEADY, pods=(pod(report(1)), pod(name="new", ready_since=NOW - 89))), InFlightKnown.HEARTBEATS_FOUND),
        (replace(STEADY, pods=(pod(report(1)), pod(name="old", ready_since=NOW - 91))), InFlightKnown.HEARTBEATS_LOST),
        (replace(STEADY, pods=(pod(ready_since=NOW - 91),)), InFlightKnown.HEARTBEATS_LOST),
        (replace(UNPOLLED, in_flight=NEVER_THERE), InFlightKnown.WORKERS_NOT_POLLING),
        (UNPOLLED, InFlightKnown.WORKERS_NOT_POLLING),
        (replace(UNPOLLED, task_queues=(*UNPOLLED.task_queues, queue(1))), InFlightKnown.HEARTBEATS_LOST),
    ],
    ids=[
        "no pod",
        "all report",
        "no source",
        "source lost",
        "new pod without",
        "old pod without",
        "all without",
        "none polls, nor reports",
        "none polls, nor reports any more",
        "one queue is polled",
    ],
)
def test_work_in_flight_is_known_while_pods_report(seen: Observation, reason: ConditionReason) -> None:
    """A new pod has time for its first report; after that a pod without a report is a problem."""
    assert in_flight_known(InFlightSource.AUTO, seen, NOW).reason == reason


def test_a_pod_that_stopped_reporting_is_named_with_its_last_report() -> None:
    """Without a readiness probe a worker that hangs stays ready; one that is not has its cause elsewhere."""
    hangs = replace(pod(name="worker-7f9"), has_reported=True, last_report=PastReport(NOW - 185, 8, 10))
    seen = replace(STEADY, pods=(pod(report(1)), hangs))
    found = in_flight_known(InFlightSource.AUTO, seen, NOW)
    assert found.message == (
        "1 of 2 running pods has not reported slots for more than 90 s (worker-7f9): counted as busy. "
        f"worker-7f9 last reported 8 of 10 slots in use 3 min ago. {InFlightKnown.HEARTBEATS_LOST.remedy}"
    )
    unready = replace(hangs, ready_since=None, was_ready=True, unready_since=NOW - 80)
    found = in_flight_known(InFlightSource.AUTO, replace(STEADY, pods=(pod(report(1)), unready)), NOW)
    assert found.message.endswith("3 min ago. Do what the condition CapacityAvailable says.")
