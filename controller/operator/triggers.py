"""Which pools are affected by a change that is seen between their passes: they get their turn at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from controller.api.condition_reasons import AbleToScale, SlotsEffective
from controller.api.conditions import NOT_CHECKED, ConditionType
from controller.api.status import Condition, ConditionStatus
from controller.cluster.objects import Deployment
from controller.operator.inputs.target import find_target
from controller.operator.passes import Target
from controller.operator.pool import Pool, PoolKey
from controller.operator.pools import KnownPool
from controller.operator.slots import is_free_moment

_ABOUT_DEPLOYMENT: Final = (ConditionType.TARGET_FOUND, ConditionType.ABLE_TO_SCALE, ConditionType.SLOTS_EFFECTIVE)
"""Conditions that a change of the Deployment can make `True`."""

_UNAFFECTED: Final = (AbleToScale.TARGET_CONTESTED, AbleToScale.REPLICAS_REVERSED, NOT_CHECKED)
"""Reasons that a change of the Deployment does not end: those of other scalers, whose own changes these may be."""


def by_deployment(pools: Iterable[KnownPool], key: PoolKey, deployment: Deployment | None) -> Iterator[PoolKey]:
    """The pools that wait for something of a Deployment that came, changed or went.

    Args:
        pools: All that there are.
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
        pools: All that there are.
        namespace: Where a scaler came, changed or went.
        deployment: Gives a Deployment by namespace and name.
        contenders: Gives the other scalers of a pool's target now.
    """
    for pool, state in pools:
        if pool.metadata.namespace != namespace or isinstance(pool.spec, str) or not state.observation:
            continue
        target = find_target(namespace, pool.spec, deployment(namespace, pool.spec.scale_target_ref.name))
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
