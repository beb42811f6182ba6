"""The observation: what Temporal says of workers joined with the pods they run in."""

from controller.api.model import TaskType
from controller.operator.observe import IN_FLIGHT_SOURCE, observe
from controller.scaling.observation import TaskQueueObservation
from controller.temporal.reader import TemporalReading
from tests.operator.builders import NOW, deployment, pod, worker
from tests.scaling.builders import LOST, report, statistics

KEY = ("orders", TaskType.ACTIVITY)
READ = {KEY: statistics(3)}


def test_a_worker_is_found_by_the_host_name_of_its_pod() -> None:
    """Workers elsewhere on the same queue are not this Deployment's."""
    mine, other = report(4, reported_at=NOW), report(9, reported_at=NOW)
    reading = TemporalReading(READ, (worker("a", mine), worker("laptop", other)), None)
    seen = observe(deployment(), [pod("a"), pod("b")], {KEY: 10}, reading, NOW)
    assert [p.slots for p in seen.pods] == [(mine,), ()]
    assert seen.in_flight == IN_FLIGHT_SOURCE
    assert seen.task_queues == (TaskQueueObservation(*KEY, READ[KEY], 10),)


def test_a_pod_with_two_workers_has_the_reports_of_both() -> None:
    """One process may poll several queues."""
    first, second = report(1, reported_at=NOW), report(2, name="bills", reported_at=NOW)
    reading = TemporalReading(READ, (worker("a", first), worker("a", second)), None)
    seen = observe(deployment(), [pod("a")], {KEY: 10}, reading, NOW)
    assert seen.pods[0].slots == (first, second)


def test_a_report_from_before_the_pod_is_not_the_pods() -> None:
    """A namesake that is gone still shows for minutes."""
    old = report(4, reported_at=NOW - 200)
    seen = observe(deployment(), [pod("a")], {KEY: 10}, TemporalReading(READ, (worker("a", old),), None), NOW)
    assert seen.pods[0].slots == ()


def test_lost_workers_make_work_in_flight_unknown() -> None:
    """Not zero, and not idle."""
    seen = observe(deployment(), [pod("a")], {KEY: 10}, TemporalReading(READ, LOST, None), NOW)
    assert seen.in_flight is LOST
