"""What else scales the Deployment of a pool: other kinds of scalers, or an older pool."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from controller.api.spec import Mode
from controller.cluster.scalers import HPA, SCALED_OBJECT, VPA, Scaler, Scalers
from controller.operator.by_target import DeploymentKey
from controller.operator.passes import Target
from controller.operator.pool import Pool, PoolKey

_RECOMMEND: Final = "or set mode: Recommend in the pool"
_ADOPT: Final = "Pause it with `kubectl twp adopt {pool} -n {namespace}`"

_FACTS: Final = {
    HPA: f"{HPA} {{name}} also scales Deployment {{target}}.",
    SCALED_OBJECT: f"{SCALED_OBJECT} {{name}} of KEDA also scales Deployment {{target}}.",
    VPA: f"{VPA} {{name}} changes the requests of container {{container}} and restarts its pods.",
}

_REMEDIES: Final = {
    HPA: f"{_ADOPT}, delete it, {_RECOMMEND}.",
    SCALED_OBJECT: f"{_ADOPT} or the annotation autoscaling.keda.sh/paused=true, delete it, {_RECOMMEND}.",
    VPA: (
        f"Set its updateMode to Initial or Off, set the container's mode to Off in its containerPolicies, {_RECOMMEND}."
    ),
}


class Contention:
    """Finds the other scalers of a pool's Deployment."""

    def __init__(self, scalers: Callable[[str], Scalers], pools_on: Callable[[DeploymentKey], Iterable[Pool]]) -> None:
        """Reads the watched scalers of a namespace, and the pools that name a Deployment."""
        self._scalers = scalers
        self._pools_on = pools_on

    def contenders(self, pool: Pool, target: Target) -> tuple[str, ...]:
        """Sentences for each: its kind and name, and what to do about it where the pool sets replicas, too."""
        deployment, container = target.deployment.name, target.container.name
        namespace = target.deployment.namespace
        scalers = self._scalers(namespace).of(namespace, deployment, container)
        return (*(_sentences(scaler, pool, container) for scaler in scalers), *self._older_pools(pool))

    def _older_pools(self, pool: Pool) -> Iterator[str]:
        """Pools that were there before and set replicas of the same Deployment: the oldest keeps it."""
        if isinstance(pool.spec, str):
            return
        sharing = self._pools_on((pool.metadata.namespace, pool.spec.scale_target_ref.name))
        for other in sorted(sharing, key=_age):
            if other.metadata.uid != pool.metadata.uid and _sets_replicas(other) and _age(other) < _age(pool):
                fact = f"TemporalWorkerPool {other.metadata.name} is older and also scales this Deployment."
                yield f"{fact} Delete one of the two." if _sets_replicas(pool) else fact


def _sentences(scaler: Scaler, pool: Pool, container: str) -> str:
    fact = _FACTS[scaler.kind].format(name=scaler.name, target=scaler.target_name, container=container)
    if not _sets_replicas(pool):
        return fact
    return f"{fact} {_REMEDIES[scaler.kind].format(pool=pool.metadata.name, namespace=pool.metadata.namespace)}"


def _sets_replicas(pool: Pool) -> bool:
    """Not one whose spec can't be read, or that only recommends."""
    return not isinstance(pool.spec, str) and pool.spec.mode != Mode.RECOMMEND


def _age(pool: Pool) -> tuple[datetime, PoolKey]:
    """By time of creation, which has whole seconds, and then by name."""
    return pool.metadata.creation_timestamp or datetime.max.replace(tzinfo=UTC), pool.key
