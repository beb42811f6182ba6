"""One table for each rule, its rows named by what wins: number and reason."""

from dataclasses import dataclass, replace

import pytest

from controller.api.model import TaskType
from controller.api.spec import Behavior, TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.decision import Proposal, Situation
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.observation import Observation, PodObservation, SlotType, Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.behavior import behavior as behavior_rule
from controller.scaling.rules.bounds import bounds
from controller.scaling.rules.demand import backlog_per_replica
from controller.scaling.rules.freshness import freshness
from controller.scaling.rules.running_work import running_work
from controller.scaling.rules.zero_gate import zero_gate
from tests.scaling.builders import (
    LOST,
    NEVER_THERE,
    NOW,
    behavior,
    free_behavior,
    idle_for,
    observation,
    pod,
    pods,
    queue,
    report,
    spec,
    statistics,
)

IDLE = idle_for(400)
BLIND = Memory(blind_since=NOW - 59)
SPEC = spec()
UNREPORTED = Unknown(UnknownCause.LOST, "No worker has reported for 200 s.")


@dataclass(frozen=True)
class Row:
    """What a rule is given, and what it must say."""

    name: str
    observation: Observation
    replicas: int
    reason: StepReason
    proposed: int = 0
    memory: Memory = IDLE
    spec: TemporalWorkerPoolSpec = SPEC


def situation(row: Row) -> Situation:
    """Everything that the rule may read."""
    return Situation(row.spec, row.observation, row.memory, NOW)


def table(*rows: Row) -> pytest.MarkDecorator:
    """Runs a test once for each row, under the row's name."""
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def assert_says(row: Row, proposal: Proposal) -> None:
    """The last step is the row's: number and reason."""
    step = proposal.steps[-1]
    assert (step.replicas_after, step.reason) == (row.replicas, row.reason)
    assert proposal.replicas == row.replicas
    assert isinstance(step.rule, Rule)


@table(
    Row(
        "backlog is divided and rounded up",
        observation(queue(11)),
        3,  # ceil(11 / 5)
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "task types of one queue are summed",
        observation(queue(6), queue(6, task_type=TaskType.WORKFLOW)),
        3,  # ceil((6 + 6) / 5), not ceil(6 / 5)
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "the queue with most wins, and queues are not summed",
        observation(queue(6), queue(26, name="bills")),
        6,  # ceil(26 / 5), not ceil(32 / 5)
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "an unknown queue is left out",
        observation(queue(LOST), queue(6, name="bills")),
        2,
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "at zero nothing wakes the pool up to its activation backlog",
        observation(queue(5)),
        0,
        StepReason.NOT_ACTIVATED,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 5}),
    ),
    Row(
        "one task beyond it does",
        observation(queue(6)),
        2,
        StepReason.BACKLOG_PER_REPLICA,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 5}),
    ),
    Row(
        "one task alone is not beyond one",
        observation(queue(1)),
        0,
        StepReason.NOT_ACTIVATED,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 1}),
    ),
    Row(
        "without an activation backlog one task wakes it",
        observation(queue(1)),
        1,
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "nothing at zero is nothing to wake for",
        observation(queue(0)),
        0,
        StepReason.NO_BACKLOG,
    ),
    Row(
        "one replica has a tolerance too",
        observation(queue(11), replicas=1),  # 11 / 10 = 1.1
        1,
        StepReason.WITHIN_TOLERANCE,
        spec=spec(objective={"backlogPerReplica": 10}),
    ),
    Row(
        "within the tolerance above",
        observation(queue(55), replicas=10),  # 55 / 50 = 1.1
        10,
        StepReason.WITHIN_TOLERANCE,
    ),
    Row(
        "just outside the tolerance above",
        observation(queue(56), replicas=10),  # 56 / 50 = 1.12
        12,
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "within the tolerance below",
        observation(queue(45), replicas=10),  # 45 / 50 = 0.9
        10,
        StepReason.WITHIN_TOLERANCE,
    ),
    Row(
        "just outside the tolerance below",
        observation(queue(44), replicas=10),  # 44 / 50 = 0.88
        9,
        StepReason.BACKLOG_PER_REPLICA,
    ),
    Row(
        "behavior sets the tolerance of its direction",
        observation(queue(60), replicas=10),  # 60 / 50 = 1.2
        10,
        StepReason.WITHIN_TOLERANCE,
        spec=spec(behavior={"scaleUp": {"tolerance": "0.25"}, "scaleDown": {"tolerance": 0}}),
    ),
    Row(
        "a tolerance of zero in the other direction",
        observation(queue(45), replicas=10),
        9,
        StepReason.BACKLOG_PER_REPLICA,
        spec=spec(behavior={"scaleUp": {"tolerance": "0.25"}, "scaleDown": {"tolerance": 0}}),
    ),
    Row(
        "a backlog up to activationBacklog leaves a pool at zero",
        observation(queue(7)),
        0,
        StepReason.NOT_ACTIVATED,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 7}),
    ),
    Row(
        "a backlog above activationBacklog wakes it",
        observation(queue(8)),
        2,
        StepReason.BACKLOG_PER_REPLICA,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 7}),
    ),
    Row(
        "activationBacklog matters at zero only",
        observation(queue(7), replicas=1),
        2,
        StepReason.BACKLOG_PER_REPLICA,
        spec=spec(objective={"backlogPerReplica": 5, "activationBacklog": 7}),
    ),
    Row(
        "a tolerance of one or more keeps replicas even when nothing waits",
        observation(replicas=10),
        10,
        StepReason.WITHIN_TOLERANCE,
        spec=spec(behavior={"scaleDown": {"tolerance": 1}}),
    ),
    Row(
        "nothing waits",
        observation(queue(0), queue(0, name="bills"), replicas=10),
        0,
        StepReason.NO_BACKLOG,
    ),
)
def test_demand_follows_the_formula_of_an_average_value(row: Row) -> None:
    """The need is KEDA's metric under the HPA's formula for an average value."""
    assert_says(row, backlog_per_replica(situation(row), Proposal(99, row.memory)))


