"""One run from its namespaces to its folder: prepare, play, record."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from kubernetes.aio.client import ApiClient
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.client import Client

from bench.real import decisions, recording
from bench.real.attempts import PodOutput, tasks_since
from bench.real.cluster_view import ClusterView, Scale
from bench.real.load import Load, name_of
from bench.real.machine import Machine, MachineWatch
from bench.real.manifests import deployment, pool
from bench.real.operator_usage import Usage, usage
from bench.real.picture import draw
from bench.real.plan import Plan
from bench.real.recording import Recording, ReplicaChange, Statistics, Task
from bench.real.result import Result, result
from bench.real.scalers import OPERATOR, Target, constant_replicas, stand_in
from bench.real.task_duration import ReportedDuration, reported_duration
from bench.real.task_queue import QueueReader
from bench.real.workflow_tasks import workflow_tasks
from localcluster.cluster import LocalCluster
from localcluster.errors import LocalClusterError
from localcluster.operator_process import STOP_SECONDS, OperatorProcess, start_operator
from localcluster.ports import free_ports

SETTLE_SECONDS: Final = 15.0
"""The load begins this long after everything is there, and up to as much later: at any moment between two polls."""

READY_SECONDS: Final = 120.0
"""How much longer than a start the pods of a constant number may take."""

TASKS_SECONDS: Final = 420.0
"""How long after the last arrival tasks may take before a run gives up: 60 s tasks that are cut short again and again
are not done after 15 minutes, either."""

TAIL_SECONDS: Final = 700.0
"""How long the way to zero may take; KEDA's defaults need 600 s."""

PROGRESS_SECONDS: Final = 15.0

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share."""

    cluster: LocalCluster
    api: ApiClient
    """As the admin."""
    operator_kubeconfig: Path
    fork_server: Path
    """The socket of the server that forks workers."""
    folder: Path
    """Gets a folder for each run."""
    say: Callable[[str], None]
    read_statistics: bool = False
    """Also read statistics each second, which keeps the server's cache warm for the operator."""
    settle_seconds: float = SETTLE_SECONDS


@dataclass(frozen=True, slots=True)
class Played:
    """A run that was played to its end."""

    plan: Plan
    result: Result
    machine: Machine
    operator: Usage | None = None
    """Of the operator's process, where it scaled."""
    reported: ReportedDuration | None = None
    """What it reported of the duration of tasks."""


@dataclass(slots=True)
class Run:
    """A run under way."""

    bench: Bench
    plan: Plan
    client: Client
    view: ClusterView
    load: Load
    output: PodOutput
    begin: float = 0
    """Unix time of the load's beginning."""
    statistics: list[Statistics] = field(default_factory=list)

    @property
    def expected(self) -> int:
        """Activities that the load brings."""
        return len(self.load.arrivals) * self.plan.profile.tasks_per_arrival

    @property
    def done(self) -> bool:
        """Whether every activity was."""
        return self.output.ended >= self.expected


async def play(bench: Bench, plan: Plan) -> Played:
    """Play one run in namespaces of its own and write its folder.

    Raises:
        localcluster.errors.LocalClusterError: The operator or the cluster failed.
        temporalio.service.RPCError: The server refused a task.
    """
    namespace = f"bench-{secrets.token_hex(3)}"
    await _prepare(bench, plan, namespace)
    client = await Client.connect(bench.cluster.temporal_address, namespace=namespace)
    view = ClusterView(bench.api, namespace)
    load = Load(client, plan.profile, plan.arrivals())
    run = Run(bench, plan, client, view, load, PodOutput(bench.cluster.logs_folder / "pods", namespace))
    async with _going_on(view.follow()), _scaling(run, namespace) as operator:
        machine = await _play(run)
        taken = usage(operator.child.process.pid) if operator else None
    played = await _record(run, machine, taken, operator)
    await asyncio.to_thread(bench.cluster.kubectl, "delete", "namespace", namespace, "--wait=false")
    return played


async def _prepare(bench: Bench, plan: Plan, namespace: str) -> None:
    cluster = bench.cluster
    await asyncio.to_thread(cluster.kubectl, "create", "namespace", namespace)
    await asyncio.to_thread(cluster.create_temporal_namespace, namespace)
    items = [deployment(plan, cluster.temporal_address, namespace, bench.fork_server)]
    if plan.scaler == OPERATOR:
        items.append(pool(plan, cluster.temporal_address, namespace))
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    await asyncio.to_thread(cluster.kubectl, "apply", "-n", namespace, "-f", "-", input=objects)


@contextlib.asynccontextmanager
async def _scaling(run: Run, namespace: str) -> AsyncIterator[OperatorProcess | None]:
    """Runs the plan's scaler until the block ends; gives the operator if it is one."""
    plan, scale = run.plan, Scale(run.bench.api, namespace)
    if plan.scaler == OPERATOR:
        async with _operator(run.bench, namespace) as operator:
            yield operator
    elif (replicas := constant_replicas(plan.scaler)) is not None:
        await scale.write(replicas)
        if not await _until(lambda: run.view.ready == replicas, READY_SECONDS + plan.start_seconds):
            raise LocalClusterError(f"{plan.name}: {run.view.ready} of {replicas} pods were ready in time")
        async with _going_on(_end_constant(run, scale)):
            yield None
    else:
        target = Target(scale, QueueReader(run.client).backlog, Random(plan.seed))  # noqa: S311 - a phase, no secret
        async with _going_on(stand_in(plan.scaler, target)):
            yield None


