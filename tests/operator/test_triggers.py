"""Which pools get their turn at once when something else than they changed."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import AbleToScale, Connected, SlotsEffective, Stalled, TargetFound
from controller.api.conditions import FALSE, TRUE, ConditionReason
from controller.api.status import TemporalWorkerPoolStatus
from controller.cluster.objects import Deployment
from controller.operator import triggers
from controller.operator.actuate.journal import Applied
from controller.operator.passes import ConditionUpdate
from controller.operator.pool_state import PoolState
from controller.operator.pools import KnownPool
from controller.operator.report.reporter import Reported
from controller.operator.triggers import ExternalScales, by_deployment, by_scaler, scaled_by_other, waits_for
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from tests.operator.builders import NOW, conditions, deployment, pool
from tests.scaling.builders import observation, spec

MISSING = ConditionUpdate(TargetFound.TARGET_NOT_FOUND, "It is not there.")
WAITING = PoolState(reported=Reported(TemporalWorkerPoolStatus(conditions=conditions(MISSING))))
SEEN = PoolState(observation=observation())
HPA = "An HPA also scales it."


def known(name: str, state: PoolState, *, namespace: str = "prod", target: str = "worker") -> KnownPool:
    """A pool of that name on a Deployment."""
    return KnownPool(pool(name, namespace=namespace, scaleTargetRef={"name": target}), state)


def unreadable(name: str) -> KnownPool:
    """A pool whose spec can't be read."""
    return KnownPool(replace(pool(name), spec="spec.maxReplicas: missing"), WAITING)


def test_a_deployment_affects_the_pools_that_wait_for_it() -> None:
    """Not those of another one or in another namespace, nor those that need nothing of it."""
    pools = (
        known("waits", WAITING),
        known("content", PoolState()),
        known("elsewhere", WAITING, namespace="test"),
        known("of-another", WAITING, target="other"),
        unreadable("unreadable"),
    )
    assert list(by_deployment(pools, ("prod", "worker"), deployment())) == [("prod", "waits")]
    assert list(by_deployment(pools, ("prod", "worker"), None)) == [("prod", "waits")]


ONE = deployment()


@pytest.mark.parametrize(
    ("reason", "seen", "waits"),
    [
        (TargetFound.TARGET_FOUND, ONE, False),
        (TargetFound.TARGET_NOT_FOUND, ONE, True),
        (AbleToScale.FAILED_UPDATE_SCALE, ONE, True),
        (AbleToScale.REPLICAS_REVERSED, ONE, False),
        (SlotsEffective.SLOTS_CONFLICT, ONE, True),
        (SlotsEffective.SLOTS_PENDING, ONE, False),
        (SlotsEffective.SLOTS_PENDING, None, False),
        (SlotsEffective.SLOTS_PENDING, deployment(replicas=2, updated_replicas=1), True),
        (Connected.SERVER_UNREACHABLE, ONE, False),
    ],
)
def test_a_pool_waits_for_a_change_of_its_deployment_that_may_fix_what_is_wrong(
    reason: ConditionReason, seen: Deployment | None, *, waits: bool
) -> None:
    """Slots that are pending wait for a rollout or the last pod; a Deployment fixes nothing of Temporal."""
    assert waits_for(seen, conditions(ConditionUpdate(reason, "Words."))) is waits


@pytest.mark.parametrize("is_stalled", [True, False])
def test_a_stalled_pool_waits_for_the_rollout_that_may_be_the_fix(*, is_stalled: bool) -> None:
    """At once, since release tools read the pool as soon as the fix is applied."""
    status, reason = (TRUE, Stalled.ACTION_REQUIRED) if is_stalled else (FALSE, Stalled.NOT_STALLED)
    (ready,) = conditions()
    seen = (ready.model_copy(update={"type": "Stalled", "status": status, "reason": reason}),)
    assert waits_for(deployment(replicas=2, updated_replicas=1), seen) is is_stalled
    assert not waits_for(ONE, seen)
    assert not waits_for(None, seen)


def test_a_scaler_affects_the_pools_of_its_namespace_to_which_it_is_news() -> None:
    """Its own changes of status come every few seconds; what the last pass saw already is no news."""
    pools = (
        known("news", SEEN),
        known("known", PoolState(observation=replace(observation(), contenders=(HPA,)))),
        known("never-reconciled", PoolState()),
        known("elsewhere", SEEN, namespace="test"),
        known("without-a-target", SEEN, target="other"),
        unreadable("unreadable"),
    )
    found = by_scaler(pools, "prod", lambda _, name: deployment() if name == "worker" else None, lambda *_: (HPA,))
    assert list(found) == [("prod", "news")]
    gone = by_scaler(pools, "prod", lambda *_: deployment(), lambda *_: ())
    assert list(gone) == [("prod", "known")]


LEFT_AT_2 = PoolState(applied=Applied(deployment(replicas=2)))
BY_KUBECTL: dict[str, Any] = {"replicas_manager": "kubectl", "replicas_subresource": "scale"}
TO_5 = deployment(replicas=5, **BY_KUBECTL)


@pytest.mark.parametrize(
    ("now", "affects"),
    [
        (TO_5, True),
        (deployment(replicas=0, replicas_manager=None), True),
        (deployment(replicas=5), False),
        (deployment(replicas=2, **BY_KUBECTL), False),
        (replace(TO_5, uid="made-anew"), False),
        (replace(TO_5, unread=("spec.replicas",)), False),
    ],
)
def test_what_another_one_scales_affects_the_pools_of_that_deployment(now: Deployment, *, affects: bool) -> None:
    """Not what the operator set itself, nor the replicas that it left; a pool without a pass knows none."""
    pools = (known("orders", LEFT_AT_2), known("new", PoolState()))
    assert list(scaled_by_other(pools, now)) == [("prod", "orders")] * affects


def test_what_another_scaler_sets_affects_no_pool() -> None:
    """Its changes come without end, and the pool leaves it alone."""
    contested = decide(spec(), replace(observation(), contenders=(HPA,)), Memory(), NOW)
    state = replace(LEFT_AT_2, decision=contested)
    assert list(scaled_by_other((known("orders", state),), TO_5)) == []


async def test_a_pool_gets_a_turn_soon_after_others_scaled_and_not_for_each_of_their_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once what the operator did itself is known as such; a writer without end gets no turn for each change."""
    monkeypatch.setattr(triggers, "SETTLE_SECONDS", 0.01)
    pools, turns = [known("orders", LEFT_AT_2)], list[tuple[str, str]]()
    seen = {"now": TO_5}
    external = ExternalScales(lambda _: pools, lambda *_: seen["now"], turns.append)
    for _ in range(3):
        external.note(("prod", "worker"))
    assert turns == []
    await asyncio.sleep(0.05)
    assert turns == [("prod", "orders")]
    monkeypatch.setattr(triggers, "EXTERNAL_SECONDS", 0.3)
    external.note(("prod", "worker"))
    await asyncio.sleep(0.05)
    assert turns == [("prod", "orders")]
    await asyncio.sleep(0.5)  # what came too soon after the last turn gets one all the same
    assert len(turns) == 2

    monkeypatch.setattr(triggers, "EXTERNAL_SECONDS", 0.0)
    to_0 = deployment(replicas=0, replicas_manager=None)
    seen["now"] = to_0
    external.note(("prod", "worker"))
    pools[0] = known("orders", PoolState(applied=Applied(to_0)))  # it was the operator's own
    await asyncio.sleep(0.05)
    assert len(turns) == 2
