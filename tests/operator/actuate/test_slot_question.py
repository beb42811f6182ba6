"""Whether slots can be written is asked once, and again when something changed that the answer depends on."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import SlotsEffective
from controller.api.spec import ObjectMeta
from controller.cluster.errors import ClusterUnavailableError, ForbiddenError, RejectedError
from controller.cluster.objects import Container
from controller.cluster.workload import EnvApplied, EnvConflict
from controller.operator.actuate import act
from controller.operator.actuate.slot_question import LONGEST_PAUSE_SECONDS
from controller.operator.actuate.slots import plan_slots
from controller.operator.inputs.target import Target
from controller.operator.pools import TrackedPool
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
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
def tracked() -> TrackedPool:
    """A pool that wants 5 slots."""
    return TrackedPool(ObjectMeta(name="orders", namespace="prod", uid="u"), SPEC)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeApiServer:
    """It lets the slots be written."""
    server = FakeApiServer(EnvApplied("2"))
    monkeypatch.setattr(act, "apply_slots", server.apply_slots)
    return server


async def reason(tracked: TrackedPool, target: Target = TARGET, **wanted: int) -> object:
    """What a pass says of the slots, which wait because pods run."""
    decision = decide(SPEC, observation(replicas=2), Memory(), NOW)
    plan = plan_slots(SPEC, target.deployment, target.container, wanted or {"SLOTS": 5})
    cluster: Any = None
    _, after = await act.write_slots(cluster, tracked, target, plan, decision)
    return after.finding.reason


async def test_the_same_question_is_asked_once(tracked: TrackedPool, server: FakeApiServer) -> None:
    """However many passes the slots wait for."""
    assert {await reason(tracked) for _ in range(10)} == {SlotsEffective.SLOTS_PENDING}
    assert server.asked == 1


async def test_a_conflict_is_told_at_each_pass_and_asked_about_once(
    tracked: TrackedPool, server: FakeApiServer
) -> None:
    """In a free moment, too, in which it would be written if it could."""
    server.answer = EnvConflict("Variable SLOTS is owned by gitops.")
    assert {await reason(tracked) for _ in range(10)} == {SlotsEffective.SLOTS_CONFLICT}
    free = Target(replace(TARGET.deployment, replicas=0, total_replicas=0, updated_replicas=0), CONTAINER)
    assert {await reason(tracked, free) for _ in range(10)} == {SlotsEffective.SLOTS_CONFLICT}
    assert server.asked == 1


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({"template": 2}, 5), ({"template_owners": 2}, 5), ({"uid": "another"}, 5), ({}, 6)],
    ids=["the template", "its owners", "another Deployment", "other slots"],
)
async def test_what_the_answer_depends_on_is_asked_about_anew(
    tracked: TrackedPool, server: FakeApiServer, changes: dict[str, Any], wanted: int
) -> None:
    """The status and the replicas of the Deployment are not among it."""
    await reason(tracked)
    await reason(tracked, Target(replace(TARGET.deployment, resource_version="9", replicas=3), CONTAINER))
    assert server.asked == 1
    await reason(tracked, Target(replace(TARGET.deployment, **changes), CONTAINER), SLOTS=wanted)
    assert server.asked == 2


@pytest.mark.parametrize("refusal", [ForbiddenError("no"), RejectedError("no")])
async def test_a_refusal_is_told_at_each_pass_and_asked_about_ever_later(
    monkeypatch: pytest.MonkeyPatch, tracked: TrackedPool, server: FakeApiServer, refusal: Exception
) -> None:
    """A permission or a policy may change without a trace in the Deployment: in two hours it is asked 16 times."""
    server.answer, clock = refusal, [0.0]
    monkeypatch.setattr(act, "_elapsed", lambda: clock[0])
    free = Target(replace(TARGET.deployment, replicas=0, total_replicas=0, updated_replicas=0), CONTAINER)
    for clock[0] in range(0, 7200, 15):
        assert await reason(tracked, free) == SlotsEffective.FAILED_UPDATE_SLOTS
    assert server.asked == 16
    server.answer = EnvApplied("2")
    clock[0] += LONGEST_PAUSE_SECONDS
    assert await reason(tracked) == SlotsEffective.SLOTS_PENDING
    await reason(tracked, SLOTS=6)
    assert server.asked == 18


async def test_a_question_without_an_answer_is_asked_again(tracked: TrackedPool, server: FakeApiServer) -> None:
    """An API server that could not be reached has refused nothing."""
    server.answer = ClusterUnavailableError("away")
    assert {await reason(tracked) for _ in range(3)} == {SlotsEffective.FAILED_UPDATE_SLOTS}
    assert server.asked == 3