@contextlib.asynccontextmanager
async def _operator(bench: Bench, namespace: str) -> AsyncIterator[OperatorProcess]:
    (port,) = free_ports(1)
    # A child must be started from the main thread; waiting for it would stop other runs.
    operator = start_operator(
        bench.cluster, bench.operator_kubeconfig, port, f"operator-{namespace}", "--namespace", namespace
    )
    try:
        await asyncio.to_thread(operator.wait_until_ready)
        yield operator
    finally:
        await asyncio.to_thread(operator.child.stop, STOP_SECONDS)


async def _end_constant(run: Run, scale: Scale) -> None:
    """A constant number costs until the work is done."""
    await _until(lambda: run.done, float("inf"))
    await scale.write(0)


async def _play(run: Run) -> Machine:
    """Let everything settle, play the load, and wait for its end and for zero."""
    random = Random(f"{run.plan.name} begins")  # noqa: S311 - a phase, no secret
    await asyncio.sleep(run.bench.settle_seconds * (1 + random.random()))
    watch = MachineWatch()
    run.begin = time.time()
    async with _going_on(watch.follow(), _report(run), *_reading(run)):
        await run.load.play(run.begin)
        await _until(lambda: run.done, TASKS_SECONDS)
        await _until(lambda: not run.view.replicas and not run.view.present, TAIL_SECONDS)
    return watch.machine()


async def _report(run: Run) -> None:
    """Read what the pods write, and print the progress from time to time."""
    printed_at = run.begin
    while True:
        await asyncio.sleep(1)
        run.output.read()
        if time.time() - printed_at >= PROGRESS_SECONDS:
            printed_at = time.time()
            arrived, ended = len(run.load.started_at), run.output.ended
            run.bench.say(
                f"{run.plan.name}: {printed_at - run.begin:4.0f} s, {arrived} of {len(run.load.arrivals)} arrived, "
                f"{ended} of {run.expected} tasks done, {run.view.replicas} replicas, {run.view.ready} ready"
            )


def _reading(run: Run) -> Iterator[Coroutine[object, object, None]]:
    if run.bench.read_statistics:
        yield _read_statistics(run)


async def _read_statistics(run: Run) -> None:
    reader, view = QueueReader(run.client), run.view
    while True:
        stats = await reader.statistics(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
        run.statistics.append(
            Statistics(
                time.time() - run.begin,
                view.replicas,
                view.present,
                view.ready,
                stats.approximate_backlog_count,
                stats.approximate_backlog_age.ToTimedelta().total_seconds(),
                stats.tasks_add_rate,
                stats.tasks_dispatch_rate,
            )
        )
        await asyncio.sleep(1)


async def _record(run: Run, machine: Machine, taken: Usage | None, operator: OperatorProcess | None) -> Played:
    """Write the run's folder."""
    run.output.read()
    plan, folder = run.plan, run.bench.folder / run.plan.name
    seen = Recording(
        await _tasks(run),
        sorted((pod.since(run.begin) for pod in run.view.pods), key=lambda pod: pod.created),
        _replica_changes(run),
        run.statistics,
    )
    recording.write(folder, seen)
    reported = _write_decisions(run, operator, seen) if operator else None
    played = Played(plan, result(seen, plan.objective_seconds, plan.start_seconds), machine, taken, reported)
    (folder / RESULT).write_text(json.dumps(as_json(played), indent=2) + "\n")
    await asyncio.to_thread(draw, seen, plan, folder / "picture.png")
    return played


def _write_decisions(run: Run, operator: OperatorProcess, seen: Recording) -> ReportedDuration:
    with operator.child.log_file.open() as log:
        decided = list(decisions.decisions(log, run.begin))
    decisions.write(run.bench.folder / run.plan.name, decided)
    return reported_duration(decided, [task for task in seen.tasks if task.type == "Activity"])


def as_json(played: Played) -> dict[str, object]:
    """All of a run's numbers."""
    return {
        "plan": played.plan.as_json(),
        "result": played.result.as_json(),
        "machine": played.machine.as_json(),
        "operator": asdict(played.operator) if played.operator else None,
        "task_duration_reported": asdict(played.reported) if played.reported else None,
    }


async def _tasks(run: Run) -> list[Task]:
    arrivals = dict(zip(map(name_of, range(len(run.load.arrivals))), run.load.arrivals, strict=True))
    planned = {name: arrivals[name[: len(name_of(0))]].task_seconds for name in run.output.activities}
    others: list[Task] = []
    for name, arrival in arrivals.items():
        missing = run.plan.profile.tasks_per_arrival - sum(each.startswith(name) for each in planned)
        at = run.load.started_at.get(name, run.begin + arrival.at_seconds) - run.begin
        others += [Task(at, arrival.task_seconds)] * missing
    if run.plan.profile.workflow:
        others += [task async for task in workflow_tasks(run.client, arrivals, run.begin)]
    return tasks_since(run.begin, run.output.activities, planned, others)


def _replica_changes(run: Run) -> list[ReplicaChange]:
    """Those from the beginning of the load on, and before them the replicas of that moment."""
    since = [ReplicaChange(change.at - run.begin, change.replicas) for change in run.view.replica_changes]
    before = [change for change in since if change.at < 0]
    after = (change for change in since if change.at >= 0)
    return [*(ReplicaChange(0, change.replicas) for change in before[-1:]), *after]


@contextlib.asynccontextmanager
async def _going_on(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Work that goes on beside the block; the first of both that fails ends the other."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        yield
        for task in tasks:
            task.cancel()


async def _until(true: Callable[[], bool], timeout_seconds: float) -> bool:
    """Wait until something is true, at most for a time; gives whether it is."""
    deadline = time.monotonic() + timeout_seconds
    while not true() and time.monotonic() < deadline:  # noqa: ASYNC110 - what is waited for happens elsewhere
        await asyncio.sleep(0.2)
    return true()
