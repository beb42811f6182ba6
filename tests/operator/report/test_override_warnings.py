"""Warnings about an override that may have been forgotten."""

from controller.api.overrides import FixedReplicas, LeastReplicas, Override, Overrides, Pause
from controller.api.status import OverrideStatus
from controller.operator.passes import PassResult
from controller.operator.report.override_warnings import (
    LATE_AGAIN_SECONDS,
    LONG_SECONDS,
    Warned,
    override_warnings,
)
from controller.operator.report.overrides import override_status
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory
from tests.operator.builders import NOW, deployment, pool
from tests.scaling.builders import observation, pods, queue, spec, statistics

POOL = pool()
SOON, FAR = NOW + 10 * LATE_AGAIN_SECONDS, NOW + 10 * LONG_SECONDS
BY_JO = Pause(SOON, "migration", "jo")


def overrides(override: Override | None) -> Overrides:
    """As the annotations of a pool say it."""
    return Overrides(
        pause=override if isinstance(override, Pause) else None,
        fixed=override if isinstance(override, FixedReplicas) else None,
        least=override if isinstance(override, LeastReplicas) else None,
    )


class Watched:
    """A pool of 2 replicas whose passes may warn."""

    def __init__(self, known: OverrideStatus | None = None) -> None:
        self.warned, self.known = Warned(), known

    def notes(
        self, override: Override | None, *, at: float = NOW, age: float = 0.0, objective: object = None
    ) -> list[str]:
        """Reasons and notes of the warnings of one more pass, in which the oldest of 90 tasks has waited so long."""
        waiting = queue(statistics(90 if age else 0, age_seconds=age, read_at=at))
        seen = observation(waiting, replicas=2, pods=pods(2, used=10))
        pool_spec = spec(objective=objective or {"scheduleToStartSeconds": 15})
        situation = Situation(pool_spec, seen, Memory(busy_at=NOW), at, overrides=overrides(override))
        result = PassResult.of(situation, deployment(replicas=2))
        self.warned, events = override_warnings(POOL, result, self.warned, self.known)
        return [f"{event.type} {event.reason}: {event.note}" for event in events]


def test_tasks_that_run_late_during_a_pause_are_a_warning_once_and_again_each_hour() -> None:
    """It says who paused it, why, what waits, what would be done, and how to end it."""
    watched = Watched()
    assert watched.notes(BY_JO) == watched.notes(BY_JO, age=14) == []
    (note,) = watched.notes(BY_JO, age=32)
    assert note.startswith("Warning LateWhileOverridden: Paused until ")
    assert "(jo: migration). A task of orders/Activity has waited for 32 s; " in note
    assert note.endswith(f" recommended, 2 there. To end it now: `kubectl annotate twp -n {POOL.key[0]} {POOL.key[1]} "
                         "workerpools.dev/paused-until-`.")  # fmt: skip
    assert watched.notes(BY_JO, age=90, at=NOW + LATE_AGAIN_SECONDS - 1) == []
    assert len(watched.notes(BY_JO, age=90, at=NOW + LATE_AGAIN_SECONDS)) == 1


def test_another_pause_is_another_warning() -> None:
    """Its author may not know of the first."""
    watched = Watched()
    assert len(watched.notes(BY_JO, age=32)) == 1
    assert len(watched.notes(Pause(SOON + 60), age=32, at=NOW + 10)) == 1
    assert watched.notes(None, age=32, at=NOW + 20) == []


def test_only_what_the_override_holds_back_is_its_fault() -> None:
    """Not what has more replicas than the work asks for, nor a least number."""
    assert len(Watched().notes(FixedReplicas(2, SOON), age=32)) == 1
    assert Watched().notes(FixedReplicas(20, SOON), age=32) == []
    assert Watched().notes(LeastReplicas(2, SOON), age=32) == []


def test_an_objective_without_a_time_warns_of_replicas_that_its_backlog_asks_for() -> None:
    """It has no late tasks."""
    (note,) = Watched().notes(BY_JO, age=1, objective={"backlogPerReplica": 5})
    assert "(jo: migration). " in note
    assert " recommended, 2 there. " in note


def test_an_end_of_more_than_a_day_from_now_is_a_warning_once_and_again_each_day() -> None:
    """A typing error in the year pauses a pool for long."""
    watched = Watched()
    assert watched.notes(Pause(NOW + LONG_SECONDS)) == []
    (note,) = watched.notes(Pause(FAR))
    assert note.startswith("Warning LongOverride: Paused until ")
    assert "That is 10d from now." in note
    assert watched.notes(Pause(FAR), at=NOW + LONG_SECONDS - 1) == []
    assert len(watched.notes(Pause(FAR), at=NOW + LONG_SECONDS)) == 1


def test_a_restart_of_the_operator_does_not_warn_of_the_same_end_again() -> None:
    """Status shows that the one before knew it."""
    known = override_status(overrides(Pause(FAR)), NOW)
    assert Watched(known).notes(Pause(FAR)) == []
    assert len(Watched(known).notes(Pause(FAR + 60))) == 1
