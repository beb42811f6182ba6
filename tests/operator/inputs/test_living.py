"""Who of the workers that the server lists for one pod is alive."""

from dataclasses import replace

import pytest

from controller.operator.inputs.living import living
from controller.temporal.workers import WorkerReport
from tests.operator.builders import NOW
from tests.scaling.builders import report


def worker(instance: str, started_at: float | None, reported_at: float, **fields: object) -> WorkerReport:
    """A worker of process 1 with one slot in use."""
    slots = replace(report(1, reported_at=reported_at), worker=instance, worker_started_at=started_at)
    return replace(WorkerReport("a", "1@a", (slots,), sent_at=reported_at), **fields)  # type: ignore[arg-type]


def names(*workers: WorkerReport, container_started_at: float | None = None) -> list[str]:
    """Instances of those that are alive."""
    return [each.instance for each in living(workers, container_started_at, NOW)]


DEAD = worker("dead", NOW - 600, NOW - 30)
BORN = worker("born", NOW - 25, NOW - 2)


def test_a_report_from_before_the_containers_start_is_of_a_dead_process() -> None:
    """However young it is."""
    assert names(DEAD, BORN, container_started_at=NOW - 28) == ["born"]
    assert names(DEAD, container_started_at=NOW - 28) == []
    assert names(DEAD, container_started_at=NOW - 40) == ["dead"]


def test_a_worker_that_missed_its_report_since_another_started_is_dead() -> None:
    """Without a word of Kubernetes: a process that a supervisor restarted, or a restart within one second."""
    other = replace(DEAD, worker_identity="7@a")
    assert names(replace(other, interval_seconds=10.0), BORN) == ["born"]
    assert names(other, BORN) == ["dead", "born"], "it reports every 60 s, and is not late yet"
    assert names(replace(other, sent_at=NOW - 96), BORN) == ["born"]


def test_a_worker_of_the_same_process_id_that_is_left_behind_is_of_an_earlier_process() -> None:
    """A restart that Kubernetes does not show: workers of one process report together."""
    assert names(DEAD, BORN) == ["born"]
    assert names(worker("elder", NOW - 600, NOW - 20), BORN) == ["elder", "born"], "it reported since the other's start"


def test_several_living_workers_of_one_pod_all_count() -> None:
    """A second process that was started later, and two workers of one process."""
    elder = worker("elder", NOW - 600, NOW - 3, interval_seconds=10.0, worker_identity="7@a")
    assert names(elder, BORN) == ["elder", "born"]
    other_queue = worker("other", NOW - 600, NOW - 96)
    other_queue = replace(other_queue, slots=tuple(replace(r, task_queue="bills") for r in other_queue.slots))
    assert names(other_queue, BORN) == ["other", "born"]


def test_a_worker_that_is_listed_twice_counts_once() -> None:
    """With its latest report; pages of a list are no snapshot."""
    twice = worker("one", NOW - 600, NOW - 12), worker("one", NOW - 600, NOW - 2), worker("one", NOW - 600, NOW - 2)
    (alive,) = living(twice, None, NOW)
    assert alive.reported_at == NOW - 2


@pytest.mark.parametrize(("reported_at", "alive"), [(NOW - 60, 1), (NOW - 4, 2)])
def test_workers_that_name_no_start_are_distinguished_by_their_reports(reported_at: float, alive: int) -> None:
    """Workers of one process report together; what is behind is of an earlier process with the same id."""
    assert len(names(worker("", None, reported_at), worker("", None, NOW - 2))) == alive


def test_another_process_without_a_start_is_no_successor() -> None:
    """It has another process id."""
    assert len(names(worker("", None, NOW - 60), worker("", None, NOW - 2, worker_identity="2@a"))) == 2


def test_a_worker_that_drains_is_not_taken_for_late() -> None:
    """Its last two reports came right after each other, when it was asked to stop."""
    draining = worker("draining", NOW - 600, NOW - 30, is_stopping=True, interval_seconds=0.5, worker_identity="7@a")
    assert names(draining, BORN) == ["draining", "born"]
