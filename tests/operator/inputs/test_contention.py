"""Which pools keep a Deployment that several name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.api.spec import ObjectMeta
from controller.cluster.objects import Container
from controller.cluster.scalers import HPA, Scaler
from controller.operator.inputs.contention import Contention
from controller.operator.passes import Target
from controller.operator.pool import Pool
from tests.operator.builders import deployment
from tests.scaling.builders import spec

BORN = datetime(2026, 11, 24, tzinfo=UTC)
TARGET = Target(deployment(), Container("worker"))


class FakeScalers:
    """In place of the watched scalers, which tests/cluster and tests/system have."""

    def __init__(self, *found: Scaler) -> None:
        self._found = found

    def of(self, namespace: str, deployment: str, container: str) -> tuple[Scaler, ...]:
        """Whatever is asked for."""
        assert (namespace, deployment, container) == ("prod", "worker", "worker")
        return self._found


def aged(name: str, *, age_seconds: float = 0, namespace: str = "prod", **fields: Any) -> Pool:
    """A pool on the Deployment `worker` that is so much older."""
    born = BORN - timedelta(seconds=age_seconds)
    metadata = ObjectMeta(name=name, namespace=namespace, uid=name, creation_timestamp=born)
    return Pool(metadata, spec(**fields))


def contenders(pool: Pool, *others: Pool, scalers: tuple[Scaler, ...] = ()) -> tuple[str, ...]:
    """What a pool knows of others."""
    fake: Any = FakeScalers(*scalers)
    return Contention(lambda _: fake, lambda target: _on(target, pool, *others)).contenders(pool, TARGET)


def _on(target: tuple[str, str], *pools: Pool) -> list[Pool]:
    """Those of the pools that name a Deployment, as the table of pools finds them without going through all."""
    return [each for each in pools if target == _target(each)]


def _target(pool: Pool) -> tuple[str, str] | None:
    return None if isinstance(pool.spec, str) else (pool.metadata.namespace, pool.spec.scale_target_ref.name)


def test_the_older_pool_keeps_the_deployment() -> None:
    """Of two that were made in the same second, the one whose name comes first."""
    old, young, twin = aged("b", age_seconds=60), aged("c"), aged("a")
    assert contenders(old, young) == ()
    assert contenders(young, old) == (
        "TemporalWorkerPool b is older and also scales this Deployment. Delete one of the two.",
    )
    assert contenders(twin, young) == ()
    assert len(contenders(young, twin)) == 1


def test_pools_that_set_no_replicas_of_it_are_no_contenders() -> None:
    """Another Deployment or namespace, a recommendation, a spec that can't be read."""
    unreadable = replace(aged("a", age_seconds=60), spec="spec.maxReplicas: missing")
    others = (
        aged("a", age_seconds=60, scaleTargetRef={"name": "other"}),
        aged("a", age_seconds=60, namespace="test"),
        aged("a", age_seconds=60, mode="Recommend"),
        unreadable,
    )
    assert contenders(aged("b"), *others) == ()


def test_every_contender_is_named_with_what_to_do() -> None:
    """Scalers first, then pools; to a pool that only recommends nothing is in the way, so there is nothing to do."""
    hpa = Scaler("prod", "by-cpu", HPA, "Deployment", "worker")
    found = contenders(aged("young"), aged("old", age_seconds=60), scalers=(hpa,))
    assert [sentence.partition(" ")[0] for sentence in found] == ["HorizontalPodAutoscaler", "TemporalWorkerPool"]
    assert found[0].endswith(
        "Pause it with `kubectl twp adopt young -n prod`, delete it, or set mode: Recommend in the pool."
    )
    recommending = contenders(aged("young", mode="Recommend"), aged("old", age_seconds=60), scalers=(hpa,))
    assert recommending == (
        "HorizontalPodAutoscaler by-cpu also scales Deployment worker.",
        "TemporalWorkerPool old is older and also scales this Deployment.",
    )
