"""Status: a rendering of what was seen and decided, written only when it says something new."""

from dataclasses import replace

import pytest

from controller.api.condition_reasons import TargetFound
from controller.api.model import timestamp
from controller.api.status import (
    EvidenceSource,
    InFlightStatus,
    ObjectiveSource,
    ObjectiveStatus,
    StartUpStatus,
    TemporalWorkerPoolStatus,
)
from controller.operator.passes import ConditionUpdate
from controller.operator.report import status as render
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from tests.operator.builders import conditions, deployment
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report, spec, statistics


def _rendered(seen: Observation, memory: Memory | None = None) -> TemporalWorkerPoolStatus:
    decision = decide(spec(), seen, memory or Memory(), NOW)
    status = render.observed(TemporalWorkerPoolStatus(), deployment(replicas=seen.replicas), seen)
    return render.decided(status, decision, memory or decision.memory, NOW)


BUSY = observation(
    queue(statistics(30, age_seconds=65.2)), replicas=2, pods=(pod(report(4), name="a"), pod(report(3), name="b"))
)
UNREPORTED = observation(queue(5), replicas=2, pods=(pod(report(4), name="a"), pod(name="b")))
UNREAD = observation(queue(LOST), replicas=1, pods=(pod(report(4)),))


def test_what_was_seen_is_in_status() -> None:
    """Backlog, age and slots in use, in all and by queue and type."""
    status = _rendered(BUSY)
    task = status.task_queues[0].tasks[0]
    oldest = timestamp(BUSY.task_queues[0].statistics.read_at - 65.2)  # type: ignore[union-attr]
    assert (status.backlog, status.oldest_task_time, status.replicas) == (30, oldest, 2)
    assert status.in_flight is not None
    assert (status.in_flight.source, status.in_flight.slots_used) == (EvidenceSource.HEARTBEATS, 7)
    assert (task.backlog, task.backlog_age_seconds, task.slots_used, task.slots_per_replica) == (30, 65, 7, 10)


def test_what_is_unknown_is_absent() -> None:
    """A lost backlog and a pod without reports leave no number behind, not even an old one."""
    before = _rendered(BUSY)
    after = render.observed(before, deployment(), UNREAD)
    assert (after.backlog, after.oldest_task_time, after.task_queues[0].tasks[0].backlog) == (None, None, None)
    unreported = _rendered(UNREPORTED)
    assert unreported.in_flight is not None
    assert unreported.in_flight.slots_used is None


def test_the_decision_is_in_status_step_by_step() -> None:
    """The steps are the decision's own."""
    status = _rendered(BUSY)
    decision = decide(spec(), BUSY, Memory(), NOW)
    assert status.desired_replicas == decision.desired_replicas
    assert status.last_decision is not None
    assert [(s.rule, s.reason, s.message, s.before, s.after) for s in status.last_decision.steps] == [
        (s.rule, s.reason, s.message, s.replicas_before, s.replicas_after) for s in decision.steps
    ]


def test_a_decision_that_says_the_same_keeps_its_time() -> None:
    """An idle pool's status does not change, so nothing is written."""
    idle = observation(queue(0), replicas=0)
    decision = decide(spec(), idle, Memory(), NOW)
    first = render.decided(TemporalWorkerPoolStatus(), decision, decision.memory, NOW)
    again = decide(spec(), idle, decision.memory, NOW + 600)
    assert render.decided(first, again, again.memory, NOW + 600) == first


def test_scale_actions_survive_a_restart() -> None:
    """What is written to status is what the next process remembers."""
    up, on, down = (
        ScaleAction(NOW, 0, 4, "Woken", "20 tasks wait."),
        ScaleAction(NOW + 10, 4, 6, "Backlog", "30 tasks wait."),
        ScaleAction(NOW + 20, 6, 1, "ScaledByOther", "kubectl scaled 6 → 1.", by="kubectl"),
    )
    memory = Memory().record(up).record(on).record(down)
    status = _rendered(BUSY, memory)
    read_back = TemporalWorkerPoolStatus.from_manifest(status.to_manifest())
    without_words = tuple(replace(action, reason="", message="") for action in (up, on, down))
    assert render.remembered(read_back) == replace(memory, scale_actions=without_words)
    shown = [(a.from_, a.to, a.count, a.reason, a.by) for a in status.scale_actions]
    assert shown == [(0, 6, 2, "Backlog", None), (6, 1, None, "ScaledByOther", "kubectl")]
    assert status.last_scale_time == timestamp(NOW + 10)


def test_scale_actions_of_an_operator_that_did_not_merge_are_read_back() -> None:
    """Rules count them as they did."""
    status = _rendered(BUSY, Memory().record(ScaleAction(NOW, 0, 4, "Woken", "20 tasks wait.")))
    assert status.memory
    older = status.model_copy(update={"memory": {k: v for k, v in status.memory.items() if k != "scaleActions"}})
    read = render.remembered(TemporalWorkerPoolStatus.from_manifest(older.to_manifest()))
    assert read.scale_actions == (ScaleAction(NOW, 0, 4, "Woken", "20 tasks wait."),)


def test_without_a_deployment_nothing_is_known_of_replicas() -> None:
    """The decision stays, as the last one that was made."""
    status = render.without_target(_rendered(BUSY))
    assert (status.replicas, status.ready_replicas, status.in_flight) == (None, None, None)
    assert status.last_decision == _rendered(BUSY).last_decision


