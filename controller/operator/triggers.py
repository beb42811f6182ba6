"""Which pools a change concerns that is seen between their passes: they get their turn at once."""

from collections.abc import Callable, Iterable, Iterator

from controller.cluster.objects import Deployment
from controller.operator.findings import Finding
from controller.operator.inputs.target import Target, find_target, waits_for
from controller.operator.pools import Key, TrackedPool


def by_deployment(pools: Iterable[TrackedPool], key: Key, deployment: Deployment | None) -> Iterator[Key]:
    """The pools that wait for something of a Deployment that came, changed or went.

    Args:
        pools: All that there are.
        key: Namespace and name of the Deployment.
        deployment: As it is now; `None` if it went.
    """
    for tracked in pools:
        if isinstance(tracked.spec, str) or key != (tracked.metadata.namespace, tracked.spec.scale_target_ref.name):
            continue
        if waits_for(deployment, tracked.status.conditions):
            yield tracked.metadata.key


def by_scaler(
    pools: Iterable[TrackedPool],
    namespace: str,
    deployment: Callable[[str, str], Deployment | None],
    contenders: Callable[[TrackedPool, Target], tuple[str, ...]],
) -> Iterator[Key]:
    """The pools for which a contender came or went: a change of a scaler's status alone concerns nobody.

    Args:
        pools: All that there are.
        namespace: Where a scaler came, changed or went.
        deployment: Gives a Deployment by namespace and name.
        contenders: Gives what a pool is told of other scalers now.
    """
    for tracked in pools:
        if tracked.metadata.namespace != namespace or isinstance(tracked.spec, str) or not tracked.observation:
            continue
        target = find_target(namespace, tracked.spec, deployment(namespace, tracked.spec.scale_target_ref.name))
        if not isinstance(target, Finding) and contenders(tracked, target) != tracked.observation.contenders:
            yield tracked.metadata.key
