"""What must hold of what is the case, however little of it gets through.

The truth is drawn, and the readings come from it by way of the operator's own code. What was dispatched within the age
of the server's cache is in no reading: that alone is excepted, and named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from controller.api.spec import Disruption, Mode, TemporalWorkerPoolSpec
from controller.operator.inputs.learned import Learned
from controller.scaling.decide import decide
from controller.scaling.decision import Decision
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation
from controller.scaling.scale_down.grace import LONGEST_TO_MEAN
from tests.scaling.builders import NOW, QUEUE, free_behavior, spec
from tests.scaling.hidden_truth.senses import CACHE_SECONDS, LastBeat, Sense, last_beat_of, sensed, senses
from tests.scaling.hidden_truth.truth import END, SLOTS, Task, Truth, sound_truths, truths
from tests.scaling.victims import only_idle_pods_go, possible_victims

REPORT_VALID_SECONDS = 15.0
"""A report is worth nothing after so long, once tasks were dispatched."""

OBJECTIVES: tuple[dict[str, Any], ...] = (
    {"objective": {"backlogPerReplica": 5}, "behavior": free_behavior()},
    {"objective": {"scheduleToStartSeconds": 15}},
    {"objective": {"scheduleToStartSeconds": 15}, "behavior": free_behavior()},
)
POOLS = [spec(**fields, disruption=disruption) for fields in OBJECTIVES for disruption in ("Graceful", "IdleOnly")]


@dataclass(frozen=True)
class Watch:
    """A pool's truth, and how it is looked at."""

    truth: Truth
    sees: list[Sense]
    pauses: list[float]
    contradictory: bool
    """Whether the workers' SDK reports one slot in use too many, beside all that are free."""
    mode: str
    """Of the pool: whether the operator may mark pods."""
    idle_seconds: int
    """Of the pool's `scaleToZero`."""

    def of(self, pool: TemporalWorkerPoolSpec) -> TemporalWorkerPoolSpec:
        """The pool with what is drawn of it, and with the types of tasks that there are."""
        tasks = [{"type": kind, "slots": SLOTS[kind]} for kind in self.truth.kinds]
        drawn = spec(
            taskQueues=[{"name": QUEUE, "tasks": tasks}], mode=self.mode, scaleToZero={"idleSeconds": self.idle_seconds}
        )
        names = ("task_queues", "mode", "scale_to_zero")
        return pool.model_copy(update={name: getattr(drawn, name) for name in names})

    def sensed(self, sense: Sense, learned: Learned, now: float, costs: dict[str, int]) -> tuple[Observation, Learned]:
        """What one poll makes of the truth."""
        may_rank, odd = self.mode == Mode.AUTO, self.contradictory
        return sensed(self.truth, sense, learned, now, costs, contradictory=odd, can_set_deletion_costs=may_rank)

    def decide(self, pool: TemporalWorkerPoolSpec, poll: "Poll", sense: Sense | None = None) -> Decision:
        """What would have been decided at a poll by another sense; without one, by one to which nothing is lost."""
        seen, _ = self.sensed(sense or whole(poll.sense), poll.learned, poll.now, poll.costs)
        return decide(self.of(pool), seen, poll.memory, poll.now)


POLLS = 12
watches = st.builds(
    Watch,
    truth=truths(),
    sees=st.lists(senses, min_size=POLLS, max_size=POLLS),
    pauses=st.lists(st.sampled_from([5.0, 12.0, 15.0]), min_size=POLLS, max_size=POLLS),
    contradictory=st.booleans(),
    mode=st.sampled_from(Mode),
    idle_seconds=st.sampled_from([0, 20]),
)
pools = st.sampled_from(POOLS)
many = settings(max_examples=30 * len(POOLS))


@dataclass(frozen=True)
class Poll:
    """One poll, and what was decided."""

    pool: TemporalWorkerPoolSpec
    now: float
    sense: Sense
    seen: Observation
    decision: Decision
    memory: Memory
    """Before it."""
    learned: Learned
    costs: dict[str, int]

    @property
    def only_idle_go(self) -> bool:
        """Whether only pods that report no slot in use may go."""
        return only_idle_pods_go(self.pool, self.seen, self.decision, self.now)

    @property
    def victims(self) -> set[int]:
        """The pods of which some may go, by their numbers."""
        staying = self.seen.staying_pods
        gone = possible_victims(staying, len(staying) - self.decision.desired_replicas)
        return {int(pod.name.removeprefix("worker-")) for pod in gone}


def whole(sense: Sense) -> Sense:
    """The same, with everything that may be lost."""
    return replace(sense, queue_lost=False, workers_lost=False, unreported=frozenset())


def polls(pool: TemporalWorkerPoolSpec, watch: Watch) -> Iterator[Poll]:
    """A pool that is only watched: pods are marked, and none comes or goes for what was decided."""
    memory, learned, costs, now = Memory(), Learned(), dict[str, int](), NOW
    for sense, pause in zip(watch.sees, watch.pauses, strict=True):
        now = min(now + pause, END)
        seen, after = watch.sensed(sense, learned, now, costs)
        if not seen.pods:
            continue
        decision = decide(watch.of(pool), seen, memory, now)
        yield Poll(pool, now, sense, seen, decision, memory, learned, costs)
        memory, learned = decision.memory, after
        costs = {**costs, **decision.deletion_costs}


@many
@given(pool=pools, watch=watches)
def test_no_work_is_lost_by_what_is_not_known(pool: TemporalWorkerPoolSpec, watch: Watch) -> None:
    """Whatever is decided at whichever poll."""
    for poll in polls(pool, watch):
        assert_nothing_is_lost(watch, poll)


