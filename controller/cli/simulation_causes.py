"""Why a simulated pool missed its objective: the same tasks with one of its settings changed at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.text import counted, number
from controller.simulator.outcome import KEPT_SHARE, Outcome
from controller.simulator.policy import TemporalWorkerPools
from controller.simulator.pool import in_scenario
from controller.simulator.scenario import Scenario
from controller.simulator.simulation import simulate

MORE = 10
"""By how much `maxReplicas` is raised in a trial."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The pool with one change."""

    change: str
    outcome: Outcome


def trials(spec: TemporalWorkerPoolSpec, scenario: Scenario, seed: int) -> Iterator[Trial]:
    """Plays the same tasks with other settings; `scenario` is that of the pool."""
    most, least = spec.max_replicas, spec.min_replicas
    changes = {
        f"minReplicas {most} (now {least})": {"min_replicas": most},
        f"maxReplicas {MORE * most} (now {most})": {"max_replicas": MORE * most},
        f"both {MORE * most}": {"min_replicas": MORE * most, "max_replicas": MORE * most},
    }
    for change, fields in changes.items():
        other = spec.model_copy(update=fields)
        yield Trial(change, _played(other, in_scenario(other, scenario), seed))
    quick = replace(in_scenario(spec, scenario), start_up_seconds=1.0)
    change = f"--start-up-seconds 1 (now {number(scenario.start_up_seconds)})"
    yield Trial(change, _played(spec, quick, seed))


def _played(spec: TemporalWorkerPoolSpec, scenario: Scenario, seed: int) -> Outcome:
    return simulate(scenario, TemporalWorkerPools(spec, scenario.poll_seconds), "this pool", seed)


def causes(scenario: Scenario, outcome: Outcome, found: list[Trial]) -> Iterator[str]:
    """The lines below the table, for a pool that missed its objective."""
    yield f"Why this pool started {outcome.share_within_objective:.1%} in time:"
    start, objective = scenario.start_up_seconds, scenario.objective_seconds
    if start > objective:
        yield (
            f"  A replica takes {number(start)} s to start, and the objective is {number(objective)} s: a task that "
            "finds no free slot is late, whatever is decided. Keep replicas (minReplicas, schedules) or allow it."
        )
    slots = scenario.max_replicas * scenario.slots
    yield f"  At maxReplicas {scenario.max_replicas} {counted(slots, 'task')} run at once."
    yield "  With one setting changed, the same tasks start in time:"
    for trial in found:
        kept = "" if trial.outcome.kept else f" (still below {KEPT_SHARE:.0%})"
        yield f"    {trial.change:38} {trial.outcome.share_within_objective:7.1%}{kept}"
