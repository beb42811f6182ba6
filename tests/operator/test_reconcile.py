"""Whole passes over one pool, without a cluster: what is reported is what was read and decided, however passes end."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.condition_reasons import Ready
from controller.api.conditions import NOT_CHECKED
from controller.api.text import MAX_BYTES
from controller.cluster.errors import ClusterUnavailableError, ForbiddenError
from controller.cluster.events import Event
from controller.cluster.objects import Container, Deployment, Pod
from controller.cluster.workload import Scaled, WatchesByNamespace
from controller.operator.actuate import claim, replicas
from controller.operator.clock import Clock
from controller.operator.inputs.contention import Contention
from controller.operator.inputs.read import InputsReader, Sources
from controller.operator.pass_log import PassLog
from controller.operator.passes import ConditionUpdate
from controller.operator.pools import PoolTable
from controller.operator.reconcile import Reconciler
from controller.operator.report import reporter, status
from controller.operator.report.conditions import KEPT_FAILURES
from controller.operator.report.status import SIGN_OF_LIFE_SECONDS
from controller.page.history import History
from controller.scaling.observation import Unknown
from controller.temporal.budget import ReadBudget
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport
from tests.api.pools import SMALLEST, changed
from tests.operator.builders import NOW, deployment, pod
from tests.scaling.builders import LOST, statistics

STEP_SECONDS = 30.0
"""Between two passes."""


@dataclass
class World:
    """One pool, and in place of the API server and Temporal what a test says."""

    deployment: Deployment | None = field(default_factory=lambda: deployment(replicas=2))
    pods: tuple[Pod, ...] = (pod("a"), pod("b"))
    backlog: int = 3
    meanwhile: Callable[[], None] = lambda: None
    """What happens while Temporal is read."""
    statuses: list[dict[str, Any]] = field(default_factory=list)
    """Those that were written."""
    parts: list[tuple[str, ...]] = field(default_factory=list)
    """The fields of each that were written; none: all."""
    events: list[str] = field(default_factory=list)
    """Reasons of those that were published about the pool."""
    on_deployment: list[Event] = field(default_factory=list)
    """Those that were published about the Deployment."""
    annotations: list[str | None] = field(default_factory=list)
    """What was written into the Deployment's annotation that names its pool; `None`: it was removed."""
    refuses_annotations: bool = False
    notes: list[str] = field(default_factory=list)
    """Their texts."""
    lost: Unknown | None = None
    """Why Temporal's statistics can't be read."""
    now: float = NOW
    generation: int = 0
    history: History = field(default_factory=History)
    """Of the page."""
    table: PoolTable = field(default_factory=lambda: PoolTable(lambda _: None, lambda _: None))

    def __post_init__(self) -> None:
        """Wires a reconciler to this world."""
        scalers: Any = SimpleNamespace(of=lambda *_: (), unread=lambda *_: ())
        watches: Any = SimpleNamespace(
            deployments=SimpleNamespace(get=lambda *_: self.deployment),
            pods=SimpleNamespace(of=lambda _: self.pods),
            scalers=scalers,
            outdated=None,
            unwatched=None,
        )
        cluster: Any = SimpleNamespace(account="", client=None)
        temporal: Any = self
        clock = Clock(lambda: self.now, lambda: self.now)
        contention = Contention(lambda _: scalers, self.table.pools_on)
        sources = Sources(cluster, WatchesByNamespace({None: watches}), contention, temporal)
        self.reporter = reporter.Reporter(cluster, clock.now)
        inputs = InputsReader(sources, clock)
        self.reconciler = Reconciler(cluster, inputs, self.reporter, clock, PassLog(history=self.history))

    def store(self, generation: int = 1, **fields: Any) -> None:
        """The API server gives the pool."""
        metadata = {"name": "orders", "namespace": "prod", "uid": "u", "generation": generation}
        metadata |= {"annotations": fields.pop("annotations", {})}
        spec: Any = changed(SMALLEST, **fields)
        self.table.store({"metadata": {**metadata, "resourceVersion": str(generation)}, "spec": spec})

    def at_zero(self, **fields: Any) -> None:
        """Tasks wait, and the Deployment has no replicas, as it is read after anything that was written."""
        self.deployment = replace(deployment(replicas=0), resource_version=str(int(self.now)), **fields)
        self.backlog, self.pods = 200, ()

    async def reconcile(self) -> float:
        """One pass, so long after the last one that its status is written whatever it says."""
        known = self.table.get(("prod", "orders"))
        assert known is not None
        self.now += STEP_SECONDS
        state, pause = await self.reconciler.reconcile(*known)
        self.table.keep(known.pool, state)
        return pause

    @property
    def conditions(self) -> dict[str, dict[str, Any]]:
        """Those that were last written."""
        return {condition["type"]: condition for condition in self.statuses[-1]["conditions"]}

    def budget(self, *_: object) -> ReadBudget:
        """Of Temporal: more than enough."""
        return ReadBudget(1000, lambda: self.now)

    async def read(self, _: object, __: object, queues: list[Any], *___: object, with_workers: bool) -> TemporalReading:
        """What Temporal answers."""
        self.meanwhile()
        assert with_workers
        read = self.lost or statistics(self.backlog, read_at=self.now)
        return TemporalReading(dict.fromkeys(queues, read), (), None)

    async def workers_on(self, *_: object) -> tuple[WorkerReport, ...]:
        """What runs on the pods: no worker sends heartbeats."""
        return ()

    async def keeps_heartbeats(self, *_: object) -> bool:
        """Whether Temporal keeps worker heartbeats."""
        return True

    async def write_status(self, _: object, __: object, status: dict[str, Any], only: tuple[str, ...] = ()) -> bool:
        """The API server takes a status, or a part of it."""
        self.parts.append(only)
        self.statuses.append(status)
        return True

    async def publish(self, _: object, regarding: dict[str, str], event: Event, *__: object) -> None:
        """The API server takes an Event."""
        if regarding["kind"] == "Deployment":
            self.on_deployment.append(event)
            return
        self.events.append(event.reason)
        self.notes.append(event.note)

    async def set_scaled_by(self, _: object, before: Deployment, pool_name: str) -> str:
        """The API server takes the annotation."""
        self.annotations.append(pool_name)
        if self.refuses_annotations:
            raise ForbiddenError("no")
        assert self.deployment
        self.deployment = replace(self.deployment, scaled_by=pool_name)
        return before.resource_version

    async def remove_scaled_by(self, _: object, before: Deployment, __: str) -> None:
        """The API server removes it."""
        self.annotations.append(None)
        if self.deployment and self.deployment.name == before.name:
            self.deployment = replace(self.deployment, scaled_by=None)

    async def set_replicas(self, _: object, before: Deployment, count: int) -> Scaled:
        """The API server scales."""
        self.deployment = replace(before, replicas=count, resource_version="2")
        return Scaled("2")


