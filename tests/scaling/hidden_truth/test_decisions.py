"""What must hold of what is the case, however little of it gets through.

The truth is drawn, and the readings come from it by way of the operator's own code. What was dispatched within the age
of the server's cache nobody can know: that alone is excepted, and named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.worker_pool import TemporalWorkerPoolSpec
from controller.operator.learned import Learned
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Victims
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from tests.scaling.builders import NOW, QUEUE, free_behavior, spec
from tests.scaling.hidden_truth.senses import CACHE_SECONDS, Sense, heard_of, look, senses
from tests.scaling.hidden_truth.truth import END, SLOTS, Truth, truths
from tests.scaling.victims import possible_victims

BELIEVED_SECONDS = 15.0
"""A report is worth nothing after so long, once tasks were dispatched."""

TASKS = {"taskQueues": [{"name": QUEUE, "tasks": [{"type": "Activity", "slots": SLOTS}]}]}
PER_REPLICA = spec(**TASKS, behavior=free_behavior(), scaleToZero={"idleSeconds": 20})
POOLS = {
    "backlog per replica": PER_REPLICA,
    "only idle pods go": PER_REPLICA.model_copy(update={"disruption": spec(disruption="IdleOnly").disruption}),
    "deadline": spec(**TASKS, objective={"scheduleToStartSeconds": 15}, scaleToZero={"idleSeconds": 20}),
    "deadline, only idle pods go": spec(
        **TASKS, objective={"scheduleToStartSeconds": 15}, disruption="IdleOnly", scaleToZero={"idleSeconds": 0}
    ),
}


@dataclass(frozen=True)
class Watch:
    """A pool's truth, and how it is looked at."""

    truth: Truth
    sees: list[Sense]
    pauses: list[float]
    contradictory: bool
    """Whether the workers' SDK reports one slot in use too many, beside all that are free."""


POLLS = 12
watches = st.builds(
    Watch,
    truth=truths(),
    sees=st.lists(senses, min_size=POLLS, max_size=POLLS),
    pauses=st.lists(st.sampled_from([5.0, 12.0, 15.0]), min_size=POLLS, max_size=POLLS),
    contradictory=st.booleans(),
)
every_pool = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)


@dataclass(frozen=True)
class Poll:
    """One poll, and what was decided."""

    now: float
    sense: Sense
    seen: Observation
    decision: Decision
    memory: Memory
    """Before it."""
    learned: Learned
    costs: dict[str, int]

    @property
    def victims(self) -> set[int]:
        """The pods of which some may go, by their numbers."""
        staying = self.seen.staying_pods
        gone = possible_victims(staying, len(staying) - self.decision.desired_replicas)
        return {int(pod.name.removeprefix("worker-")) for pod in gone}


def polls(pool: TemporalWorkerPoolSpec, watch: Watch) -> Iterator[Poll]:
    """A pool that is only watched: pods are marked, and none comes or goes for what was decided."""
    memory, learned, costs, now = Memory(), Learned(), dict[str, int](), NOW
    for sense, pause in zip(watch.sees, watch.pauses, strict=True):
        now = min(now + pause, END)
        seen, after = look(watch.truth, sense, learned, now, costs, contradictory=watch.contradictory)
        if not seen.pods:
            continue
        decision = decide(pool, seen, memory, now)
        yield Poll(now, sense, seen, decision, memory, learned, costs)
        memory, learned = decision.memory, after
        costs = {**costs, **decision.deletion_costs}


@every_pool
@given(watch=watches)
def test_no_work_is_lost_by_what_is_not_known(pool: TemporalWorkerPoolSpec, watch: Watch) -> None:
    """Whatever is decided at whichever poll."""
    for poll in polls(pool, watch):
        assert_zero_only_when_nothing_runs(watch.truth, poll)
        if poll.decision.victims == Victims.IDLE_ONLY:
            assert_no_busy_pod_goes(watch.truth, poll)
        if pool.objective.backlog_per_replica or poll.decision.victims == Victims.IDLE_ONLY:
            assert_what_runs_fits(watch.truth, poll)


def assert_zero_only_when_nothing_runs(truth: Truth, poll: Poll) -> None:
    """But for what was dispatched while the server's answer was in its cache."""
    if poll.decision.desired_replicas == 0:
        running = [task for task in truth.tasks if task.runs(poll.now)]
        assert all(task.started_at > poll.now - CACHE_SECONDS for task in running), "zero, and a task runs"


def assert_no_busy_pod_goes(truth: Truth, poll: Poll) -> None:
    """None that ran a task when it last reported, or that may have got one since a report that is old."""
    for number in poll.victims:
        heard = heard_of(truth, number, poll.sense, poll.now)
        for task in truth.running(number, poll.now):
            assert heard is not None, "a pod goes of which nothing is known"
            assert task.started_at > heard.beat, "a pod goes that has reported its task"
            is_young = poll.now - heard.beat <= BELIEVED_SECONDS
            assert is_young or task.started_at > poll.now - CACHE_SECONDS, "a pod goes though a dispatch was told"


def assert_what_runs_fits(truth: Truth, poll: Poll) -> None:
    """Into the pods that remain: what is reported, and what runs where nothing is."""
    heard = [heard_of(truth, number, poll.sense, poll.now) for number in range(len(truth.pods))]
    told = sum(
        report is None or task.started_at <= report.beat
        for number, report in enumerate(heard)
        for task in truth.running(number, poll.now)
    )
    assert poll.decision.desired_replicas >= min(poll.seen.replicas, ceil(told / SLOTS)), "more runs than fits"


@every_pool
@given(data=st.data(), watch=watches)
def test_a_lost_reading_never_lowers(pool: TemporalWorkerPoolSpec, watch: Watch, data: st.DataObject) -> None:
    """Of two looks at one moment, the one that sees less gives no fewer, unless it was to see that more are needed."""
    last = data.draw(st.sampled_from([*polls(pool, watch)]))
    sense = whole(last.sense)
    less = data.draw(st.sampled_from([replace(sense, queue_lost=True), replace(sense, workers_lost=True)]))
    assert_no_fewer(pool, watch, last, less)


@given(data=st.data(), watch=watches)
def test_a_lost_report_never_lowers(watch: Watch, data: st.DataObject) -> None:
    """What a silent pod may run is kept for it; the deadline law takes it for like the others, and keeps the pod."""
    pool = POOLS["only idle pods go"]
    last = data.draw(st.sampled_from([*polls(pool, watch)]))
    living = [number for number, pod in enumerate(watch.truth.pods) if pod.process(last.now)]
    silent = data.draw(st.frozensets(st.sampled_from(living))) if living else frozenset[int]()
    assert_no_fewer(pool, watch, last, replace(whole(last.sense), silent=silent))


def whole(sense: Sense) -> Sense:
    """The same, with everything that may be lost."""
    return replace(sense, queue_lost=False, workers_lost=False, silent=frozenset())


def assert_no_fewer(pool: TemporalWorkerPoolSpec, watch: Watch, last: Poll, less: Sense) -> None:
    """By this look than by the whole one."""
    numbers = []
    for sense in (whole(last.sense), less):
        seen, _ = look(watch.truth, sense, last.learned, last.now, last.costs, contradictory=watch.contradictory)
        numbers.append(decide(pool, seen, last.memory, last.now).desired_replicas)
    assert numbers[1] >= min(numbers[0], last.seen.replicas)