def test_demand_has_no_say_when_nothing_was_read() -> None:
    """A need computed from nothing would be a made-up number."""
    proposal = Proposal(7, IDLE)
    assert backlog_per_replica(Situation(spec(), observation(queue(LOST), replicas=7), IDLE, NOW), proposal) == proposal


@table(
    Row(
        "running tasks need more than the backlog",
        observation(replicas=4, pods=pods(4, used=6)),
        3,  # ceil(24 / 10)
        StepReason.RUNNING_WORK,
        proposed=1,
    ),
    Row(
        "running tasks fit",
        observation(replicas=4, pods=pods(4, used=6)),
        4,
        StepReason.RUNNING_WORK_FITS,
        proposed=4,
    ),
    Row(
        "a pod without a report counts as busy when lowering",
        observation(replicas=3, pods=(*pods(2, used=1), pod(name="unreported"))),
        2,  # ceil(2 / 10) + 1
        StepReason.RUNNING_WORK,
    ),
    Row(
        "what a pod reported before it was ready says nothing of what it runs",
        observation(replicas=3, pods=tuple(pod(report(0, reported_at=NOW - 8), ready_since=NOW - 8) for _ in range(3))),
        3,
        StepReason.RUNNING_WORK,
        proposed=2,
    ),
    Row(
        "pods without reports never raise",
        observation(replicas=1, pods=(pod(name="a"), pod(name="b"))),
        1,
        StepReason.RUNNING_WORK,
    ),
    Row(
        "a terminating pod drains what it runs",
        observation(replicas=1, pods=(pod(report(9), terminating=True), pod(report(1), name="stays"))),
        1,
        StepReason.RUNNING_WORK_FITS,
        proposed=1,
    ),
    Row(
        "the task type that fills most replicas wins",
        observation(
            queue(slots=100),
            queue(task_type=TaskType.WORKFLOW, slots=5),
            replicas=2,
            pods=(pod(report(30, slots=100), report(6, slot_type=SlotType.WORKFLOW, slots=5)),),
        ),
        2,  # ceil(6 / 5) against ceil(30 / 100)
        StepReason.RUNNING_WORK,
    ),
)
def test_running_work_is_a_floor(row: Row) -> None:
    """Never fewer replicas than the running tasks fill."""
    assert_says(row, running_work(situation(row), Proposal(row.proposed, row.memory)))


