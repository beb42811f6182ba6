"""What the way down costs where tasks are longer than the grace period: with idle first, and without.

`python -m bench.idle_first` starts a local control plane, a Temporal server and the operator, and plays a load of long
tasks that falls in steps, twice. First the operator scales. Then the same decisions are carried out without
deletion costs: the pool recommends, and a loop sets the replicas that it recommends.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Annotated, Any, Final

import typer
from temporalio.client import Client

from examples.burst.result import BurstPlan, BurstResult
from examples.burst.run import run_burst
from examples.manifests import load_manifests
from examples.separated.start import TARGET
from examples.work import ActivityReport, Batch
from localcluster.cluster import LocalCluster
from localcluster.operator_process import install, running_operator
from localcluster.running import running_cluster

FALLING: Final = (4, 3, 2, 1)
"""Tasks that end with each step: those of the first run for one `step_seconds`, those of the second for two.

All begin together. Where tasks keep coming, one may reach a pod after its last report: that gap (10 s here) is not what
is measured.
"""

POOL: Final = "video-transcoding-activities"
DEPLOYMENT: Final = "video-transcoding-activity-worker"
SLOTS_VARIABLE: Final = "MAX_CONCURRENT_ACTIVITIES"
MAX_REPLICAS: Final = 10

POLL_SECONDS: Final = 1.0

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LongTasks:
    """Tasks that a pod has no time to finish when it is asked to stop."""

    step_seconds: float = 60.0
    grace_seconds: int = 12

    @property
    def longest_seconds(self) -> float:
        """How long the longest task runs."""
        return len(FALLING) * self.step_seconds

    def manifests(self, temporal_host: str, temporal_namespace: str, mode: str) -> list[Object]:
        """The separated example with one task for each replica, and windows that let its number fall at once."""
        manifests = load_manifests(
            "separated", temporal_host=temporal_host, temporal_namespace=temporal_namespace, replicas=0
        )
        for manifest in manifests:
            if manifest["kind"] == "Deployment":
                self._shorten_grace(manifest["spec"]["template"]["spec"])
            if manifest["metadata"]["name"] == DEPLOYMENT:
                # In the Deployment, too: a pool that recommends writes no slot variable.
                env = manifest["spec"]["template"]["spec"]["containers"][0]["env"]
                env.append({"name": SLOTS_VARIABLE, "value": "1"})
            if manifest["kind"] == "TemporalWorkerPool":
                manifest["spec"] |= {"pollingIntervalSeconds": 5, "scaleToZero": {"idleSeconds": 5}}
                manifest["spec"]["behavior"] = {"scaleDown": {"stabilizationWindowSeconds": 5}}
            if manifest["metadata"]["name"] == POOL:
                self._take_one_task_each(manifest["spec"], mode)
        return manifests

    def _take_one_task_each(self, spec: Object, mode: str) -> None:
        spec["taskQueues"][0]["tasks"][0]["slots"] = 1
        spec["objective"] = {"backlogPerReplica": 1}
        spec["taskDurationSeconds"] = {"max": self.longest_seconds}
        spec |= {"maxReplicas": MAX_REPLICAS, "mode": mode}

    def _shorten_grace(self, pod: Object) -> None:
        pod["terminationGracePeriodSeconds"] = self.grace_seconds
        for variable in pod["containers"][0]["env"]:
            if variable["name"] == "GRACEFUL_SHUTDOWN_SECONDS":
                variable["value"] = str(self.grace_seconds - 2)

    async def play(self, client: Client) -> tuple[ActivityReport, ...]:
        """Plays the falling load, and gives what became of each task.

        Raises:
            TimeoutError: Tasks were not done in five times the time of the longest.
        """
        bursts: list[asyncio.Task[BurstResult]] = []
        async with asyncio.TaskGroup() as group:
            for steps, tasks in enumerate(FALLING, start=1):
                batch = Batch(1, steps * self.step_seconds)
                plan = BurstPlan(tasks, batch, timeout_seconds=5 * self.longest_seconds + 120)
                bursts.append(group.create_task(run_burst(client, TARGET, plan)))
        results = [burst.result() for burst in bursts]
        if not all(result.succeeded for result in results):
            raise TimeoutError("some tasks were not done")
        return tuple(chain.from_iterable(result.reports for result in results))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run cost."""

    reports: tuple[ActivityReport, ...]
    reductions: int
    """How often the number of replicas was lowered."""

    @property
    def cut_short(self) -> int:
        """Attempts that were lost: nothing but a pod that had to stop ends one here."""
        return sum(report.attempt - 1 for report in self.reports)


