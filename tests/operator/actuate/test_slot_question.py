"""Whether slots can be written is asked once, and again when something changed that the answer depends on."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.cluster.errors import ClusterUnavailableError, ForbiddenError, RejectedError
from controller.cluster.objects import Container
from controller.cluster.workload import EnvApplied, EnvConflict
from controller.operator.actuate import slots
from controller.operator.actuate.slot_question import LONGEST_PAUSE_SECONDS, SlotQuestion
from controller.operator.actuate.slots import write_slots
from controller.operator.passes import Inputs, Target
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.temporal.reader import TemporalReading
from tests.operator.builders import deployment, env
from tests.scaling.builders import NOW, observation, spec

SPEC = spec(taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", "slots": 5, "slotsEnvVar": "SLOTS"}]}])
CONTAINER = Container("worker", env(SLOTS="3"))
TARGET = Target(deployment(CONTAINER, template=1, template_owners=1), CONTAINER)


class FakeApiServer:
    """In place of the API server, which tests/cluster asks: it gives one answer, and counts how often."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    async def apply_slots(self, *_: object, **__: object) -> Any:
        """The answer, or the refusal."""
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeApiServer:
    """It lets the slots be written."""
    server = FakeApiServer(EnvApplied("2"))
    monkeypatch.setattr(slots, "apply_slots", server.apply_slots)
    return server


class Passes:
    """Passes over a pool whose slots wait because pods run; each remembers what the one before asked."""

    def __init__(self) -> None:
        self.asked: SlotQuestion | None = None

    async def reason(self, target: Target = TARGET, slots: int = 5) -> object:
        """What the next pass says of the slots that were decided on."""
        decision = replace(decide(SPEC, observation(replicas=2), Memory(), NOW), slots={"SLOTS": slots})
        read, cluster = Inputs(SPEC, target, (), {}, TemporalReading({}, (), None)), SimpleNamespace()
        _, plan, self.asked = await write_slots(cluster, read, decision, self.asked)  # type: ignore[arg-type]
        return plan.problem and plan.problem.reason


@pytest.fixture
def passes() -> Passes:
    """None was done yet."""
    return Passes()


async def test_the_same_question_is_asked_once(passes: Passes, server: FakeApiServer) -> None:
    """However many passes the slots wait for."""
    assert {await passes.reason() for _ in range(10)} == {SlotsEffective.SLOTS_PENDING}
    assert server.asked == 1


async def test_a_conflict_is_reported_by_each_pass_and_asked_about_once(passes: Passes, server: FakeApiServer) -> None:
    """In a free moment, too, in which it would be written if it could."""
    server.answer = EnvConflict("Variable SLOTS belongs to gitops.")
    assert {await passes.reason() for _ in range(10)} == {SlotsEffective.SLOTS_CONFLICT}
    free = Target(replace(TARGET.deployment, replicas=0, total_replicas=0, updated_replicas=0), CONTAINER)
    assert {await passes.reason(free) for _ in range(10)} == {SlotsEffective.SLOTS_CONFLICT}
    assert server.asked == 1


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({"template": 2}, 5), ({"template_owners": 2}, 5), ({"uid": "another"}, 5), ({}, 6)],
    ids=["the template", "its owners", "another Deployment", "other slots"],
)
async def test_what_the_answer_depends_on_is_asked_about_anew(
    passes: Passes, server: FakeApiServer, changes: dict[str, Any], wanted: int
) -> None:
    """The status and the replicas of the Deployment are not among it."""
    await passes.reason()
    await passes.reason(Target(replace(TARGET.deployment, resource_version="9", replicas=3), CONTAINER))
    assert server.asked == 1
    await passes.reason(Target(replace(TARGET.deployment, **changes), CONTAINER), slots=wanted)
    assert server.asked == 2


@pytest.mark.parametrize("refusal", [ForbiddenError("no"), RejectedError("no")])
async def test_a_refusal_is_reported_by_each_pass_and_asked_about_ever_later(
    monkeypatch: pytest.MonkeyPatch, passes: Passes, server: FakeApiServer, refusal: Exception
) -> None:
    """A permission or a policy may change without a trace in the Deployment: in two hours it is asked 16 times."""
    server.answer, clock = refusal, [0.0]
    monkeypatch.setattr(slots, "_elapsed", lambda: clock[0])
    free = Target(replace(TARGET.deployment, replicas=0, total_replicas=0, updated_replicas=0), CONTAINER)
    for clock[0] in range(0, 7200, 15):
        assert await passes.reason(free) == SlotsEffective.FAILED_UPDATE_SLOTS
    assert server.asked == 16
    server.answer = EnvApplied("2")
    clock[0] += LONGEST_PAUSE_SECONDS
    assert await passes.reason() == SlotsEffective.SLOTS_PENDING
    await passes.reason(slots=6)
    assert server.asked == 18


async def test_a_question_without_an_answer_is_asked_again(passes: Passes, server: FakeApiServer) -> None:
    """An API server that could not be reached has refused nothing."""
    server.answer = ClusterUnavailableError("away")
    assert {await passes.reason() for _ in range(3)} == {SlotsEffective.FAILED_UPDATE_SLOTS}
    assert server.asked == 3