def made_world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in the place of the API server."""
    world = World()
    monkeypatch.setattr(status, "DRIFT_SECONDS", STEP_SECONDS)
    monkeypatch.setattr(reporter, "write_status", world.write_status)
    monkeypatch.setattr(reporter, "publish", world.publish)
    monkeypatch.setattr(replicas, "set_replicas", world.set_replicas)
    monkeypatch.setattr(claim, "set_scaled_by", world.set_scaled_by)
    monkeypatch.setattr(claim, "remove_scaled_by", world.remove_scaled_by)
    return world


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The world of each test."""
    return made_world(monkeypatch)


async def test_what_a_pass_reports_is_of_the_generation_that_it_decided_on(world: World) -> None:
    """A spec that changes while Temporal is read has not been seen yet."""
    world.store(1, mode="Recommend")
    world.meanwhile = lambda: world.store(2, mode="Recommend", minReplicas=4)
    await world.reconcile()
    assert world.statuses[-1]["desiredReplicas"] == 2
    assert world.statuses[-1]["observedGeneration"] == 1
    assert {condition.get("observedGeneration") for condition in world.conditions.values()} == {None}, (
        "it is the status's"
    )
    await world.reconcile()
    assert world.statuses[-1]["desiredReplicas"] == 4
    assert world.statuses[-1]["observedGeneration"] == 2


