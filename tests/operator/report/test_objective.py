"""The condition ObjectiveMet: whether tasks start in time, what is in the way, and how many replicas would do."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from controller.api.condition_reasons import ObjectiveMet
from controller.api.status import Condition, ObjectiveSource, ObjectiveStatus, TemporalWorkerPoolStatus
from controller.operator.passes import ConditionUpdate
from controller.operator.report.objective import objective_met, objective_status
from controller.operator.report.status import attainment_of, judged
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.memory import Memory
from controller.scaling.objective.attainment import Attainment, JudgedSpan
from controller.scaling.objective.started_tasks import Bucket, StartedTasks
from controller.scaling.observation import Blocker, Observation
from controller.scaling.reasons import Rule, StepReason
from tests.operator.builders import conditions
from tests.scaling.builders import LOST, NOW, observation, pod, pods, queue, spec, statistics

OBJECTIVE: dict[str, Any] = {"objective": {"scheduleToStartSeconds": 15}, "taskDurationSeconds": {"typical": 4.0}}
LATE = queue(statistics(600, age_seconds=40, add_rate=20))
WAITS = queue(statistics(6, age_seconds=2))


def decided(
    seen: Observation, demand: int, start_up_seconds: float | None = None, **changes: Any
) -> tuple[Situation, Decision]:
    """What is decided if the work asks for so many replicas, which is what the rules before the limits say."""
    start_up = StartUp() if start_up_seconds is None else StartUp(mean_seconds=start_up_seconds, count=1)
    situation = Situation(spec(**OBJECTIVE, **changes), seen, Memory(start_up=start_up), NOW)
    decision = decide(situation.spec, seen, situation.memory, NOW)
    asked = Step(Rule.DEMAND, StepReason.SCHEDULE_TO_START, "The work asks for them.", seen.replicas, demand)
    others = (step for step in decision.steps if step.rule != Rule.DEMAND)
    desired = min(demand, situation.spec.max_replicas)
    return situation, replace(decision, steps=(asked, *others), needed=demand, desired_replicas=desired)


def _found(seen: Observation, demand: int = 2, known: Attainment | None = None, **changes: Any) -> ConditionUpdate:
    situation, decision = decided(seen, demand, **changes)
    attainment, _ = (known or Attainment()).observe(seen, decision.memory.queues, 15)
    return objective_met(situation, decision, attainment, ())


def _busy(count: int) -> Any:
    return pods(count, used=10)


STARTING = observation(LATE, replicas=2, pods=(*_busy(1), pod(name="new", ready_since=None)))
HELD_BACK = queue(statistics(600, age_seconds=40, rate_limiting_active=True))
BLOCKED = replace(pod(name="new", ready_since=None), blocker=Blocker("ImagePullBackOff", "no such image"))


FROZEN = replace(pod(name="froze", ready_since=None), was_ready=True, unready_since=NOW - 90)
IN_THE_WAY: list[tuple[Observation, int, dict[str, Any], ObjectiveMet]] = [
    (observation(WAITS, replicas=2, pods=_busy(2)), 2, {}, ObjectiveMet.STARTED_IN_TIME),
    (observation(queue(0)), 0, {}, ObjectiveMet.STARTED_IN_TIME),
    (observation(LATE, replicas=20, pods=_busy(20)), 21, {}, ObjectiveMet.AT_MAX_REPLICAS),
    (observation(HELD_BACK, replicas=2, pods=_busy(2)), 2, {}, ObjectiveMet.RATE_LIMITED),
    (observation(LATE, replicas=2, pods=(*_busy(1), BLOCKED)), 9, {}, ObjectiveMet.CAPACITY_MISSING),
    (STARTING, 2, {"start_up_seconds": 40.0}, ObjectiveMet.START_UP_TOO_SLOW),
    (STARTING, 2, {"start_up_seconds": 4.0}, ObjectiveMet.STARTING),
    (observation(LATE, replicas=2, pods=(*_busy(1), FROZEN)), 2, {}, ObjectiveMet.CAPACITY_MISSING),
    (observation(LATE, replicas=1, pods=_busy(1)), 5, {"mode": "Recommend"}, ObjectiveMet.PAUSED),
    (observation(LATE, replicas=9, pods=_busy(9)), 9, {}, ObjectiveMet.CAUSE_UNKNOWN),
    (observation(queue(LOST)), 0, {}, ObjectiveMet.STATISTICS_UNKNOWN),
]


@pytest.mark.parametrize(
    ("seen", "demand", "changes", "reason"),
    IN_THE_WAY,
    ids=lambda value: str(value) if isinstance(value, ObjectiveMet) else "",
)
def test_the_reason_says_what_is_in_the_way(
    seen: Observation, demand: int, changes: dict[str, Any], reason: ObjectiveMet
) -> None:
    """The first thing that can be fixed."""
    assert _found(seen, demand, **changes).reason == reason


def test_a_rate_limit_is_named_also_where_slots_are_unknown() -> None:
    """Nothing is known then of what the queue needs, and the server reports the limit all the same."""
    seen = observation(HELD_BACK, replicas=2, pods=_busy(2))
    late, _ = Attainment().observe(seen, decided(seen, 2)[1].memory.queues, 15)
    situation, decision = decided(replace(seen, task_queues=(replace(HELD_BACK, slots_per_replica=LOST),)), 2)
    assert objective_met(situation, decision, late, ()).reason == ObjectiveMet.RATE_LIMITED


def test_a_paused_pool_says_so() -> None:
    """Another scaler has the Deployment."""
    seen = replace(observation(LATE, replicas=1, pods=_busy(1)), contenders=("HPA x scales it, too.",))
    assert _found(seen, 5).reason == ObjectiveMet.PAUSED


def test_the_message_names_the_share_and_the_replicas_that_would_do() -> None:
    """Before maxReplicas and all other limits."""
    seen = observation(LATE, replicas=20, pods=_busy(20))
    known = Attainment(15.0, NOW - 3600, (JudgedSpan(NOW - 300, 400.0, 400.0),))
    message = _found(seen, 97, known).message
    assert "started within 15 s in the last 60 min (95 % should), by the backlog." in message
    assert "The oldest waiting task has waited for 40 s." in message
    assert "97 replicas would meet it (now 20, recommended 20)." in message


def _by_sdk(bucket: Bucket | None, tasks: float = 400.0) -> str:
    """What is said where so many of 400 tasks are judged by histograms with this bucket."""
    started = {"orders/Activity": StartedTasks(judges=True, bucket=bucket, reported_at=NOW)}
    known = Attainment(15.0, NOW - 3600, (JudgedSpan(NOW - 300, 400.0, 390.0, tasks),), started=started)
    situation, decision = decided(observation(queue(0), replicas=2, pods=pods(2)), 2)
    return objective_met(situation, decision, known, ()).message


def test_the_message_names_the_source_and_how_exact_the_share_is() -> None:
    """By the bucket that the objective falls into; a mixture of sources is named."""
    exact = "About 97.5 % of 400 tasks started within 15 s in the last 60 min (95 % should), by the SDK's"
    assert _by_sdk(Bucket(10, 15)).startswith(exact)
    assert "bucket" not in _by_sdk(Bucket(10, 15))
    coarse = "Waits of 10 to 100 s share one bucket of the SDK's histogram and are divided by an estimate"
    assert coarse in _by_sdk(Bucket(10, 100))
    assert _by_sdk(Bucket(5, inf)).startswith("At least 97.5 % of 400 tasks")
    assert "Waits of 5 s and longer" in _by_sdk(Bucket(5, inf))
    assert "25 % of them by the SDK's schedule-to-start latency and the others by the backlog" in _by_sdk(None, 100.0)


def _previous(reason: ObjectiveMet) -> tuple[Condition, ...]:
    return conditions(ConditionUpdate(reason, "Then."))


def test_what_was_in_the_way_stays_the_reason_until_it_has_left_the_window() -> None:
    """All is well now, but the hour is not."""
    seen = observation(queue(0), replicas=2, pods=pods(2))
    situation, decision = decided(seen, 2)
    bad = Attainment(15.0, NOW - 3600, (JudgedSpan(NOW - 300, 100.0, 90.0),))
    said = objective_met(situation, decision, bad, _previous(ObjectiveMet.AT_MAX_REPLICAS))
    assert said.reason == ObjectiveMet.AT_MAX_REPLICAS
    assert "None is late now." in said.message
    assert objective_met(situation, decision, bad, ()).reason == ObjectiveMet.CAUSE_UNKNOWN
    well = replace(bad, spans=(JudgedSpan(NOW - 300, 100.0, 96.0),))
    assert objective_met(situation, decision, well, _previous(ObjectiveMet.AT_MAX_REPLICAS)).reason.status == "True"


def test_a_slow_start_is_reported_while_all_is_well() -> None:
    """The next rise of the load will not be met in time."""
    seen = observation(WAITS, replicas=1, pods=pods(1, used=1))
    assert "a rise of the load finds only what runs already" in _found(seen, start_up_seconds=90.0).message


def test_the_status_of_a_pool_without_such_an_objective_has_no_share() -> None:
    """Nor one that is left of another spec."""
    before = TemporalWorkerPoolStatus(objective=ObjectiveStatus(window_seconds=300, source=ObjectiveSource.BACKLOG))
    assert judged(before, Attainment(), NOW).objective is None


def test_the_status_has_the_share_and_what_a_restart_needs() -> None:
    """In per cent with one digit; the window grows up to an hour."""
    known = Attainment(15.0, NOW - 700, (JudgedSpan(NOW - 300, 300.0, 296.0), JudgedSpan(NOW, 1.0, 1.0)))
    after = judged(TemporalWorkerPoolStatus(memory={"version": 1}), known, NOW)
    assert after.to_manifest()["objective"] == {"attainedPercent": 98.7, "windowSeconds": 900, "source": "Backlog"}
    assert attainment_of(TemporalWorkerPoolStatus.from_manifest(after.to_manifest())) == known
    assert after.memory
    assert after.memory["version"] == 1
    by_sdk = replace(known, spans=tuple(replace(span, by_sdk=span.tasks) for span in known.spans))
    measured = objective_status(by_sdk, NOW)
    assert measured
    assert measured.source == "SDKLatency"
    none_yet = objective_status(Attainment(15.0, NOW), NOW)
    assert none_yet
    assert none_yet.attained_percent is None
