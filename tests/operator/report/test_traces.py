"""What is remembered of the use of task queues, and what is said of it at zero replicas."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import WorkersPolling
from controller.api.event_reasons import EventType
from controller.api.model import TaskType
from controller.api.status import ConditionStatus, TemporalWorkerPoolStatus
from controller.operator.report.events import transitions
from controller.operator.report.traces import ago, traced
from controller.operator.report.workers import workers_polling
from controller.scaling.observation import Observation, Poller, TaskQueueObservation
from controller.scaling.traces import Trace
from controller.scaling.traces_codec import STEP_SECONDS, TRACES, from_status
from tests.operator.builders import conditions
from tests.scaling.builders import LOST, NOW, observation, pod, queue, statistics

HOUR = 3600.0


def _at_zero(*traces: Trace | None, created_hours_ago: float = 3) -> tuple[WorkersPolling, str]:
    """What is said of a pool at zero with a queue for each trace."""
    queues = (replace(queue(0, name=f"q{number}"), trace=trace) for number, trace in enumerate(traces))
    update = workers_polling(observation(*queues), NOW, NOW - created_hours_ago * HOUR)
    assert isinstance(update.reason, WorkersPolling)
    assert update.reason.status == ConditionStatus.UNKNOWN
    return update.reason, update.message


def test_a_queue_that_was_never_used_is_named_with_the_age_of_the_pool() -> None:
    """The server answers zeros for a name that nothing uses; after an hour that is a problem."""
    never = "No task was ever seen on q0, and no worker polled it, since the pool was made"
    young = _at_zero(Trace(NOW - 1800), created_hours_ago=0.5)
    assert young == (
        WorkersPolling.NO_POLLER,
        f"No replica is ready, so none polls. {never} over 30 min ago: check the name.",
    )
    old = _at_zero(Trace(NOW - 3 * HOUR + 5))
    assert old == (WorkersPolling.NO_TASK_EVER_SEEN, f"{never} over 3 h ago: check the name.")


def test_a_queue_that_came_later_is_judged_by_its_own_age() -> None:
    """An old pool gets another queue, or an operator that begins to remember."""
    assert _at_zero(Trace(NOW - 60))[0] == WorkersPolling.NO_POLLER
    reason, message = _at_zero(Trace(NOW - 2 * HOUR), created_hours_ago=50)
    assert reason == WorkersPolling.NO_TASK_EVER_SEEN
    assert "since it was added over 2 h ago" in message


def test_a_queue_that_was_used_is_named_with_its_last_task() -> None:
    """The most recent first; what was only polled is known, too, and needs no words."""
    used, before = Trace(NOW - 9 * HOUR, NOW - 290, NOW - 290), Trace(NOW - 9 * HOUR, NOW - 7 * HOUR)
    assert _at_zero(before, used, Trace(NOW - 9 * HOUR, None, NOW - 9000)) == (
        WorkersPolling.NO_POLLER,
        "No replica is ready, so none polls. Last task: q1/Activity over 2 min ago, q0/Activity over 6 h ago.",
    )


def test_what_is_not_remembered_or_not_read_or_used_by_others_is_no_problem() -> None:
    """Nothing is claimed without a sign."""
    blank = Trace(NOW - 9 * HOUR)
    polled = replace(statistics(), pollers=(Poller("1@laptop", NOW),))
    for each in (queue(0), replace(queue(LOST), trace=blank), replace(queue(polled), trace=blank)):
        assert workers_polling(observation(each), NOW).message == "No replica is ready, so none polls."


def test_one_type_in_use_shows_that_the_name_is_right() -> None:
    """The name is one for all types."""
    used, blank = Trace(NOW - 9 * HOUR, NOW - 5), Trace(NOW - 9 * HOUR)
    types = (replace(queue(0), trace=used), replace(queue(0), task_type=TaskType.WORKFLOW, trace=blank))
    assert "never" not in workers_polling(observation(*types), NOW).message


def test_a_queue_without_a_trace_for_an_hour_is_a_warning_once() -> None:
    """By the transition of the condition, like every other problem."""
    seen = observation(replace(queue(0), trace=Trace(NOW - 3 * HOUR)))
    quiet = conditions(workers_polling(seen, NOW - 2.5 * HOUR))
    warned = conditions(workers_polling(seen, NOW))
    (event,) = transitions(quiet, warned)
    assert (event.type, event.reason) == (EventType.WARNING, "NoTaskEverSeen")
    assert list(transitions(warned, conditions(workers_polling(seen, NOW + HOUR)))) == []


def _written(
    at: float, trace: Trace, before: TemporalWorkerPoolStatus, *, created_at: float = 0.0
) -> TemporalWorkerPoolStatus:
    seen = replace(_polled(trace, created_at), observed_at=at)
    return traced(TemporalWorkerPoolStatus(memory={"other": 1}), before.memory, seen)


def _polled(trace: Trace, created_at: float) -> Observation:
    waiting: TaskQueueObservation = replace(queue(0), trace=trace)
    return observation(waiting, replicas=1, pods=(replace(pod(), created_at=created_at),))


def test_workers_that_wait_for_tasks_cause_few_writes() -> None:
    """They poll each minute; the moment is written every 10 minutes, and once when they cease."""
    status, writes = TemporalWorkerPoolStatus(), []
    for at in range(0, 3600, 30):
        polled_at = NOW + min(at, 3000)
        after = _written(NOW + at, Trace(NOW, None, polled_at), status)
        writes += [at] if after != status else []
        status = after
    assert writes == [0, 600, 1200, 1800, 2400, 3000]
    exact = _written(
        NOW + 3010, Trace(NOW, None, NOW + 2990), _written(NOW + 2900, Trace(NOW, None, NOW + 2900), status)
    )
    assert from_status((exact.memory or {})[TRACES])["orders/Activity"].polled_at == NOW + 2900
    ceased = _written(NOW + 3200, Trace(NOW, None, NOW + 2990), exact)
    assert from_status((ceased.memory or {})[TRACES])["orders/Activity"].polled_at == NOW + 2990
    assert (ceased.memory or {})["other"] == 1


def test_the_first_sign_of_new_pods_is_written_at_once() -> None:
    """Else a restarted operator would take them for pods that never polled."""
    status = _written(NOW, Trace(NOW, None, NOW), TemporalWorkerPoolStatus())
    after = _written(NOW + 20, Trace(NOW, None, NOW + 20), status, created_at=NOW + 10)
    assert from_status((after.memory or {})[TRACES])["orders/Activity"].polled_at == NOW + 20 < NOW + STEP_SECONDS


@pytest.mark.parametrize("odd", [None, 7, "x", [], {"q": 7}, {"q": {}}, {"q": {"since": "x"}}, {"q": {"since": True}}])
def test_odd_traces_are_seen_again(odd: object) -> None:
    """Nothing in status breaks a pass."""
    assert from_status(odd) == {}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than 1 min ago"),
        (60, "over 1 min ago"),
        (299, "over 2 min ago"),
        (7200, "over 2 h ago"),
        (1e9, "over 90 d ago"),
    ],
)
def test_ages_have_few_steps(seconds: float, text: str) -> None:
    """A message that changed each minute would be a write each minute."""
    assert ago(seconds) == text
