"""What the operator gets to see of the truth: late, lost, doubled, contradictory, from the future, of the dead."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from controller.api.model import TaskType
from controller.cluster.objects import Pod as SeenPod
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.scaling.observation import Observation, QueueStatistics, SlotReport, SlotType, Unknown
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import MAX_HEARTBEAT_AGE_SECONDS, WorkerReport
from tests.operator.builders import AUTO, RECOMMEND, deployment, inputs
from tests.operator.builders import pod as seen_pod
from tests.scaling.builders import LOST, QUEUE, statistics
from tests.scaling.hidden_truth.truth import SLOTS, Pod, Process, Truth

CACHE_SECONDS = 5.0


@dataclass(frozen=True)
class Sense:
    """How one poll sees."""

    cached_for: float = 0.0
    """How old the server's answer is, up to `CACHE_SECONDS`."""
    queue_lost: bool = False
    workers_lost: bool = False
    doubled: bool = False
    """Whether the server lists each worker twice."""
    late: frozenset[int] = frozenset()
    """Pods whose last report did not get through; the one before did."""
    unreported: frozenset[int] = frozenset()
    """Pods whose reports did not get through for so long that the server forgot them."""


few = st.one_of(*[st.just(frozenset[int]())] * 4, st.frozensets(st.integers(0, 2), max_size=2))
senses = st.builds(
    Sense,
    cached_for=st.sampled_from([0.0, 2.0, CACHE_SECONDS]),
    queue_lost=st.sampled_from([*[False] * 19, True]),
    workers_lost=st.sampled_from([*[False] * 19, True]),
    doubled=st.booleans(),
    late=few,
    unreported=few,
)


@dataclass(frozen=True)
class LastBeat:
    """A report that got through: which one, of which process."""

    process: Process
    beat: float


def last_beat_of(truth: Truth, number: int, sense: Sense, now: float) -> LastBeat | None:
    """The last report of the process that runs now, if one got through."""
    process = truth.pods[number].process(now)
    if process is None or sense.workers_lost or number in sense.unreported:
        return None
    pod = truth.pods[number]
    beat = process.last_beat(min(now, pod.cut_off_at)) - (process.beats_each if number in sense.late else 0)
    is_listed = now - beat - pod.clock_ahead <= MAX_HEARTBEAT_AGE_SECONDS
    return LastBeat(process, beat) if beat >= process.started_at and is_listed else None


def sensed(
    truth: Truth,
    sense: Sense,
    learned: Learned,
    now: float,
    costs: dict[str, int],
    *,
    contradictory: bool,
    can_set_deletion_costs: bool,
) -> tuple[Observation, Learned]:
    """What one poll makes of the truth, by way of the operator's own joining of workers and pods."""
    there = [number for number, pod in enumerate(truth.pods) if pod.processes[0].started_at - 5 <= now]
    pods = tuple(
        replace(_pod(truth.pods[number], number, now), deletion_cost=costs.get(f"worker-{number}", 0))
        for number in there
    )
    workers = tuple(w for number in there for w in _workers(truth, number, sense, now, contradictory=contradictory))
    reading = TemporalReading(
        {(QUEUE, kind): LOST if sense.queue_lost else _statistics(truth, sense, now, kind) for kind in truth.kinds},
        LOST if sense.workers_lost else workers * (2 if sense.doubled else 1),
        None,
    )
    target, slots = deployment(replicas=len(pods)), {(QUEUE, kind): SLOTS[kind] for kind in truth.kinds}
    spec = AUTO if can_set_deletion_costs else RECOMMEND
    return observe(inputs(pods, slots, reading, spec=spec, of=target), learned, now)


def _pod(pod: Pod, number: int, now: float) -> SeenPod:
    """As Kubernetes tells it: a container that does not run has the time at which it ended."""
    first, process = pod.processes[0], pod.process(now)
    ended = [each.ended_at for each in pod.processes if each.ended_at <= now]
    started = {"worker": process.started_at if process else max(ended)} if process or ended else {}
    ready_since = pod.ready_since(now) if process else None
    were_ready = [min(until, now) for since, until in pod.ready if since <= now]
    return seen_pod(
        f"worker-{number}",
        created_at=first.started_at - 5,
        scheduled_at=first.started_at - 4,
        phase="Pending" if now < first.started_at else "Running",
        ready_since=ready_since,
        unready_since=max(were_ready, default=None) if ready_since is None else None,
        stopped_containers=frozenset() if process else frozenset({"worker"}),
        container_started_at=started,
    )


def _workers(truth: Truth, number: int, sense: Sense, now: float, *, contradictory: bool) -> list[WorkerReport]:
    """The worker that lives, and those whose processes are dead and which the server lists still."""
    if sense.workers_lost or number in sense.unreported:
        return []
    alive = last_beat_of(truth, number, sense, now)
    dead = [LastBeat(p, p.last_beat(now)) for p in truth.pods[number].processes if p.ended_at <= now]
    lately = [each for each in dead if now - each.beat <= MAX_HEARTBEAT_AGE_SECONDS]
    return [_report(truth, number, each, contradictory=contradictory) for each in ([alive] if alive else []) + lately]


def _report(truth: Truth, number: int, newest: LastBeat, *, contradictory: bool) -> WorkerReport:
    host = f"worker-{number}"
    reports = tuple(_slots(truth, number, newest, kind, contradictory=contradictory) for kind in truth.kinds)
    return WorkerReport(host, f"1@{host}", reports, interval_seconds=newest.process.beats_each)


def _slots(truth: Truth, number: int, newest: LastBeat, kind: TaskType, *, contradictory: bool) -> SlotReport:
    used, ahead = len(truth.running(number, newest.beat, kind)), truth.pods[number].clock_ahead
    return SlotReport(
        task_queue=QUEUE,
        slot_type=SlotType(kind),
        slots_used=min(SLOTS[kind], used + 1) if contradictory else used,
        slots_available=SLOTS[kind] - used,
        reported_at=newest.beat + ahead,
        tasks_ended=truth.ended(number, newest.process, newest.beat, kind),
        worker=f"{number}-{newest.process.started_at}",
        worker_started_at=newest.process.started_at + ahead,
    )


def _statistics(truth: Truth, sense: Sense, now: float, kind: TaskType) -> QueueStatistics | Unknown:
    of = now - sense.cached_for
    rate = truth.started_within(of - 30, of, kind) / 30
    return statistics(add_rate=rate, dispatch_rate=rate, read_at=now)
