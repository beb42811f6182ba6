"""What one question costs among many pools, beside the plain way of going through all: `python -m bench.many_pools`."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Annotated, Any

import typer

from controller.cluster.convert import to_deployment
from controller.cluster.objects import Container
from controller.cluster.scalers import HPA, Scaler, ScalerCache, to_hpa
from controller.operator.by_target import DeploymentKey
from controller.operator.inputs.contention import Contention
from controller.operator.passes import Target
from controller.operator.pools import KnownPool, PoolTable

REPEATS = 50


class OneKind:
    """In place of the three kinds of scalers: HPAs alone."""

    def __init__(self, of_target: Callable[[str, str], Iterable[Scaler]]) -> None:
        self._of_target = of_target

    def of(self, namespace: str, deployment: str, container: str) -> list[Scaler]:
        """The scalers of a Deployment."""
        return [each for each in self._of_target(namespace, deployment) if each.scales(deployment, container)]


def milliseconds(question: Callable[[], object]) -> float:
    """Of one answer, the fastest of some tries."""
    return min(_once(question) for _ in range(REPEATS))


def _once(question: Callable[[], object]) -> float:
    started = perf_counter()
    question()
    return 1000 * (perf_counter() - started)


def pools(count: int) -> PoolTable:
    """A table of pools, each on a Deployment of its own, in one namespace."""
    table = PoolTable(lambda _: None, lambda _: None)
    for number in range(count):
        name = f"pool-{number}"
        spec = {
            "scaleTargetRef": {"name": f"worker-{number}"},
            "connection": {"address": "temporal-frontend:7233"},
            "taskQueues": [{"name": name, "tasks": [{"type": "Activity", "slots": 10}]}],
            "minReplicas": 0,
            "maxReplicas": 10,
            "objective": {"scheduleToStartSeconds": 30},
        }
        table.store({"metadata": {"name": name, "namespace": "prod", "uid": name}, "spec": spec})
    return table


def hpas(count: int) -> ScalerCache:
    """A cache of HPAs, each of a Deployment of its own."""
    nothing: Any = None
    cache = ScalerCache(f"{HPA}s", nothing, to_hpa, lambda _: None)
    for number in range(count):
        target = {"kind": "Deployment", "name": f"other-{number}"}
        manifest = {"metadata": {"namespace": "prod", "name": f"hpa-{number}"}, "spec": {"scaleTargetRef": target}}
        cache._take("ADDED", to_hpa(manifest))  # noqa: SLF001 - as a watch does, without a server
    return cache


def contenders(count: int) -> tuple[float, float]:
    """Milliseconds for the other scalers of one pool, by the indexes and by going through all pools and HPAs."""
    table, scalers = pools(count), hpas(count)
    pool = list(table)[-1].pool
    container = {"name": "worker"}
    manifest = {
        "metadata": {"namespace": "prod", "name": f"worker-{count - 1}", "uid": "u", "resourceVersion": "1"},
        "spec": {"replicas": 1, "selector": {}, "template": {"spec": {"containers": [container]}}},
    }
    target = Target(to_deployment(manifest), Container("worker"))

    def all_pools(wanted: DeploymentKey) -> list[KnownPool]:
        specs = ((each, each.pool.spec) for each in table)
        return [
            each
            for each, spec in specs
            if not isinstance(spec, str) and (each.pool.metadata.namespace, spec.scale_target_ref.name) == wanted
        ]

    def all_scalers(namespace: str, _: str) -> list[Scaler]:
        return [scaler for _, scaler in sorted(scalers.in_namespace(namespace).items())]

    indexed: Any = OneKind(scalers.of_target)
    plain: Any = OneKind(all_scalers)
    quick = Contention(lambda _: indexed, table.on)
    slow = Contention(lambda _: plain, all_pools)
    return (
        milliseconds(lambda: quick.contenders(pool, target)),
        milliseconds(lambda: slow.contenders(pool, target)),
    )


def main(
    counts: Annotated[list[int] | None, typer.Argument(min=1, help="Numbers of pools; default: 100 1000 3000.")] = None,
) -> None:
    """Print milliseconds of one answer by the indexes, by the plain way, and their ratio.

    Example: python -m bench.many_pools 100 1000
    """
    typer.echo("pools  contenders of one pool, ms  going through all, ms  ratio")
    for count in counts or [100, 1000, 3000]:
        quick, slow = contenders(count)
        typer.echo(f"{count:5}  {quick:26.4f}  {slow:21.3f}  {slow / quick:5.0f}")


if __name__ == "__main__":
    typer.run(main)
