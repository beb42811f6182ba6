"""Which pools name a Deployment: kept up to date with each change of a pool, so that no question goes through all."""

from controller.operator.pool import Pool, PoolKey

DeploymentKey = tuple[str, str]
"""Namespace and name of a Deployment."""


class ByTarget:
    """The keys of pools by the Deployment that they name; one whose spec can't be read names none."""

    def __init__(self) -> None:
        """Starts empty."""
        self._keys: dict[DeploymentKey, dict[PoolKey, None]] = {}
        self._targets: dict[PoolKey, DeploymentKey] = {}

    def of(self, deployment: DeploymentKey) -> tuple[PoolKey, ...]:
        """The pools that name it."""
        return tuple(self._keys.get(deployment, ()))

    def put(self, pool: Pool) -> None:
        """Takes a pool as it is now."""
        target = None if isinstance(pool.spec, str) else (pool.metadata.namespace, pool.spec.scale_target_ref.name)
        if target == self._targets.get(pool.key):
            return
        self.drop(pool.key)
        if target is not None:
            self._targets[pool.key] = target
            self._keys.setdefault(target, {})[pool.key] = None

    def drop(self, key: PoolKey) -> None:
        """Forgets a pool, if it is known."""
        target = self._targets.pop(key, None)
        if target is not None:
            keys = self._keys[target]
            del keys[key]
            if not keys:
                del self._keys[target]
