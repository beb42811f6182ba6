"""What is the case, and no reading tells in full: the processes of each pod, and when which task ran where."""

from dataclasses import dataclass

from hypothesis import strategies as st

from controller.api.model import TaskType
from tests.scaling.builders import NOW

SLOTS = {TaskType.ACTIVITY: 4, TaskType.WORKFLOW: 6}
"""Of each worker, by the type of its tasks."""

END = NOW + 150
"""Nothing new happens from here on."""


@dataclass(frozen=True)
class Task:
    """One task, from when a worker got it."""

    pod: int
    kind: TaskType
    started_at: float
    ended_at: float
    """By itself, or with its process."""

    def runs(self, at: float) -> bool:
        """Whether it runs at a time."""
        return self.started_at <= at < self.ended_at


@dataclass(frozen=True)
class Process:
    """A worker's process: a container that ends is started again as another one."""

    started_at: float
    ended_at: float
    beats_each: float
    """Seconds between its reports, the first of which it sends as it starts."""

    def last_beat(self, at: float) -> float:
        """When it last reported before a time; it reports no more at the moment in which it ends."""
        until = min(at, self.ended_at - 1)
        return self.started_at + (until - self.started_at) // self.beats_each * self.beats_each


@dataclass(frozen=True)
class Pod:
    """A pod with its processes, oldest first, and when its readiness probe says so."""

    processes: tuple[Process, ...]
    ready: tuple[tuple[float, float], ...]
    clock_ahead: float
    cut_off_at: float

    def process(self, at: float) -> Process | None:
        """The one that runs at a time."""
        return next((p for p in self.processes if p.started_at <= at < p.ended_at), None)

    def ready_since(self, at: float) -> float | None:
        """As Kubernetes says it."""
        if at >= self.cut_off_at:
            return None
        return next((since for since, until in self.ready if since <= at < until), None)


@dataclass(frozen=True)
class Truth:
    """Everything that happens to a pool whose replicas stay as they are."""

    kinds: tuple[TaskType, ...]
    """What its workers do."""
    pods: tuple[Pod, ...]
    tasks: tuple[Task, ...]

    def running(self, pod: int, at: float, kind: TaskType) -> list[Task]:
        """The tasks of a type that run on a pod."""
        return [task for task in self.tasks if (task.pod, task.kind) == (pod, kind) and task.runs(at)]

    def ended(self, pod: int, process: Process, at: float, kind: TaskType) -> int:
        """The tasks of a type that a process has done by a time."""
        mine = (task for task in self.tasks if (task.pod, task.kind) == (pod, kind))
        its = (task for task in mine if task.started_at >= process.started_at)
        return sum(task.ended_at <= at and task.ended_at < process.ended_at for task in its)

    def started_within(self, since: float, until: float, kind: TaskType) -> int:
        """The tasks of a type that were handed out within a time."""
        return sum(task.kind == kind and since < task.started_at <= until for task in self.tasks)


beats = st.sampled_from([10.0, 60.0])
clocks = st.sampled_from([*[0.0] * 5, 1.5, -20.0, 10_000.0])
"""A clock that is far ahead is one of which no report says how old it is; one that is a little behind looks older."""

ENDLESS = END + 1e6


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    """An old pod or one that starts; its container may end and be started again, its probe may fail while it works.

    Its node may be cut off: its tasks run on, and neither readiness nor reports get through.
    """
    each, born = draw(beats), draw(st.sampled_from([*[NOW - 997.0] * 4, NOW + 7.0, NOW + 31.0]))
    trouble = draw(st.sampled_from([*["none"] * 5, "crash", "crash", "cut off", "cut off"]))
    crash, cut_off = (draw(st.sampled_from([NOW + 43.0, NOW + 63.0])), draw(st.sampled_from([NOW - 199.0, NOW + 33.0])))
    processes = [Process(born, ENDLESS, each)]
    if trouble == "crash":
        processes = [Process(born, crash, each), Process(crash + draw(st.sampled_from([1.0, 30.0])), ENDLESS, each)]
    probe = draw(st.sampled_from(["good", "good", "never", "fails"]))
    since = born + draw(st.sampled_from([0.0, 3.0]))
    ready = {"good": ((since, ENDLESS),), "never": (), "fails": ((since, NOW + 50), (NOW + 100, ENDLESS))}[probe]
    return Pod(tuple(processes), ready, draw(clocks), cut_off if trouble == "cut off" else ENDLESS)


