"""What a question costs among many pools or pods, beside the plain way: `python -m bench.many_pools`."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Annotated, Any

import typer

from controller.cluster.convert import to_deployment, to_pod
from controller.cluster.objects import Container
from controller.cluster.scalers import HPA, Scaler, ScalerCache, to_hpa
from controller.operator.by_target import DeploymentKey
from controller.operator.inputs.contention import Contention
from controller.operator.inputs.worker_pods import PodNames
from controller.operator.passes import Target
from controller.operator.pool import Pool
from controller.operator.pools import PoolTable
from controller.temporal.budget import PollDemand, ReadBudget
from controller.temporal.workers import WorkerReport

TRY_SECONDS = 0.5
"""Of one question: the fastest try within this time counts, so that what else the machine does counts little."""

QUESTIONS = {
    "contenders": "what else scales a pool?",
    "placed": "where is each worker?",
    "demanded": "reads of all pools?",
}
"""Their numbers are those of pools and HPAs, of workers and pods, and of pools."""


class OneKind:
    """In place of the three kinds of scalers: HPAs alone."""

    def __init__(self, of_target: Callable[[str, str], Iterable[Scaler]]) -> None:
        self._of_target = of_target

    def of(self, namespace: str, deployment: str, container: str) -> list[Scaler]:
        """The scalers of a Deployment."""
        return [each for each in self._of_target(namespace, deployment) if each.scales(deployment, container)]


def milliseconds(question: Callable[[], object]) -> float:
    """Of one answer."""
    fastest, until = _once(question), perf_counter() + TRY_SECONDS
    while perf_counter() < until:
        fastest = min(fastest, _once(question))
    return fastest


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

    def all_pools(wanted: DeploymentKey) -> list[Pool]:
        specs = ((each.pool, each.pool.spec) for each in table)
        return [
            each
            for each, spec in specs
            if not isinstance(spec, str) and (each.metadata.namespace, spec.scale_target_ref.name) == wanted
        ]

    def all_scalers(namespace: str, _: str) -> list[Scaler]:
        return [scaler for _, scaler in sorted(scalers.in_namespace(namespace).items())]

    indexed: Any = OneKind(scalers.of_target)
    plain: Any = OneKind(all_scalers)
    quick = Contention(lambda _: indexed, table.pools_on)
    slow = Contention(lambda _: plain, all_pools)
    return (
        milliseconds(lambda: quick.contenders(pool, target)),
        milliseconds(lambda: slow.contenders(pool, target)),
    )


def placed(count: int) -> tuple[float, float]:
    """Milliseconds for the pods of as many workers, by an index of names and by comparing each with each."""
    names = [f"worker-{number}" for number in range(count)]
    pods = [to_pod({"metadata": {"namespace": "prod", "name": name, "uid": name}}) for name in names]
    workers = [WorkerReport(name, f"1@{name}", ()) for name in names]

    def by_index() -> None:
        known = PodNames(pods)
        for worker in workers:
            known.candidates(worker)

    def each_with_each() -> None:
        for worker in workers:
            names = {worker.host_name, worker.worker_identity.rpartition("@")[2]}
            [pod for pod in pods if pod.name in names]

    return milliseconds(by_index), milliseconds(each_with_each)


def demanded(count: int) -> tuple[float, float]:
    """Milliseconds for the reads that all pools of a Temporal namespace ask for, as a running sum and added up."""
    budget = ReadBudget(40, perf_counter)
    for number in range(count):
        budget.request_interval(number, 3, 15)
    demands = [PollDemand(3, 15, 30, perf_counter() + 60) for _ in range(count)]

    def added_up() -> float:
        now = perf_counter()
        return sum(demand.rate for demand in dict(enumerate(demands)).values() if demand.until >= now)

    return milliseconds(lambda: budget.requested_rate), milliseconds(added_up)


def main(
    counts: Annotated[list[int] | None, typer.Argument(min=1, help="How many; default: 100 1000 3000.")] = None,
) -> None:
    """Print milliseconds of one answer as the operator gives it, by the plain way, and their ratio.

    Example: python -m bench.many_pools 100 1000
    """
    typer.echo("number  question                            ms   plain way, ms   ratio")
    for question in (contenders, placed, demanded):
        for count in counts or [100, 1000, 3000]:
            quick, slow = question(count)
            typer.echo(
                f"{count:6}  {QUESTIONS[question.__name__]:25}  {quick:11.4f}  {slow:14.3f}  {slow / quick:6.0f}"
            )


if __name__ == "__main__":
    typer.run(main)
