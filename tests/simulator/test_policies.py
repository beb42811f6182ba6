"""The simulator as a whole: the same seed gives the same run, and all policies get the same tasks."""

from random import Random

import pytest

from bench.policies import POLICIES
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.start_up import StartUp
from controller.simulator.policy import GivenStartUp, TemporalWorkerPools
from controller.simulator.pool import PoolError, in_scenario, of_one_queue, pool_spec
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import draw_tasks, simulate
from controller.simulator.tasks import TraceError, lognormal, pareto, points, read_trace, steps


def test_the_same_seed_gives_the_same_run() -> None:
    """Down to the last wait."""
    scenario = SCENARIOS["steady"]
    assert simulate(scenario, TemporalWorkerPools.of(scenario), "ours", 1) == simulate(
        scenario, TemporalWorkerPools.of(scenario), "ours", 1
    )


def test_another_seed_draws_the_scenario_anew() -> None:
    """Other tasks."""
    assert draw_tasks(SCENARIOS["steady"], 1) != draw_tasks(SCENARIOS["steady"], 2)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_plays_a_scenario_to_its_end(policy: str) -> None:
    """Each attempt has a wait, and the pods are within the bounds of the scenario."""
    scenario = SCENARIOS["rate-limited"]
    outcome = simulate(scenario, POLICIES[policy](scenario), policy)
    assert len(outcome.waits) >= len(draw_tasks(scenario, 0))
    assert 0 < max(sample.replicas for sample in outcome.samples) <= scenario.max_replicas
    assert outcome.pod_seconds * scenario.slots > outcome.work_seconds


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_tasks_of_a_scenario_are_in_the_order_of_time(name: str) -> None:
    """And there are some, each with some work."""
    tasks = draw_tasks(SCENARIOS[name], 0)
    assert tasks == sorted(tasks, key=lambda task: task.arrives_at)
    assert min(task.service_seconds for task in tasks) > 0


def test_distributions_have_their_mean() -> None:
    """To within a few percent in 100,000 draws; that of the Pareto distribution has a heavy tail."""
    random = Random(1)
    assert sum(lognormal(4, 1)(random) for _ in range(100_000)) / 100_000 == pytest.approx(4, rel=0.03)
    assert sum(pareto(5, 3)(random) for _ in range(100_000)) / 100_000 == pytest.approx(5, rel=0.03)


def test_rates_are_steps_or_lines() -> None:
    """By the time."""
    assert [steps((0, 2), (10, 5))(time) for time in (0, 9.9, 10, 99)] == [2, 2, 5, 5]
    assert [points((0, 2), (10, 4), (20, 4))(time) for time in (0, 5, 15, 21)] == [2, 3, 4, 0]


def test_a_trace_is_read_as_it_is_written() -> None:
    """The first time is the start; other columns do not matter."""
    assert read_trace(["time_seconds,source,tasks", "100,a,2", "100.5,b,0", "130,c,1"]) == [0, 0, 30]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["time,tasks", "1,1"], "no column time_seconds"),
        (["time_seconds,tasks", "1,two"], "line 2 of the trace has '1','two'"),
        (["time_seconds,tasks", "1"], "line 2"),
        (["time_seconds,tasks", "1,-1"], "negative"),
        (["time_seconds,tasks", "nan,1"], "line 2"),
        (["time_seconds,tasks", "5,1", "4,1"], "line 3 of the trace goes back"),
        (["time_seconds,tasks"], "no tasks"),
        (["time_seconds,tasks", "1,90000000"], "more than"),
    ],
)
def test_a_bad_trace_says_which_line_and_what_to_do(lines: list[str], message: str) -> None:
    """Never a traceback."""
    with pytest.raises(TraceError, match=message):
        read_trace(lines)


def pool(*tasks: dict[str, object]) -> TemporalWorkerPoolSpec:
    """A pool with these tasks in one queue."""
    manifest = pool_spec(SCENARIOS["steady"]).to_manifest()
    return TemporalWorkerPoolSpec.from_manifest({**manifest, "taskQueues": [{"name": "orders", "tasks": list(tasks)}]})


def test_a_pool_plays_the_scenario_with_its_own_numbers() -> None:
    """Slots, bounds, objective and interval are the pool's; the troubles are the scenario's."""
    spec = pool({"type": "Workflow", "slots": 3}, {"type": "Activity", "slots": 7})
    spec = spec.model_copy(update={"min_replicas": 2, "max_replicas": 9, "polling_interval_seconds": 30})
    scenario = in_scenario(of_one_queue(spec), SCENARIOS["rate-limited"])
    assert (scenario.task_queue, scenario.task_type, scenario.slots) == ("orders", "Activity", 7)
    assert (scenario.min_replicas, scenario.max_replicas, scenario.initial_replicas) == (2, 9, 2)
    assert (scenario.objective_seconds, scenario.poll_seconds, scenario.rate_limit_per_second) == (5, 30, 10)


def test_the_queue_of_a_pool_can_be_chosen() -> None:
    """By its name and type."""
    spec = pool({"type": "Workflow", "slots": 3}, {"type": "Activity", "slots": 7})
    assert in_scenario(of_one_queue(spec, "orders/Workflow"), SCENARIOS["steady"]).slots == 3


@pytest.mark.parametrize(
    ("task", "name", "message"),
    [
        ({"type": "Activity", "slots": 7}, "orders/Nexus", "the pool has no orders/Nexus: choose from orders/Activity"),
        ({"type": "Activity", "slotsEnvVar": "SLOTS"}, None, "does not set the slots of orders/Activity"),
    ],
)
def test_a_pool_that_cannot_be_simulated_says_why(task: dict[str, object], name: str | None, message: str) -> None:
    """And what to do."""
    with pytest.raises(PoolError, match=message):
        of_one_queue(pool(task), name)


@pytest.mark.parametrize(
    ("learned", "given", "cost"),
    [
        (StartUp(), 10, 12),
        (StartUp(mean_seconds=40, node_seconds=5, count=20), 10, 17),
        (StartUp(), 0.5, 1.2),
        (StartUp(mean_seconds=40, node_seconds=5, count=20), None, 53),
        (StartUp(), None, 10),
    ],
)
def test_a_start_up_that_the_simulator_gives_counts_instead_of_the_learned_one(
    learned: StartUp, given: float | None, cost: float
) -> None:
    """With the same margin, and never less than a second; what pods wait for a node is learned all the same."""
    assert GivenStartUp.of(learned, given).cost_seconds == pytest.approx(cost)