def _waiting(backlog: int, age_seconds: float, at: float = NOW) -> TemporalWorkerPoolStatus:
    """So many tasks wait at a time, the oldest for so long."""
    read = statistics(backlog, age_seconds=age_seconds, read_at=at)
    return render.observed(TemporalWorkerPoolStatus(), deployment(), observation(queue(read), replicas=2))


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ((30, 65), (31, 66), False),
        ((30, 65), (59, 65), False),
        ((30, 65), (60, 65), True),
        ((30, 65), (15, 65), True),
        ((1, 1), (4, 9), False),
        ((0, 0), (5, 1), True),
        ((0, 0), (1, 29), False),
        ((0, 0), (1, 30), True),
        ((3, 40), (0, 0), True),
        ((30, 600), (29, 599), False),
        ((30, 600), (29, 290), True),
    ],
)
def test_what_kubectl_shows_of_the_backlog_is_never_far_off(
    before: tuple[int, float], after: tuple[int, float], *, news: bool
) -> None:
    """Drifting numbers are no news; those that begin, end or change by a factor are written at once."""
    assert render.is_news(_waiting(*before), _waiting(*after), NOW) is news


def test_a_queue_that_stands_still_is_not_written_although_its_oldest_task_grows_old() -> None:
    """`kubectl get` counts on from the time that is written."""
    hour = 3600
    assert not render.is_news(_waiting(30, 60), _waiting(30, 60 + hour, NOW + hour), NOW + hour)


def test_a_backlog_that_can_no_longer_be_read_is_news() -> None:
    """Unknown is not what it was."""
    unread = render.observed(TemporalWorkerPoolStatus(), deployment(), UNREAD)
    assert render.is_news(_waiting(0, 0), unread, NOW)


def test_a_new_number_of_replicas_is_news() -> None:
    """It is written at once."""
    status = _rendered(BUSY)
    assert render.is_news(status, status.model_copy(update={"desired_replicas": 9}), NOW)
    assert render.is_news(status, status.model_copy(update={"ready_replicas": 9}), NOW)


def test_slots_shares_and_estimates_are_news_soon() -> None:
    """What people compare with what they see; a little more or less of it is none."""
    busy = _rendered(BUSY)
    assert not render.is_soon_news(busy, busy)
    for used, news in ((8, False), (13, False), (14, True), (3, True), (0, True)):
        other = busy.model_copy(update={"in_flight": InFlightStatus(source=EvidenceSource.HEARTBEATS, slots_used=used)})
        assert render.is_soon_news(busy, other) is news, used
    shares = [
        busy.model_copy(
            update={
                "objective": ObjectiveStatus(attained_percent=share, window_seconds=300, source=ObjectiveSource.BACKLOG)
            }
        )
        for share in (97.0, 97.9, 98.0)
    ]
    assert [render.is_soon_news(shares[0], other) for other in shares] == [False, False, True]
    assert busy.last_decision is not None
    step = busy.last_decision.steps[0].model_copy(update={"reason": "Other"})
    decision = busy.last_decision.model_copy(update={"steps": (step, *busy.last_decision.steps[1:])})
    assert render.is_soon_news(busy, busy.model_copy(update={"last_decision": decision}))


@pytest.mark.parametrize(("seconds", "due"), [(0, False), (119, False), (120, True), (-5, True)])
def test_a_sign_of_life_is_due_every_two_minutes(seconds: float, *, due: bool) -> None:
    """Also when the clock was set back; a pool without one gives it at once."""
    last = TemporalWorkerPoolStatus(last_reconcile_time=timestamp(NOW))
    assert render.gives_sign_of_life(last, NOW + seconds) is due
    assert render.gives_sign_of_life(TemporalWorkerPoolStatus(), NOW)


def test_the_summary_of_replicas_has_a_dash_for_what_is_unknown() -> None:
    """Ready, desired and highest, for the column of `kubectl get`."""
    pool = spec(maxReplicas=10)
    assert render.replica_summary(_rendered(BUSY), pool) == f"2/{_rendered(BUSY).desired_replicas}/10"
    assert render.replica_summary(render.without_target(_rendered(BUSY)), pool) == "-/-/10"
    assert render.replica_summary(TemporalWorkerPoolStatus(), "spec.maxReplicas: odd") == "-/-/-"


def test_a_condition_that_turned_is_news_and_one_with_new_words_is_not() -> None:
    """Reasons count; numbers in messages drift."""
    good = ConditionUpdate(TargetFound.TARGET_FOUND, "Deployment worker.")
    before = TemporalWorkerPoolStatus(conditions=conditions(good))
    reworded = conditions(replace(good, message="Deployment worker!"))
    bad = conditions(ConditionUpdate(TargetFound.TARGET_NOT_FOUND, "No."))
    assert not render.is_news(before, before.model_copy(update={"conditions": reworded}), NOW)
    assert render.is_news(before, before.model_copy(update={"conditions": bad}), NOW)


def test_the_learned_start_up_is_in_status_for_people() -> None:
    """Whole seconds, and of how many starts; nothing before the first one."""
    assert _rendered(observation()).start_up is None
    memory = Memory(start_up=StartUp(mean_seconds=17.6, node_seconds=95.2, count=4))
    assert _rendered(BUSY, memory).start_up == StartUpStatus(seconds=18, node_seconds=95, starts=4)
