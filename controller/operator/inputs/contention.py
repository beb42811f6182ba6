"""What else scales the Deployment of a pool: other kinds of scalers, or an older pool."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from controller.api.spec import Mode
from controller.cluster.scalers import HPA, SCALED_OBJECT, VPA, Scaler, Scalers
from controller.operator.passes import Target
from controller.operator.pool import Pool, PoolKey

_RECOMMEND: Final = "or set mode: Recommend in the pool"

_SENTENCES: Final = {
    HPA: f"{HPA} {{name}} also scales Deployment {{target}}. Delete it, {_RECOMMEND}.",
    SCALED_OBJECT: (
        f"{SCALED_OBJECT} {{name}} of KEDA also scales Deployment {{target}}. Delete it, pause it with the annotation "
        f"autoscaling.keda.sh/paused=true, {_RECOMMEND}."
    ),
    VPA: (
        f"{VPA} {{name}} changes the requests of container {{container}} and restarts its pods. Set its updateMode to "
        f"Initial or Off, set the container's mode to Off in its containerPolicies, {_RECOMMEND}."
    ),
}


class Contention:
    """Finds the other scalers of a pool's Deployment."""

    def __init__(self, scalers: Callable[[str], Scalers], pools: Callable[[], Iterable[Pool]]) -> None:
        """Reads the watched scalers of a namespace, and the pools that there are."""
        self._scalers = scalers
        self._pools = pools

    def contenders(self, pool: Pool, target: Target) -> tuple[str, ...]:
        """A sentence for each: its kind and name, and what to do."""
        deployment, container = target.deployment.name, target.container.name
        namespace = target.deployment.namespace
        scalers = self._scalers(namespace).of(namespace, deployment, container)
        return (*(_sentence(scaler, container) for scaler in scalers), *self._older_pools(pool))

    def _older_pools(self, pool: Pool) -> Iterator[str]:
        """Pools that were there before and set replicas of the same Deployment: the oldest keeps it."""
        for other in self._pools():
            if other.metadata.uid != pool.metadata.uid and _shares_target(pool, other) and _age(other) < _age(pool):
                name = other.metadata.name
                yield f"TemporalWorkerPool {name} is older and also scales this Deployment. Delete one of the two."


def _sentence(scaler: Scaler, container: str) -> str:
    return _SENTENCES[scaler.kind].format(name=scaler.name, target=scaler.target_name, container=container)


def _shares_target(one: Pool, other: Pool) -> bool:
    """Whether both set replicas of one Deployment; a pool whose spec can't be read, or that recommends, sets none."""
    if isinstance(one.spec, str) or isinstance(other.spec, str) or other.spec.mode == Mode.RECOMMEND:
        return False
    same_namespace = one.metadata.namespace == other.metadata.namespace
    return same_namespace and one.spec.scale_target_ref.name == other.spec.scale_target_ref.name


def _age(pool: Pool) -> tuple[datetime, PoolKey]:
    """By time of creation, which has whole seconds, and then by name."""
    return pool.metadata.creation_timestamp or datetime.max.replace(tzinfo=UTC), pool.key
