"""`twp compare`: of simulated hours, whose truth is known, the scores are close to it; what is not known is said."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner, Result

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from controller.cli.migrate.compare import Comparison, comparison
from controller.simulator.baselines import HpaOnCpu, Keda
from controller.simulator.outcome import Outcome
from controller.simulator.policy import TemporalWorkerPools
from controller.simulator.scenario import MEASURED, Scenario
from controller.simulator.simulation import simulate
from controller.simulator.tasks import Task, exponential, poisson, served, steps
from tests.cli.migrate.recorded_hours import hours_beside

OBJECTIVE_SECONDS = 15


def tasks(random: Random) -> list[Task]:
    """A load that doubles and falls again, of tasks of 4 s."""
    rate = steps((0, 1.0), (300, 5.0), (600, 0.5))
    return served(random, poisson(random, rate, 900, 5.0), exponential(4))


SCENARIO = Scenario(
    "up and down",
    "",
    tasks,
    slots=4,
    objective_seconds=OBJECTIVE_SECONDS,
    start_up_seconds=8,
    servers=MEASURED,
    max_replicas=20,
    idle_seconds=300,
    poll_seconds=15,
    tail_seconds=200,
)


@cache
def beside(scaler: str) -> tuple[Outcome, tuple[str, ...]]:
    """The truth under another scaler, and the recording of the pool beside it."""
    truth, lines = hours_beside(SCENARIO, HpaOnCpu(SCENARIO) if scaler == "hpa" else Keda(SCENARIO))
    return truth, tuple(lines)


@cache
def compared(scaler: str) -> Comparison:
    """The scores of these hours."""
    return comparison(list(beside(scaler)[1]))


def run(folder: Path, lines: Sequence[str], *arguments: str) -> Result:
    """What the command prints of a recording."""
    (folder / "prod.orders.jsonl").write_text("".join(lines))
    return CliRunner().invoke(app, ["compare", "orders", "--recording", str(folder), *arguments])


@pytest.mark.parametrize("scaler", ["hpa", "keda"])
def test_the_measured_score_is_that_of_the_other_scaler(scaler: str) -> None:
    """Its pod-seconds closely; its share in time as the backlog shows it (docs/objective.md)."""
    truth, there = beside(scaler)[0], compared(scaler).there
    assert there.pod_seconds == pytest.approx(truth.pod_seconds, rel=0.03)
    assert there.share == pytest.approx(truth.share_within_objective, abs=0.1)
    assert there.at_risk == pytest.approx(truth.at_risk, abs=10)
    assert there.most == max(sample.replicas for sample in truth.samples)


@pytest.mark.parametrize("scaler", ["hpa", "keda"])
def test_the_simulated_score_of_the_pool_is_close_to_what_the_pool_would_have_had(scaler: str) -> None:
    """Which the scenario with the pool in charge gives; of the recording nothing but the polls of the other scaler."""
    truth = simulate(SCENARIO, TemporalWorkerPools.of(SCENARIO), "pool")
    found = compared(scaler)
    assert found.pool_again is not None
    assert found.pool_again.share == pytest.approx(truth.share_within_objective, abs=0.05)
    assert found.pool_again.pod_seconds == pytest.approx(truth.pod_seconds, rel=0.3)


def test_the_simulator_shows_what_was_measured() -> None:
    """Else nothing would be said of the pool."""
    assert compared("keda").is_reproduced


def test_replicas_that_do_not_explain_the_waits_prove_nothing(tmp_path: Path) -> None:
    """A replica has fewer slots, by the recording, than it had: simulated tasks then wait for longer than real ones."""
    few = [line.replace('"slots_per_replica":4', '"slots_per_replica":1') for line in beside("keda")[1]]
    result = run(tmp_path, few)
    assert result.exit_code == ExitStatus.UNKNOWN
    assert "the last column proves nothing" in result.stdout


def test_tasks_are_counted_as_they_came() -> None:
    """By the server's rates."""
    assert compared("keda").tasks == pytest.approx(len(beside("keda")[0].waits), rel=0.05)