async def test_a_pool_without_its_deployment_says_nothing_of_pods_and_slots(world: World) -> None:
    """The conditions of the last pass are no longer true; they are not checked, and that is no Event each."""
    world.store()
    await world.reconcile()
    assert world.conditions["CapacityAvailable"]["message"].startswith("2 ")
    world.deployment, world.events = None, []
    await world.reconcile()
    assert world.conditions["Ready"]["reason"] == "TargetNotFound"
    checked = {name for name, condition in world.conditions.items() if condition["reason"] != NOT_CHECKED}
    assert checked == {"Ready", "Connected", "TargetFound"}
    assert world.events == ["TargetNotFound"]


async def test_an_objective_that_the_spec_has_no_more_leaves_neither_condition_nor_status(world: World) -> None:
    """From `scheduleToStartSeconds` to `backlogPerReplica`, with a Deployment and without."""
    for there in (deployment(replicas=2), None):
        world.deployment = deployment(replicas=2)
        world.store(1, objective={"scheduleToStartSeconds": 15})
        await world.reconcile()
        assert "ObjectiveMet" in world.conditions
        world.deployment = there
        world.store(2)
        await world.reconcile()
        assert "ObjectiveMet" not in world.conditions
        assert "objective" not in world.statuses[-1]


async def test_a_pass_that_raises_leaves_conditions_as_they_were_until_it_raises_again_and_again(world: World) -> None:
    """A moment without the API server is no news of pods, but after some passes nothing is known of them."""
    world.store()
    await world.reconcile()
    before = world.conditions
    world.meanwhile = _raises
    for _ in range(KEPT_FAILURES):
        await world.reconcile()
        assert world.conditions == before | {"Ready": world.conditions["Ready"]}
        assert world.conditions["Ready"]["reason"] == "ReconcileError"
    await world.reconcile()
    assert {c["reason"] for c in world.conditions.values()} == {"ReconcileError", NOT_CHECKED}
    assert world.conditions["CapacityAvailable"]["message"] == "Not checked while Ready is False (ReconcileError)."
    world.meanwhile = lambda: None
    await world.reconcile()
    assert {c["reason"] for c in world.conditions.values() if c["type"] != "Stalled"} == {
        c["reason"] for c in before.values()
    }


def _raises() -> None:
    raise ClusterUnavailableError("no answer")


async def test_pauses_grow_with_failures_and_begin_anew_with_another_spec(world: World) -> None:
    """What was wrong may be fixed."""
    world.store()
    world.meanwhile = _raises
    assert [await world.reconcile() for _ in range(3)] == [5, 10, 20]
    world.store(2)
    assert await world.reconcile() == 5


async def test_a_scale_is_remembered_counted_and_announced_although_its_status_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened, happened; the status says it once it can."""
    write = world.write_status

    async def refuse(*_: object, **__: object) -> bool:
        raise ClusterUnavailableError("no answer")

    monkeypatch.setattr(reporter, "write_status", refuse)
    world.store(maxReplicas=9)
    world.backlog, world.deployment, world.pods = 200, deployment(replicas=0), ()
    await world.reconcile()
    known = world.table.get(("prod", "orders"))
    assert known is not None
    assert len(known.state.memory.scale_actions) == known.state.counts.scaled_up == 1
    assert (world.events, world.statuses) == (["SuccessfulRescale"], [])
    monkeypatch.setattr(reporter, "write_status", write)
    world.backlog = 0
    await world.reconcile()
    assert len(world.statuses[-1]["scaleActions"]) == 1
    assert world.events == ["SuccessfulRescale"]


async def test_what_may_not_be_written_to_status_is_in_events_and_that_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool is scaled all the same; once the permission is back, status has all of it."""
    write = world.write_status

    async def refuse(*_: object, **__: object) -> bool:
        raise ForbiddenError("Could not write the status: forbidden.")

    world.store(maxReplicas=9)
    monkeypatch.setattr(reporter, "write_status", refuse)
    await scales(world)
    assert world.events == ["SuccessfulRescale", "FailedUpdateStatus"]
    world.deployment = None
    for _ in range(2):
        await world.reconcile()
    assert world.events[2:] == ["TargetNotFound"]
    monkeypatch.setattr(reporter, "write_status", write)
    await world.reconcile()
    assert world.conditions["Ready"]["reason"] == "TargetNotFound"
    assert len(world.statuses[-1]["scaleActions"]) == 1
    assert len(world.events) == 3


