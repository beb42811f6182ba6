"""The yardstick: plans of which one can say by hand what they cost."""

import pytest

from controller.api.model import TaskType
from controller.simulator.oracle import keep_where_cheaper, oracle_plan
from controller.simulator.scenario import Kind
from controller.simulator.scenarios import BEYOND, SCENARIOS, TABLE
from controller.simulator.simulation import draw_tasks
from controller.simulator.tasks import Task
from tests.simulator.small_scenarios import scenario


def test_one_task_costs_its_pod_from_order_to_end() -> None:
    """20 s of start-up and 30 s of work."""
    tasks = [Task(100, 30)]
    plan = oracle_plan(scenario(tasks, start_up_seconds=20), tasks)
    assert (plan.pod_seconds, plan.share_within_objective) == (50, 1)


def test_a_burst_is_spread_over_its_objective() -> None:
    """100 tasks of 5 s within 45 s: ten slots start the last ones just in time."""
    tasks = [Task(10, 5)] * 100
    plan = oracle_plan(scenario(tasks, objective_seconds=45), tasks)
    assert (max(plan.replicas), plan.share_within_objective) == (10, 1)


def test_tasks_longer_than_the_objective_get_a_slot_each() -> None:
    """Ten tasks of 100 s that have to start within 10 s cannot share."""
    tasks = [Task(10, 100)] * 10
    plan = oracle_plan(scenario(tasks, objective_seconds=10, tail_seconds=200), tasks)
    assert (max(plan.replicas), plan.share_within_objective) == (10, 1)


def test_pods_stay_until_their_tasks_end() -> None:
    """Ten tasks of 2.5 s at once, then nothing to do: ten slots for three seconds."""
    tasks = [Task(10, 2.5)] * 10
    plan = oracle_plan(scenario(tasks, objective_seconds=1, start_up_seconds=0), tasks)
    assert plan.replicas[9:14] == (0, 10, 10, 10, 0)


def test_slots_share_pods() -> None:
    """Ten tasks at once, four slots for each pod: three pods."""
    tasks = [Task(10, 100)] * 10
    assert max(oracle_plan(scenario(tasks, slots=4, tail_seconds=200), tasks).replicas) == 3


def test_pollers_limit_what_a_pod_takes() -> None:
    """50 short tasks a second, 2 pollers with a round trip of 0.1 s take 20: three pods."""
    tasks = [Task(second / 50, 0.01) for second in range(50 * 60)]
    plan = oracle_plan(scenario(tasks, slots=100, pollers=2, round_trip_seconds=0.1, objective_seconds=2), tasks)
    assert (max(plan.replicas), plan.share_within_objective) == (3, 1)


def test_no_pods_are_bought_against_a_rate_limit() -> None:
    """One task a second is let through, however many wait: two slots hold tasks of 1.5 s."""
    tasks = [Task(10, 1.5)] * 60
    limited = scenario(tasks, rate_limit_per_second=1, objective_seconds=60)
    assert max(oracle_plan(limited, tasks).replicas) <= 3


def test_kinds_of_tasks_share_the_pods() -> None:
    """Four activities fill two pods for 30 s, one workflow task a third of one for 60 s."""
    tasks = [Task(10, 30)] * 4 + [Task(10, 60, kind=1)]
    beside = (Kind("tasks", TaskType.WORKFLOW, 3),)
    plan = oracle_plan(scenario(tasks, slots=2, beside=beside, objective_seconds=1, start_up_seconds=0), tasks)
    assert (plan.replicas[20], plan.replicas[50], plan.share_within_objective) == (2, 1, 1)


@pytest.mark.parametrize(
    ("start_up_seconds", "kept"),
    [
        pytest.param(3, [2, 2, 2, 0, 0, 0, 1], id="a gap of one second is kept, one of three is not"),
        pytest.param(4, [2, 2, 2, 1, 1, 1, 1], id="and one of three too, when a start costs more"),
        pytest.param(0, [2, 1, 2, 0, 0, 0, 1], id="nothing is kept when starts are free"),
    ],
)
def test_a_pod_is_kept_where_that_is_cheaper_than_another_start(start_up_seconds: float, kept: list[int]) -> None:
    """Each level of the plan has its own gaps."""
    assert keep_where_cheaper([2, 1, 2, 0, 0, 0, 1], start_up_seconds) == kept


@pytest.mark.parametrize(
    "name", [played.name for played in (*TABLE, *BEYOND) if played.name not in {"fast", "poller-limited"}]
)
def test_the_plan_keeps_the_objective_in_the_scenarios_of_the_table(name: str) -> None:
    """A yardstick that misses the objective would be no yardstick."""
    tasks = draw_tasks(SCENARIOS[name], 0)
    plan = oracle_plan(SCENARIOS[name], tasks)
    work = sum(task.service_seconds for task in tasks) / SCENARIOS[name].slots
    assert plan.share_within_objective >= 0.95
    assert sum(plan.replicas) >= 0.99 * work  # a scenario may end before its last long tasks