def test_the_table_has_both_scores_and_what_is_not_known(tmp_path: Path) -> None:
    """What was recommended was never there, so of it only the replicas are known."""
    result = run(tmp_path, beside("keda")[1])
    assert result.exit_code == 0, result.output
    head, _, header, share, pods, risk, cut, *rest = result.stdout.splitlines()
    assert head.startswith("prod/orders, 1970-01-01T")
    assert header.split("  ")[-1].strip() == "POOL, SIMULATED"
    assert share.startswith("started within 15 s")
    assert [" %" in share, "-" in share] == [True, True]
    assert pods.startswith("pod-seconds")
    assert risk.startswith("attempts at risk")
    assert cut.startswith("of them cut short")
    assert rest[-1].startswith("Simulated: tasks come evenly between two polls")


def test_programs_get_the_same_numbers(tmp_path: Path) -> None:
    """With the objective that was asked for."""
    result = run(tmp_path, beside("keda")[1], "-o", "json", "--schedule-to-start", "60")
    found = json.loads(result.stdout)
    assert (found["pool"], found["scheduleToStartSeconds"]) == ("prod/orders", 60)
    assert found["there"]["podSeconds"] == round(compared("keda").there.pod_seconds)
    assert found["there"]["startedInTimePercent"] >= 99
    assert found["recommended"]["startedInTimePercent"] is None


def test_a_pool_with_a_backlog_as_objective_needs_a_time(tmp_path: Path) -> None:
    """By which both are judged; the pool decides by its own objective all the same."""
    lines = hours_beside(SCENARIO, Keda(SCENARIO), objective={"backlogPerReplica": 5})[1]
    result = run(tmp_path, lines)
    assert result.exit_code == ExitStatus.USAGE
    assert "--schedule-to-start" in result.stderr
    found = comparison(lines, OBJECTIVE_SECONDS)
    assert found.there.share == pytest.approx(beside("keda")[0].share_within_objective, abs=0.1)
    assert found.pool_again is not None
    assert found.pool_again.most <= 20


def test_a_gap_ends_the_hours_that_are_compared() -> None:
    """The longest stretch counts, and what is left out is said."""
    lines = list(beside("keda")[1])
    polls = [line for line in lines if '"kind":"poll"' in line]
    cut = [lines[0], *polls[:40], *polls[52:]]
    found = comparison(cut)
    whole = compared("keda").hours.seconds
    assert found.hours.seconds < whole / 2 + 200
    assert any("left out: a gap or another mode" in note for note in found.notes)


def test_where_the_slots_are_not_known_nothing_is_simulated(tmp_path: Path) -> None:
    """And the status is that of what is not known."""
    unknown = '"slots_per_replica":{"cause":"NeverThere","message":"none reported"}'
    lines = [line.replace('"slots_per_replica":4', unknown) for line in beside("keda")[1]]
    assert lines != list(beside("keda")[1])
    result = run(tmp_path, lines)
    assert result.exit_code == ExitStatus.UNKNOWN, result.output
    assert "The slots of a replica are not known, so nothing was simulated" in result.stdout


def test_a_pool_that_scaled_by_itself_is_said() -> None:
    """Then there is no other scaler to compare it to."""
    lines = hours_beside(SCENARIO, TemporalWorkerPools.of(SCENARIO), mode="Auto")[1]
    assert comparison(lines).notes[0] == "mode was Auto: what was there was set by this pool itself."


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "the recording has no pool"),
        ('{"kind":"start"', "can't be read"),
        ('{"kind":"start","spec":{}}\n', "can't be read"),
    ],
)
def test_what_is_no_recording_is_one_line(tmp_path: Path, text: str, error: str) -> None:
    """With what is wrong."""
    result = run(tmp_path, [text])
    assert (result.exit_code, result.stdout) == (ExitStatus.USAGE, "")
    assert error in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_folder_with_several_such_pools_needs_a_namespace(tmp_path: Path) -> None:
    """And one without says so."""
    (tmp_path / "shop.orders.jsonl").write_text("")
    result = run(tmp_path, beside("keda")[1])
    assert result.exit_code == ExitStatus.USAGE
    assert "choose a namespace with -n: prod.orders.jsonl, shop.orders.jsonl" in result.stderr
    assert run(tmp_path, beside("keda")[1], "-n", "prod").exit_code == 0
