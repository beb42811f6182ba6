"""The numbers of a run."""

import math

import pytest

from bench.real.recording import Attempt, Pod, Recording, ReplicaChange, Task
from bench.real.result import percentile, pod_seconds, reaction, result, reversals, to_zero


def task(arrived: float, start: float, end: float) -> Task:
    """A task that one attempt did."""
    return Task(arrived, end - start, (Attempt(start, end),))


CHANGES = [ReplicaChange(0, 0), ReplicaChange(6, 3), ReplicaChange(40, 1), ReplicaChange(70, 0)]


def test_a_percentile_is_a_value_that_was_there() -> None:
    """The smallest that is enough: nearest rank."""
    values = [4.0, 1.0, 3.0, 2.0]
    assert [percentile(values, share) for share in (0, 0.25, 0.5, 0.51, 0.95, 1)] == [1, 1, 2, 3, 4, 4]


def test_a_run_in_numbers() -> None:
    """Of three tasks one is late, one is cut short and done again, one never starts."""
    tasks = [
        Task(1, 2, (Attempt(7, 9),)),
        Task(1, 2, (Attempt(20, 21, cancelled=True), Attempt(22, 24))),
        Task(2, 2, ()),
    ]
    numbers = result(Recording(tasks, [Pod(6, 7, 40, 42)], CHANGES), objective_seconds=15, start_seconds=4)
    assert (numbers.tasks, numbers.unfinished, numbers.cut_short) == (3, 1, 1)
    assert (numbers.p50, numbers.p95) == (19, math.inf)
    assert numbers.share_within == pytest.approx(1 / 3)
    assert numbers.lost
    assert (numbers.pod_seconds, numbers.lower_bound) == (36, 1.5)
    assert (numbers.reaction, numbers.to_zero, numbers.reversals) == (5, 48, 0)


def test_an_attempt_whose_end_was_not_seen_is_not_done() -> None:
    """A worker that was killed writes nothing down; the next attempt counts one that was cut short."""
    killed = Task(0, 2, (Attempt(1), Attempt(9, 11)))
    running = Task(0, 2, (Attempt(1),))
    numbers = result(Recording([killed, running], [], []), objective_seconds=15, start_seconds=4)
    assert (numbers.unfinished, numbers.cut_short) == (1, 1)


def test_workflow_tasks_wait_too_but_are_no_work() -> None:
    """They take milliseconds on slots of their own."""
    tasks = [Task(0, 0.01, (Attempt(30, 30.01),), "Workflow"), task(0, 1, 5)]
    numbers = result(Recording(tasks, [], []), objective_seconds=15, start_seconds=4)
    assert numbers.share_within == 0.5
    assert numbers.lower_bound == 1


def test_a_task_that_starts_just_within_the_objective_is_in_time() -> None:
    """Within means at most."""
    assert result(Recording([task(1, 16, 18)], [], []), objective_seconds=15, start_seconds=4).share_within == 1


def test_a_pod_costs_from_its_creation_until_it_is_gone() -> None:
    """Not before the load begins, and to the end where it was not seen to go."""
    assert pod_seconds([Pod(-10, -6, 20, 25), Pod(5, None, None, None)], end=30) == 25 + 25


def test_the_reaction_is_the_first_order_of_any_replica() -> None:
    """Replicas that were there before make it 0; without any change there is none."""
    tasks = [task(2, 8, 9), task(4, 8, 9)]
    assert reaction(tasks, CHANGES) == 4
    assert reaction(tasks, [ReplicaChange(0, 10), *CHANGES]) == 0
    assert reaction(tasks, CHANGES[:1]) is None


def test_the_way_to_zero_counts_from_the_last_dispatch() -> None:
    """That of a second attempt, too; `None` while replicas are there."""
    assert to_zero([task(0, 8, 9), Task(0, 2, (Attempt(7), Attempt(20, 22)))], CHANGES) == 50
    assert to_zero([task(0, 8, 9)], CHANGES[:-1]) is None


def test_a_reversal_is_a_change_of_mind_within_a_start() -> None:
    """Up and down again, or down and up; not in the same direction, and not later."""
    assert (
        reversals(
            [ReplicaChange(0, 0), ReplicaChange(5, 9), ReplicaChange(8, 4), ReplicaChange(20, 9)], within_seconds=4
        )
        == 1
    )
    assert (
        reversals(
            [ReplicaChange(0, 0), ReplicaChange(5, 9), ReplicaChange(8, 14), ReplicaChange(13, 2)], within_seconds=4
        )
        == 0
    )