@pytest.mark.parametrize(
    "seen",
    [observation(replicas=3, in_flight=NEVER_THERE), observation(queue(slots=LOST), replicas=3, pods=pods(3, used=9))],
    ids=["slots in use are unknown", "slots per replica are unknown"],
)
def test_running_work_has_no_say_without_its_figures(seen: Observation) -> None:
    """What runs can't be turned into replicas without knowing both figures."""
    proposal = Proposal(1, IDLE)
    assert running_work(Situation(spec(), seen, IDLE, NOW), proposal) == proposal


def test_an_old_report_holds_replicas_that_follow_the_backlog() -> None:
    """Until the next report, 60 s later, the slots that were in use are in use, however short tasks are said to be."""
    seen = observation(replicas=3, pods=pods(3, used=9, reported_at=NOW - 50))
    a_spec = spec(behavior=free_behavior(), taskDurationSeconds={"typical": 1, "max": 2})
    assert decide(a_spec, seen, IDLE, NOW).desired_replicas == 3


@table(
    Row(
        "everything is known",
        observation(replicas=4),
        1,
        StepReason.FRESH,
        proposed=1,
    ),
    Row(
        "nothing could be read",
        observation(queue(LOST), replicas=4),
        4,
        StepReason.NOTHING_READ,
        proposed=1,
    ),
    Row(
        "one lost queue holds against the other",
        observation(queue(LOST), queue(name="bills"), replicas=4),
        4,
        StepReason.READINGS_LOST,
        proposed=1,
    ),
    Row(
        "all that is missing is named",
        observation(queue(LOST), queue(2, name="bills"), replicas=4, pods=pods(4), in_flight=UNREPORTED),
        4,
        StepReason.READINGS_LOST,
        proposed=1,
    ),
    Row(
        "one lost queue does not stop a rise",
        observation(queue(LOST), queue(50, name="bills"), replicas=4),
        10,
        StepReason.READINGS_LOST,
        proposed=10,
    ),
    Row(
        "lost slots in use hold while there are pods",
        observation(replicas=4, pods=pods(4), in_flight=LOST),
        4,
        StepReason.READINGS_LOST,
        proposed=1,
    ),
    Row(
        "slots in use that were never there are another rule's business",
        observation(replicas=4, pods=pods(4), in_flight=NEVER_THERE),
        1,
        StepReason.FRESH,
        proposed=1,
    ),
    Row(
        "the fallback waits for its time",
        observation(queue(LOST), replicas=4),
        4,
        StepReason.NOTHING_READ,
        proposed=4,
        memory=BLIND,
        spec=spec(fallback={"afterSeconds": 60, "behavior": "ReplicasIfHigher", "replicas": 6}),
    ),
    Row(
        "the fallback raises",
        observation(queue(LOST), replicas=4),
        6,
        StepReason.FALLBACK,
        proposed=4,
        memory=BLIND,
        spec=spec(fallback={"afterSeconds": 59, "behavior": "ReplicasIfHigher", "replicas": 6}),
    ),
    Row(
        "the fallback never lowers",
        observation(queue(LOST), replicas=9),
        9,
        StepReason.FALLBACK,
        proposed=9,
        memory=BLIND,
        spec=spec(fallback={"afterSeconds": 59, "behavior": "ReplicasIfHigher", "replicas": 6}),
    ),
    Row(
        "the fallback of default holds",
        observation(queue(LOST), replicas=4),
        4,
        StepReason.NOTHING_READ,
        proposed=4,
        memory=BLIND,
        spec=spec(fallback={"afterSeconds": 59}),
    ),
    Row(
        "the readings are back",
        observation(replicas=4),
        1,
        StepReason.READINGS_BACK,
        proposed=1,
        memory=BLIND,
    ),
    Row(
        "no pod, so none runs anything",
        observation(in_flight=LOST),
        0,
        StepReason.FRESH,
    ),
)
def test_the_unknown_never_lowers(row: Row) -> None:
    """What is missing holds the replicas that are there and lets them rise."""
    assert_says(row, freshness(situation(row), Proposal(row.proposed, row.memory)))