@many
@given(pool=pools, watch=st.builds(replace, watches, truth=sound_truths(), sees=st.just([Sense()] * POLLS)))
def test_no_work_is_lost_where_nothing_is_wrong(pool: TemporalWorkerPoolSpec, watch: Watch) -> None:
    """That tasks are short, and that none came since, frees no slot; that one came makes no old report less old."""
    for poll in polls(pool, watch):
        assert_nothing_is_lost(watch, poll)


def assert_nothing_is_lost(watch: Watch, poll: Poll) -> None:
    """Zero only when nothing runs, what runs fits, and where only idle pods may go, only those do."""
    assert_zero_only_when_nothing_runs(watch.truth, poll)
    assert_what_runs_fits(watch.truth, poll)
    if poll.only_idle_go and watch.mode == Mode.AUTO:
        assert_no_busy_pod_goes(watch.truth, poll)


def assert_zero_only_when_nothing_runs(truth: Truth, poll: Poll) -> None:
    """But for what was dispatched while the server's answer was in its cache."""
    if poll.decision.desired_replicas == 0:
        running = [task for task in truth.tasks if task.runs(poll.now)]
        assert all(task.started_at > poll.now - CACHE_SECONDS for task in running), "zero, and a task runs"


def assert_no_busy_pod_goes(truth: Truth, poll: Poll) -> None:
    """None that ran a task when it last reported, or that may have got one since a report that is old."""
    for number in poll.victims:
        newest = last_beat_of(truth, number, poll.sense, poll.now)
        for task in (task for kind in truth.kinds for task in truth.running(number, poll.now, kind)):
            assert newest is not None, "a pod goes of which nothing is known"
            assert task.started_at > newest.beat, "a pod goes that has reported its task"
            is_young = poll.now - newest.beat <= REPORT_VALID_SECONDS
            assert is_young or task.started_at > poll.now - CACHE_SECONDS, "a pod goes though a dispatch was reported"


def assert_what_runs_fits(truth: Truth, poll: Poll, full: frozenset[int] = frozenset()) -> None:
    """Into the pods that remain: what is reported, what runs where nothing is, and all that `full` pods have room for.

    By a deadline, where busy pods may be asked to stop, a report says nothing any more once the longest task has ended.
    """
    decision, valid = poll.decision, inf
    is_planned = poll.pool.objective.schedule_to_start_seconds is not None
    if is_planned and not poll.only_idle_go and decision.need:
        valid = LONGEST_TO_MEAN * decision.need.service_seconds
    for kind in truth.kinds:
        known = sum(
            _is_known(task, last_beat_of(truth, number, poll.sense, poll.now), poll.now, valid)
            for number in range(len(truth.pods))
            if number not in full
            for task in truth.running(number, poll.now, kind)
        )
        fits = min(poll.seen.replicas, ceil(known / SLOTS[kind]) + len(full))
        assert decision.desired_replicas >= fits, "more runs than fits"


def _is_known(task: Task, newest: LastBeat | None, now: float, valid_seconds: float) -> bool:
    """Whether it counts: it was reported, or where nothing is, the server reported its dispatch."""
    if newest is None:
        return task.started_at <= now - CACHE_SECONDS
    return task.started_at <= newest.beat and now - newest.beat <= valid_seconds


@many
@given(pool=pools, watch=watches)
def test_what_counts_is_what_the_living_reported_last(pool: TemporalWorkerPoolSpec, watch: Watch) -> None:
    """Not the dead, none twice, and no slot that is not in use: as far as clocks tell who is dead."""
    clocks = {pod.clock_ahead for pod in watch.truth.pods}
    assume(clocks == {0.0})
    for poll in polls(pool, watch):
        for pod in poll.seen.pods:
            number = int(pod.name.removeprefix("worker-"))
            newest = last_beat_of(watch.truth, number, poll.sense, poll.now)
            running = [watch.truth.running(number, newest.beat, kind) for kind in watch.truth.kinds if newest]
            assert [report.slots_used for report in pod.slots] == list(map(len, running))


@many
@given(data=st.data(), pool=pools, watch=watches)
def test_a_lost_reading_never_lowers(pool: TemporalWorkerPoolSpec, watch: Watch, data: st.DataObject) -> None:
    """Of two readings of one moment, the poorer gives no fewer, unless it hides that more are needed."""
    last = data.draw(st.sampled_from([*polls(pool, watch)]))
    sense = whole(last.sense)
    less = data.draw(st.sampled_from([replace(sense, queue_lost=True), replace(sense, workers_lost=True)]))
    assert_no_fewer(pool, watch, last, less)


@many
@given(data=st.data(), pool=pools, watch=watches)
def test_a_lost_report_never_lowers(pool: TemporalWorkerPoolSpec, watch: Watch, data: st.DataObject) -> None:
    """Each pod that reported before and does not now counts as full, and that fits beside what the others run."""
    last = data.draw(st.sampled_from([*polls(pool, watch)]))
    living = [number for number, pod in enumerate(watch.truth.pods) if pod.process(last.now)]
    unreported = data.draw(st.frozensets(st.sampled_from(living))) if living else frozenset[int]()
    less = replace(whole(last.sense), unreported=unreported)
    full = frozenset(number for number in unreported if f"worker-{number}" in last.learned.reporting_pods)
    assert_what_runs_fits(watch.truth, replace(last, sense=less, decision=watch.decide(pool, last, less)), full)
    if pool.disruption == Disruption.IDLE_ONLY and watch.mode == Mode.AUTO:
        assert_no_fewer(pool, watch, last, less)


def assert_no_fewer(pool: TemporalWorkerPoolSpec, watch: Watch, last: Poll, less: Sense) -> None:
    """By this reading than by the whole one."""
    assert watch.decide(pool, last, less).desired_replicas >= min(
        watch.decide(pool, last).desired_replicas, last.seen.replicas
    )