async def test_a_change_of_replicas_is_announced_on_the_deployment_too(world: World) -> None:
    """Whoever describes the Deployment sees which pool scaled it, and why."""
    world.store(maxReplicas=9)
    world.backlog, world.deployment, world.pods = 200, deployment(replicas=0), ()
    await world.reconcile()
    (event,) = world.on_deployment
    assert world.events == [event.reason] == ["SuccessfulRescale"]
    assert event.note.startswith("TemporalWorkerPool orders scaled 0 → 4: 200 tasks wait")
    assert event.facts["workerpools.dev/scaled-by"] == "orders"


async def scales(world: World, name: str = "worker") -> None:
    """One pass that changes the replicas, long after the last one."""
    scaled_by = world.deployment and world.deployment.name == name and world.deployment.scaled_by
    world.at_zero(name=name, scaled_by=scaled_by or None)
    world.now += claim.RETRY_SECONDS
    await world.reconcile()


async def test_the_deployment_names_the_pool_that_scales_it_once(world: World) -> None:
    """And no longer once the pool only recommends, or scales another one."""
    world.store()
    await scales(world)
    await scales(world)
    assert world.annotations == ["orders"]
    world.store(2, mode="Recommend")
    await world.reconcile()
    await world.reconcile()
    assert world.annotations == ["orders", None]
    world.store(3)
    await scales(world)
    world.store(4, scaleTargetRef={"name": "other"})
    await scales(world, "other")
    assert world.annotations == ["orders", None, "orders", None, "orders"]


async def test_a_pool_that_changes_no_replicas_does_not_name_itself(world: World) -> None:
    """Because there is nothing to change, it only recommends, or it is paused."""
    world.store()
    await world.reconcile()
    world.store(2, mode="Recommend")
    await scales(world)
    world.store(3, annotations={"workerpools.dev/paused-until": "2100-01-01T00:00:00Z"})
    await scales(world)
    assert world.annotations == []


async def test_an_annotation_that_is_refused_is_written_again_after_a_while(world: World) -> None:
    """It fails no pass, and fights with nothing."""
    world.refuses_annotations = True
    world.store()
    await scales(world)
    world.at_zero()
    await world.reconcile()
    assert world.events == ["SuccessfulRescale"] * 2
    assert world.annotations == ["orders"]
    assert world.conditions["AbleToScale"]["status"] == "True"
    await scales(world)
    assert world.annotations == ["orders", "orders"]