def run(cluster: LocalCluster, long_tasks: LongTasks, *, idle_first: bool) -> Outcome:
    """Plays the load once, in namespaces of its own."""
    namespace = f"idle-first-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", namespace)
    cluster.create_temporal_namespace(namespace)
    mode = "Auto" if idle_first else "Recommend"
    items = long_tasks.manifests(cluster.temporal_address, namespace, mode)
    with running_operator(cluster, f"operator-{namespace}", "--namespace", namespace):
        cluster.kubectl(
            "apply", "-n", namespace, "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        )
        return asyncio.run(_play(cluster, namespace, long_tasks, idle_first=idle_first))


async def _play(cluster: LocalCluster, namespace: str, long_tasks: LongTasks, *, idle_first: bool) -> Outcome:
    client = await Client.connect(cluster.temporal_address, namespace=namespace)
    numbers: list[int] = []
    watching = asyncio.create_task(_follow(cluster, namespace, numbers, set_replicas=not idle_first))
    try:
        reports = await long_tasks.play(client)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return Outcome(reports, sum(after < before for before, after in pairwise(numbers)))


async def _follow(cluster: LocalCluster, namespace: str, numbers: list[int], *, set_replicas: bool) -> None:
    """Notes the replicas, and sets the recommended ones where the operator does not."""

    def get(kind: str, name: str) -> Object:
        found: Object = json.loads(cluster.kubectl("get", "-n", namespace, kind, name, "-o", "json"))
        return found

    while True:
        replicas = (await asyncio.to_thread(get, "deployment", DEPLOYMENT))["spec"]["replicas"]
        numbers.append(replicas)
        if set_replicas:
            pool = await asyncio.to_thread(get, "twp", POOL)
            recommended = pool.get("status", {}).get("desiredReplicas", replicas)
            if recommended != replicas:
                scale = ("scale", "-n", namespace, "deployment", DEPLOYMENT, f"--replicas={recommended}")
                await asyncio.to_thread(cluster.kubectl, *scale)
        await asyncio.sleep(POLL_SECONDS)


@contextmanager
def installed_cluster(say: Callable[[str], None]) -> Iterator[LocalCluster]:
    """A local cluster with the operator's CRD, account and rights."""
    with running_cluster(say=say) as cluster:
        install(cluster)
        yield cluster


def main(
    step_seconds: Annotated[float, typer.Option(min=1, help="How long the shortest task runs.")] = 60.0,
    grace_seconds: Annotated[int, typer.Option(min=3, help="terminationGracePeriodSeconds of the pods.")] = 12,
) -> None:
    """Play the load with and without idle first, and say how many attempts each cut short."""
    long_tasks = LongTasks(step_seconds, grace_seconds)
    print(
        f"{sum(FALLING)} tasks of {step_seconds:g} to {long_tasks.longest_seconds:g} s, grace period {grace_seconds} s"
    )
    with installed_cluster(lambda line: typer.echo(line, err=True)) as cluster:
        for idle_first in (True, False):
            outcome = run(cluster, long_tasks, idle_first=idle_first)
            print(
                f"{'idle first' if idle_first else 'without   '}: {len(outcome.reports)} tasks done, "
                f"{outcome.cut_short} attempts cut short, replicas lowered {outcome.reductions} times"
            )


if __name__ == "__main__":
    typer.run(main)