@table(
    Row(
        "waiting tasks wake a pool",
        observation(queue(3)),
        1,
        StepReason.WOKEN,
        proposed=1,
    ),
    Row(
        "nothing wakes it",
        observation(),
        0,
        StepReason.ASLEEP,
    ),
    Row(
        "idle for long enough",
        observation(replicas=1, pods=pods(1)),
        0,
        StepReason.IDLE,
    ),
    Row(
        "idle, but not long enough",
        observation(replicas=1, pods=pods(1)),
        1,
        StepReason.NOT_IDLE_LONG_ENOUGH,
        memory=idle_for(100),
    ),
    Row(
        "the first pass proves nothing",
        observation(replicas=1, pods=pods(1)),
        1,
        StepReason.NOT_IDLE_LONG_ENOUGH,
        memory=Memory(),
    ),
    Row(
        "idle for exactly as long as asked is long enough",
        observation(replicas=1, pods=pods(1)),
        0,
        StepReason.IDLE,
        memory=idle_for(300),
    ),
    Row(
        "a report from before the last work proves nothing",
        observation(replicas=1, pods=pods(1, reported_at=NOW - 401)),
        1,
        StepReason.NOT_IDLE_LONG_ENOUGH,
    ),
    Row(
        "a task waits",
        observation(queue(statistics(1, age_seconds=0.5)), replicas=1, pods=pods(1)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "an age without a count is no task",
        observation(queue(statistics(0, age_seconds=5)), replicas=1, pods=pods(1)),
        0,
        StepReason.IDLE,
    ),
    Row(
        "a count without an age is a count that lags",
        observation(queue(statistics(2, age_seconds=0)), replicas=1, pods=pods(1)),
        0,
        StepReason.IDLE,
    ),
    Row(
        "the owner accepts zero without knowing what runs",
        observation(replicas=1, pods=pods(1), in_flight=NEVER_THERE),
        0,
        StepReason.IDLE,
        spec=spec(scaleToZero={"withoutInFlightEvidence": True}),
    ),
    Row(
        "accepting that does not cover slots in use that were lost",
        observation(replicas=1, pods=pods(1), in_flight=LOST),
        1,
        StepReason.NO_IDLE_EVIDENCE,
        spec=spec(scaleToZero={"withoutInFlightEvidence": True}),
    ),
    Row(
        "a task was dispatched lately",
        observation(queue(statistics(dispatch_rate=0.1)), replicas=1, pods=pods(1)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a task was added lately",
        observation(queue(statistics(add_rate=0.1)), replicas=1, pods=pods(1)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a report from the future does not say how old it is",
        observation(replicas=1, pods=pods(1, reported_at=NOW + 2.1)),
        1,
        StepReason.NOT_IDLE_LONG_ENOUGH,
    ),
    Row(
        "a worker that ended before it reported never got a task",
        observation(replicas=1, pods=(replace(pod(name="crashes", ready_since=None), scheduled_at=NOW - 400),)),
        0,
        StepReason.IDLE,
    ),
    Row(
        "a worker that has not reported may have got one",
        observation(replicas=1, pods=(replace(pod(name="starts", ready_since=None), scheduled_at=NOW - 401),)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a task runs",
        observation(replicas=1, pods=pods(1, used=1)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a local activity runs",
        observation(replicas=1, pods=(pod(report(0), report(2, slot_type=SlotType.LOCAL_ACTIVITY)),)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a terminating pod still runs a task",
        observation(replicas=1, pods=(*pods(1), pod(report(1), name="leaves", terminating=True))),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a queue is unknown",
        observation(queue(LOST), replicas=1, pods=pods(1)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "slots in use are unknown",
        observation(replicas=1, pods=pods(1), in_flight=NEVER_THERE),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
    Row(
        "a pod does not report",
        observation(replicas=1, pods=(pod(name="unreported"),)),
        1,
        StepReason.NO_IDLE_EVIDENCE,
    ),
)
def test_zero_needs_evidence(row: Row) -> None:
    """From zero at once; to zero only when nothing speaks against it for long enough."""
    assert_says(row, zero_gate(situation(row), Proposal(row.proposed, row.memory)))


def test_zero_gate_is_silent_when_zero_is_no_question() -> None:
    """A pool that keeps replicas needs no proof."""
    busy = observation(queue(5), replicas=3, pods=pods(3))
    proposal = zero_gate(Situation(spec(), busy, IDLE, NOW), Proposal(2, IDLE))
    assert (proposal.replicas, proposal.steps, proposal.memory.busy_at) == (2, (), NOW)
    kept = zero_gate(
        Situation(spec(minReplicas=1), observation(replicas=1, pods=pods(1)), IDLE, NOW), Proposal(0, IDLE)
    )
    assert kept == Proposal(0, IDLE)


@pytest.mark.parametrize(
    ("seen", "busy_at"),
    [
        (pods(1, used=1, reported_at=NOW - 8), NOW - 8),
        (pods(1, used=1, reported_at=NOW + 8), NOW),
        (pods(1, used=0, reported_at=NOW - 8), NOW - 400),
        ((pod(name="unreported"),), NOW),
    ],
    ids=["tasks ran when it reported", "by a clock that is ahead", "nothing ran", "it is not known"],
)
def test_work_counts_for_the_time_that_a_reading_is_of(seen: tuple[PodObservation, ...], busy_at: float) -> None:
    """A task may have ended just after the report; that it was dispatched is known by the server's rate."""
    after = zero_gate(Situation(spec(), observation(replicas=1, pods=seen), IDLE, NOW), Proposal(0, IDLE))
    assert after.memory.busy_at == busy_at


@table(
    Row(
        "minReplicas raises",
        observation(),
        2,
        StepReason.TOO_FEW_REPLICAS,
        proposed=1,
        spec=spec(minReplicas=2),
    ),
    Row(
        "maxReplicas limits",
        observation(),
        20,
        StepReason.TOO_MANY_REPLICAS,
        proposed=21,
    ),
    Row(
        "exactly minReplicas",
        observation(),
        2,
        StepReason.DESIRED_WITHIN_RANGE,
        proposed=2,
        spec=spec(minReplicas=2),
    ),
    Row("within", observation(), 20, StepReason.DESIRED_WITHIN_RANGE, proposed=20),
)
def test_the_number_lies_within_its_bounds(row: Row) -> None:
    """Whatever was proposed, `minReplicas` and `maxReplicas` have the last word."""
    assert_says(row, bounds(situation(row), Proposal(row.proposed, row.memory)))


def recommended(*before: tuple[float, int], actions: tuple[tuple[float, int, int], ...] = ()) -> Memory:
    """A memory of (seconds ago, replicas) recommended and of (seconds ago, from, to) changes made."""
    return Memory(
        tuple(Recommendation(NOW - ago, replicas) for ago, replicas in before),
        tuple(ScaleAction(NOW - ago, low, high, "", "") for ago, low, high in actions),
        NOW,
    )


def policies(direction: str, *limits: tuple[str, int, int], select: str = "Max", window: int = 0) -> Behavior:
    """Policies of (type, value, period in seconds) for one direction."""
    listed = [{"type": kind, "value": value, "periodSeconds": period} for kind, value, period in limits]
    rules = {"stabilizationWindowSeconds": window, "policies": listed, "selectPolicy": select}
    return behavior(**{direction: rules})


def limit_row(  # noqa: PLR0917 - a row reads best as a row
    name: str, current: int, proposed: int, limit: int, rules: Behavior, memory: Memory
) -> Row:
    """A row in which policies leave `limit` of what is proposed."""
    up = proposed > current
    reason = StepReason.SCALE_UP_LIMIT if up else StepReason.SCALE_DOWN_LIMIT
    if limit == proposed:
        reason = StepReason.READY_FOR_NEW_SCALE
    seen = observation(replicas=current)
    return Row(name, seen, limit, reason, proposed, memory, spec(behavior=rules, maxReplicas=1000))


SEEN_BEFORE = recommended((3600, 0))
"""A memory in which nothing stabilizes and nothing was changed."""


@table(
    limit_row("defaults up: 4 pods are more than 100 %", 3, 100, 7, Behavior(), SEEN_BEFORE),  # max(3 + 4, 3 * 2)
    limit_row("defaults up: 100 % is more than 4 pods", 10, 100, 20, Behavior(), SEEN_BEFORE),  # max(10 + 4, 10 * 2)
    limit_row("defaults up: exactly as many as are allowed", 10, 20, 20, Behavior(), SEEN_BEFORE),
    limit_row(
        "defaults up: what was added within 15 s counts",
        7,
        100,
        7,  # 3 at the period's start: max(3 + 4, 3 * 2)
        Behavior(),
        recommended((3600, 0), actions=((14, 3, 7),)),
    ),
    limit_row(
        "defaults up: what was added 15 s ago does not count",
        7,
        100,
        14,
        Behavior(),
        recommended((3600, 0), actions=((15, 3, 7),)),
    ),
    limit_row(
        "up: what was removed within the period counts too",
        5,
        100,
        13,  # 9 at the period's start, + 4
        policies("scaleUp", ("Pods", 4, 60)),
        recommended((3600, 0), actions=((30, 9, 5),)),
    ),
    limit_row(
        "up: Percent is rounded up",
        99,
        1000,
        109,  # ceil(99 * 1.1)
        policies("scaleUp", ("Percent", 10, 60)),
        SEEN_BEFORE,
    ),
    limit_row(
        "up: Max takes the larger change",
        10,
        100,
        15,
        policies("scaleUp", ("Percent", 50, 60), ("Pods", 4, 60)),
        SEEN_BEFORE,
    ),
    limit_row(
        "up: Min takes the smaller change",
        10,
        100,
        14,
        policies("scaleUp", ("Percent", 50, 60), ("Pods", 4, 60), select="Min"),
        SEEN_BEFORE,
    ),
    limit_row(
        "up: Disabled allows none", 10, 100, 10, policies("scaleUp", ("Pods", 4, 60), select="Disabled"), SEEN_BEFORE
    ),
    limit_row(
        "up: never below what is there",
        10,
        12,
        10,  # 4 at the period's start, + 4 = 8
        policies("scaleUp", ("Pods", 4, 60)),
        recommended((3600, 0), actions=((30, 4, 10),)),
    ),
    limit_row(
        "up: from zero one is allowed whatever Percent says",
        0,
        5,
        1,
        policies("scaleUp", ("Percent", 100, 15)),
        SEEN_BEFORE,
    ),
    limit_row(
        "up: from zero one is allowed even when Disabled",
        0,
        5,
        1,
        policies("scaleUp", ("Pods", 4, 60), select="Disabled"),
        SEEN_BEFORE,
    ),
    limit_row("defaults down: all may go", 10, 0, 0, policies("scaleDown", ("Percent", 100, 15)), SEEN_BEFORE),
    limit_row(
        "down: Percent is rounded down",
        99,
        0,
        89,  # floor(99 * 0.9)
        policies("scaleDown", ("Percent", 10, 60)),
        SEEN_BEFORE,
    ),
    limit_row(
        "down: Max takes the larger change",
        10,
        0,
        5,
        policies("scaleDown", ("Percent", 50, 60), ("Pods", 4, 60)),
        SEEN_BEFORE,
    ),
    limit_row(
        "down: Min takes the smaller change",
        10,
        0,
        6,
        policies("scaleDown", ("Percent", 50, 60), ("Pods", 4, 60), select="Min"),
        SEEN_BEFORE,
    ),
    limit_row(
        "down: Disabled allows none", 10, 0, 10, policies("scaleDown", ("Pods", 4, 60), select="Disabled"), SEEN_BEFORE
    ),
    limit_row(
        "down: what was removed within the period counts",
        8,
        0,
        6,  # 10 at the period's start, - 4
        policies("scaleDown", ("Pods", 4, 60)),
        recommended((3600, 0), actions=((30, 10, 8),)),
    ),
    limit_row(
        "down: never above what is there",
        8,
        0,
        8,  # 20 at the period's start, - 4 = 16
        policies("scaleDown", ("Pods", 4, 60)),
        recommended((3600, 0), actions=((30, 20, 8),)),
    ),
)
def test_policies_limit_the_change_within_their_period(row: Row) -> None:
    """The limits are those that autoscaling/v2 documents."""
    assert_says(row, behavior_rule(situation(row), Proposal(row.proposed, row.memory)))


WINDOWS = spec(
    maxReplicas=1000,
    behavior={
        "scaleUp": {
            "stabilizationWindowSeconds": 60,
            "policies": [{"type": "Pods", "value": 1000, "periodSeconds": 15}],
        },
        "scaleDown": {"stabilizationWindowSeconds": 120},
    },
)


@table(
    Row(
        "the lowest of the window wins when scaling up",
        observation(replicas=10),
        12,
        StepReason.SCALE_UP_STABILIZED,
        15,
        recommended((59, 12), (61, 11)),
        WINDOWS,
    ),
    Row(
        "a window that went below what is there keeps it",
        observation(replicas=10),
        10,
        StepReason.SCALE_UP_STABILIZED,
        15,
        recommended((30, 3)),
        WINDOWS,
    ),
    Row(
        "the highest of the window wins when scaling down",
        observation(replicas=10),
        8,
        StepReason.SCALE_DOWN_STABILIZED,
        2,
        recommended((119, 8), (121, 9)),
        WINDOWS,
    ),
    Row(
        "a window that went above what is there keeps it",
        observation(replicas=10),
        10,
        StepReason.SCALE_DOWN_STABILIZED,
        2,
        recommended((60, 30)),
        WINDOWS,
    ),
    Row(
        "a recommendation exactly as old as the window is out of it",
        observation(replicas=10),
        2,
        StepReason.READY_FOR_NEW_SCALE,
        2,
        recommended((120, 8)),
        WINDOWS,
    ),
    Row(
        "at the first pass the replicas that are there count as just needed",
        observation(replicas=10),
        10,
        StepReason.SCALE_DOWN_STABILIZED,
        2,
        Memory(),
        WINDOWS,
    ),
    Row(
        "a window of zeros keeps one replica at one",
        observation(replicas=1),
        1,
        StepReason.READY_FOR_NEW_SCALE,
        1,
        recommended((30, 0)),
        WINDOWS,
    ),
    Row(
        "the single replica that is proposed from zero comes at once",
        observation(replicas=0),
        1,
        StepReason.READY_FOR_NEW_SCALE,
        1,
        recommended((30, 0)),
        WINDOWS,
    ),
    Row(
        "a window of zeros is said as it is",
        observation(replicas=10),
        10,
        StepReason.SCALE_UP_STABILIZED,
        15,
        recommended((30, 0)),
        WINDOWS,
    ),
    Row(
        "what was proposed lately brings none back to zero",
        observation(replicas=0),
        0,
        StepReason.READY_FOR_NEW_SCALE,
        0,
        recommended((30, 5)),
        WINDOWS,
    ),
    Row(
        "and none comes when none is proposed",
        observation(replicas=0),
        0,
        StepReason.READY_FOR_NEW_SCALE,
        0,
        recommended((30, 0)),
        WINDOWS,
    ),
    Row(
        "from zero one replica comes at once",
        observation(replicas=0),
        1,
        StepReason.SCALE_UP_STABILIZED,
        15,
        recommended((30, 0)),
        WINDOWS,
    ),
)
def test_windows_stabilize_the_recommendation(row: Row) -> None:
    """Up: the lowest recommendation of the window; down: the highest."""
    assert_says(row, behavior_rule(situation(row), Proposal(row.proposed, row.memory)))