async def test_an_event_that_raises_what_nothing_expects_loses_no_scale(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of the pass is kept, and the Event is written by the next one."""

    async def refuse(*_: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(reporter, "publish", refuse)
    world.store(maxReplicas=9)
    world.backlog, world.deployment, world.pods = 200, deployment(replicas=0), ()
    await world.reconcile()
    assert len(world.statuses[-1]["scaleActions"]) == 1
    monkeypatch.setattr(reporter, "publish", world.publish)
    world.backlog = 0
    await world.reconcile()
    assert world.events[0] == "SuccessfulRescale"


async def test_a_pass_that_takes_too_long_is_reported_in_words(world: World) -> None:
    """A time-out has no text of its own."""

    def hang() -> None:
        raise TimeoutError

    world.store()
    world.meanwhile = hang
    await world.reconcile()
    assert world.conditions["Ready"]["message"].startswith("Reconciling failed with TimeoutError. ")


async def test_the_longest_names_fit_into_status_and_events_after_replicas_were_changed(world: World) -> None:
    """16 task queues with names of 1,000 characters, some of more than a byte, with work, then unreadable and gone."""
    names = [f"{number:02}{'ü' * 998}" for number in range(16)]
    world.store(taskQueues=[{"name": name, "tasks": [{"type": "Activity", "slots": 10}]} for name in names])
    world.deployment, world.pods = deployment(replicas=0), ()
    await world.reconcile()
    assert world.events == ["SuccessfulRescale"]
    world.pods = tuple(pod(f"{number}-{'p' * 250}", unread=("status." + "x" * 900,)) for number in range(5))
    await world.reconcile()
    world.lost = LOST
    await world.reconcile()
    world.deployment = None
    await world.reconcile()
    assert {status["conditions"][0]["reason"] for status in world.statuses} <= {
        "Autoscaling", "NotPolling", "FailedGetBacklog", "TargetNotFound"
    }  # fmt: skip
    assert len(world.statuses) == 4
    messages = {c["type"]: c["message"] for status in world.statuses for c in status["conditions"]}
    messages |= {str(number): note for number, note in enumerate(world.notes)}
    assert {name: message for name, message in messages.items() if len(message.encode()) > MAX_BYTES} == {}
    assert not any(message.endswith("…") for message in messages.values()), "lists are cut, not sentences"


async def test_an_idle_pool_only_gives_its_sign_of_life(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One field every two minutes; a pool of a dead operator shows how long it is dead."""
    monkeypatch.setattr(status, "DRIFT_SECONDS", 300.0)
    world.store(minReplicas=0)
    world.backlog, world.deployment, world.pods = 0, deployment(replicas=0), ()
    for hours in (0, 4, 1):
        world.now += 3600 * hours
        await world.reconcile()
    world.parts.clear()
    world.statuses.clear()
    for _ in range(20):
        await world.reconcile()
    assert world.parts == [("lastReconcileTime",)] * round(20 * STEP_SECONDS / SIGN_OF_LIFE_SECONDS)
    assert len({written["lastReconcileTime"] for written in world.statuses}) == len(world.statuses)


async def test_a_crd_of_another_version_is_known_to_each_pool_and_stops_none(world: World) -> None:
    """`Ready` says so where nothing worse is true."""
    world.pods = (pod("a", ready_since=NOW), pod("b", ready_since=NOW))
    world.store()
    await world.reconcile()
    assert world.conditions["Ready"]["reason"] == "Autoscaling"
    world.reporter.crd = ConditionUpdate(Ready.CRD_OUTDATED, "The CRD is older.")
    await world.reconcile()
    ready = world.conditions["Ready"]
    assert (ready["status"], ready["reason"], ready["message"]) == ("True", "CRDOutdated", "The CRD is older.")
    assert world.statuses[-1]["desiredReplicas"] == 2


KINDS: dict[str, Callable[[World], None]] = {
    "well": lambda _: None,
    "no Deployment": lambda world: setattr(world, "deployment", None),
    "odd spec": lambda world: world.store(world.generation, maxReplicas="many"),
    "error": lambda world: setattr(world, "meanwhile", _raises),
}
"""What a pass meets, after all was made well."""


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.booleans(), st.booleans()), max_size=10))
def test_no_condition_outlives_what_it_is_about(passes: list[tuple[str, bool, bool]]) -> None:
    """After any passes: none that the spec does not have, and no word of a pass that is not kept for its error."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(_any_passes(made_world(monkeypatch), passes))


async def _any_passes(world: World, passes: list[tuple[str, bool, bool]]) -> None:
    failures, kept, timed = 0, None, False
    for number, (kind, with_objective, changes) in enumerate(passes):
        if changes or number == 0:
            world.generation, timed, failures = world.generation + 1, with_objective, 0
        container, world.meanwhile = f"main-{number}", lambda: None
        world.deployment = deployment(Container(container))
        world.store(world.generation, objective={"scheduleToStartSeconds": 15} if timed else {"backlogPerReplica": 5})
        had_objective = bool(world.statuses) and "ObjectiveMet" in world.conditions
        KINDS[kind](world)
        await world.reconcile()
        if kind == "well":
            kept = container
        elif kind != "error" or failures >= KEPT_FAILURES:
            kept = None
        failures = 0 if kind == "well" else failures + 1
        marks = {mark for c in world.conditions.values() for mark in re.findall(r"main-\d+", c["message"])}
        assert marks == ({kept} if kept else set())
        assert ("ObjectiveMet" in world.conditions) is (had_objective if kind == "odd spec" else timed)