KINDS = (
    (TaskType.ACTIVITY,),
    (TaskType.WORKFLOW,),
    (TaskType.WORKFLOW, TaskType.ACTIVITY),
)
"""Workers of one type of tasks, and unified ones."""

DURATIONS = ([1.0, 9.0], [1.0, 9.0, 400.0], [400.0])
"""Seconds that the tasks of a pool take: where all are short, busy pods may be asked to stop."""

Start = tuple[int, TaskType, float, float, int]
"""Pod, type of the tasks, when they start, how long they take, and how many they are."""


@st.composite
def scattered(draw: st.DrawFn, pods_there: int, kinds: tuple[TaskType, ...]) -> list[Start]:
    """Tasks of a second to some minutes, alone or as many at once as a pod takes."""
    durations = draw(st.sampled_from(DURATIONS))
    return [
        (
            draw(st.integers(0, pods_there - 1)),
            kind := draw(st.sampled_from(kinds)),
            started_at,
            draw(st.sampled_from(durations)),
            draw(st.sampled_from([1, 1, 3, SLOTS[kind]])),
        )
        for started_at in sorted(draw(st.lists(st.floats(NOW - 300, END - 60), max_size=5)))
    ]


@st.composite
def waves(draw: st.DrawFn, pods_there: int, kinds: tuple[TaskType, ...]) -> list[Start]:
    """The same number of short tasks again and again, so that it is known how long they take."""
    kind, seconds = draw(st.sampled_from(kinds)), draw(st.sampled_from([9.0, 12.0]))
    count, full = draw(st.sampled_from([1, SLOTS[kind]])), draw(st.integers(1, pods_there))
    first, each = NOW + draw(st.integers(0, 15)), draw(st.sampled_from([15.0, 40.0, 70.0]))
    times = [first + number * each for number in range(int((END - first) / each))]
    return [(number, kind, at, seconds, count) for at in times for number in range(full)]


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """One to three pods, and what they get to do."""
    there, kinds = tuple(draw(st.lists(pods(), min_size=1, max_size=3))), draw(st.sampled_from(KINDS))
    starts = draw(st.one_of(scattered(len(there), kinds), scattered(len(there), kinds), waves(len(there), kinds)))
    return _handed_out(there, kinds, starts)


@st.composite
def sound_truths(draw: st.DrawFn) -> Truth:
    """Three pods to which nothing happens but waves of tasks, whatever their clocks say."""
    clock = draw(st.sampled_from([0.0, 0.0, 10_000.0]))
    sound = Pod((Process(NOW - 997, ENDLESS, draw(beats)),), ((NOW - 997, ENDLESS),), clock, ENDLESS)
    kinds = draw(st.sampled_from(KINDS))
    return _handed_out((sound,) * 3, kinds, draw(waves(3, kinds)))


def _handed_out(there: tuple[Pod, ...], kinds: tuple[TaskType, ...], starts: list[Start]) -> Truth:
    """The tasks that run: one that finds no free slot is not handed out."""
    tasks: list[Task] = []
    for number, kind, started_at, seconds, count in starts:
        process = there[number].process(started_at)
        busy = sum((task.pod, task.kind) == (number, kind) and task.runs(started_at) for task in tasks)
        if process is not None and started_at < there[number].cut_off_at:
            task = Task(number, kind, started_at, min(started_at + seconds, process.ended_at))
            tasks += [task] * min(count, SLOTS[kind] - busy)
    return Truth(kinds, there, tuple(tasks))
