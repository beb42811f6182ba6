"""Which pools are affected by a change that is seen between their passes: they get their turn at once."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from controller.api.condition_reasons import AbleToScale, SlotsEffective
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.cluster.objects import Deployment
from controller.operator.by_target import DeploymentKey
from controller.operator.external_scale import external_scale
from controller.operator.inputs.target import find_target
from controller.operator.passes import Target
from controller.operator.pool import Pool, PoolKey
from controller.operator.pools import KnownPool
from controller.operator.slots import is_free_moment
from controller.scaling.reasons import Rule

_ABOUT_DEPLOYMENT: Final = (ConditionType.TARGET_FOUND, ConditionType.ABLE_TO_SCALE, ConditionType.SLOTS_EFFECTIVE)
"""Conditions that a change of the Deployment can make `True`."""

_UNAFFECTED: Final = (AbleToScale.TARGET_CONTESTED, AbleToScale.REPLICAS_REVERSED, NOT_CHECKED)
"""Reasons that a change of the Deployment does not end: those of other scalers, whose own changes these may be."""

SETTLE_SECONDS: Final = 1.0
"""How long after a change of replicas it is read whether another one than the operator made it. A scale to 0 has no
owner, whoever made it: the operator's own is known as such once its pass has ended."""

EXTERNAL_SECONDS: Final = 5.0
"""How often a pool gets a turn for the scales of others, at most: as often as one that is polled fast."""


def by_deployment(pools: Iterable[KnownPool], key: PoolKey, deployment: Deployment | None) -> Iterator[PoolKey]:
    """The pools that wait for something of a Deployment that came, changed or went.

    Args:
        pools: Those that name it.
        key: Namespace and name of the Deployment.
        deployment: As it is now; `None` if it went.
    """
    for pool, state in pools:
        if isinstance(pool.spec, str) or key != (pool.metadata.namespace, pool.spec.scale_target_ref.name):
            continue
        if waits_for(deployment, state.reported.status.conditions):
            yield pool.key


def by_scaler(
    pools: Iterable[KnownPool],
    namespace: str,
    deployment: Callable[[str, str], Deployment | None],
    contenders: Callable[[Pool, Target], tuple[str, ...]],
) -> Iterator[PoolKey]:
    """The pools for which a contender came or went: a change of a scaler's status alone affects none.

    Args:
        pools: Those of its target.
        namespace: Where a scaler came, changed or went.
        deployment: Gives a Deployment by namespace and name.
        contenders: Gives the other scalers of a pool's target now.
    """
    for pool, state in pools:
        if pool.metadata.namespace != namespace or isinstance(pool.spec, str) or not state.observation:
            continue
        target = find_target(namespace, pool.spec, deployment(namespace, pool.spec.scale_target_ref.name), {})
        if isinstance(target, Target) and contenders(pool, target) != state.observation.contenders:
            yield pool.key


def waits_for(deployment: Deployment | None, conditions: Iterable[Condition]) -> bool:
    """Whether a pool with these conditions should be reconciled at once after a change of its Deployment.

    Slots that are pending wait for a free moment alone: a rollout may be over before the next pass by the clock. A pool
    that is stalled waits for the rollout that may be the fix, so that what follows kstatus does not fail the fix.
    """
    conditions = tuple(conditions)
    is_stalled = any(c.type == ConditionType.STALLED and c.status == ConditionStatus.TRUE for c in conditions)
    if is_stalled and deployment is not None and deployment.rolling_out:
        return True
    about_it = [c for c in conditions if c.type in _ABOUT_DEPLOYMENT and c.status != ConditionStatus.TRUE]
    reasons = {condition.reason for condition in about_it} - set(_UNAFFECTED)
    if reasons - {SlotsEffective.SLOTS_PENDING}:
        return True
    return bool(reasons) and deployment is not None and is_free_moment(deployment)


def scaled_by_other(pools: Iterable[KnownPool], deployment: Deployment) -> Iterator[PoolKey]:
    """The pools whose Deployment has other replicas than their last pass left it with, set by another one.

    Not those that another scaler fights for: its changes come without end, and the operator leaves them alone.
    """
    for pool, state in pools:
        applied = state.applied.deployment
        if applied is None or applied.uid != deployment.uid or deployment.unread:
            continue
        is_contested = state.decision is not None and state.decision.step(Rule.CONTENTION) is not None
        if not is_contested and external_scale(applied.replicas, deployment):
            yield pool.key


class ExternalScales:
    """Gives pools a turn soon after another one than the operator scaled their Deployment."""

    def __init__(
        self,
        pools_on: Callable[[DeploymentKey], Iterable[KnownPool]],
        deployment: Callable[[str, str], Deployment | None],
        enqueue: Callable[[PoolKey], None],
    ) -> None:
        """Enqueues those that name a Deployment; `deployment` gives one by namespace and name, as it is now."""
        self._pools_on = pools_on
        self._deployment = deployment
        self._enqueue = enqueue
        self._timers = dict[tuple[str, str], asyncio.TimerHandle]()
        self._turns = dict[PoolKey, float]()

    def note(self, key: tuple[str, str]) -> None:
        """Takes note of a change of the Deployment with this namespace and name."""
        if key not in self._timers and self._affected(key):
            self._settle(key, SETTLE_SECONDS)

    def _settle(self, key: tuple[str, str], seconds: float) -> None:
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self._settled, key)

    def _settled(self, key: tuple[str, str]) -> None:
        del self._timers[key]
        now = asyncio.get_running_loop().time()
        self._turns = {pool: at for pool, at in self._turns.items() if now - at < EXTERNAL_SECONDS}
        for pool in self._affected(key):
            if pool in self._turns:
                self._settle(key, self._turns[pool] + EXTERNAL_SECONDS - now)
                return
            self._turns[pool] = now
            self._enqueue(pool)

    def _affected(self, key: tuple[str, str]) -> tuple[PoolKey, ...]:
        deployment = self._deployment(*key)
        return tuple(scaled_by_other(self._pools_on(key), deployment)) if deployment else ()
