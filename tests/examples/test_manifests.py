"""The manifests fit the workers that they run, and the API server takes them."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from examples.burst.result import BurstPlan
from examples.burst.run import run_burst
from examples.manifests import EXAMPLES_FOLDER, load_manifests
from examples.separated.start import TARGET as SEPARATED
from examples.unified.start import TARGET as UNIFIED
from examples.work import Batch
from examples.worker.settings import read_settings
from localcluster.cluster import LocalCluster
from tests.examples.workers import WorkerStarter
from tests.support.cluster import apply

Manifest = dict[str, Any]

EXAMPLES = ["unified", "separated"]
CRDS_FOLDER = EXAMPLES_FOLDER.parent / "crds"


def load(kind: str) -> list[Manifest]:
    """The objects of one kind, of both examples."""
    return [
        manifest
        for example in EXAMPLES
        for manifest in load_manifests(example, temporal_host="temporal:7233", temporal_namespace="prod")
        if manifest["kind"] == kind
    ]


def container(deployment: Manifest) -> Manifest:
    """The one container of a Deployment."""
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def values(deployment: Manifest) -> dict[str, str]:
    """The variables that have a value in the manifest."""
    return {variable["name"]: variable["value"] for variable in container(deployment)["env"] if "value" in variable}


def by_name(manifest: Manifest) -> str:
    """The ID of a test's case."""
    return str(manifest["metadata"]["name"])


@pytest.mark.parametrize("deployment", load("Deployment"), ids=by_name)
def test_the_worker_accepts_the_manifest(deployment: Manifest) -> None:
    """The values are good settings, and probes and scrapes go to the ports that the worker listens on."""
    settings = read_settings(values(deployment), default_task_queue="unnamed")
    ports = {port["name"]: port["containerPort"] for port in container(deployment)["ports"]}
    assert ports == {"health": settings.health_port, "metrics": settings.metrics_port}
    assert settings.task_queue != "unnamed"
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(settings.metrics_port)


@pytest.mark.parametrize("deployment", load("Deployment"), ids=by_name)
def test_the_pod_lives_longer_than_the_grace_of_the_worker(deployment: Manifest) -> None:
    """The worker closes by itself before the kubelet kills it."""
    grace = int(values(deployment)["GRACEFUL_SHUTDOWN_SECONDS"])
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= grace + 10


@pytest.mark.parametrize("pool", load("TemporalWorkerPool"), ids=by_name)
def test_a_pool_fits_its_deployment(pool: Manifest) -> None:
    """It scales a Deployment that polls its queue, and nothing that it sets is in the Deployment's manifest."""
    target = pool["spec"]["scaleTargetRef"]["name"]
    (deployment,) = (one for one in load("Deployment") if one["metadata"]["name"] == target)
    (queue,) = pool["spec"]["taskQueues"]
    assert container(deployment)["name"] == pool["spec"]["containerName"]
    assert values(deployment)["TASK_QUEUE"] == queue["name"]
    assert "replicas" not in deployment["spec"]
    assert not values(deployment).keys() & {task["slotsEnvVar"] for task in queue["tasks"]}


@pytest.mark.parametrize("example", EXAMPLES)
def test_loading_points_workers_and_pools_at_one_server(example: str) -> None:
    """What the demo and the tests apply differs from the files in the server and the first replicas alone."""
    manifests = load_manifests(example, temporal_host="127.0.0.1:4242", temporal_namespace="trial", replicas=0)
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap":
            assert manifest["data"] == {"host": "127.0.0.1:4242", "namespace": "trial"}
        elif manifest["kind"] == "Deployment":
            assert manifest["spec"]["replicas"] == 0
        else:
            assert manifest["spec"]["connection"] == {"address": "127.0.0.1:4242"}
            assert manifest["spec"]["temporalNamespace"] == "trial"


@pytest.mark.parametrize("path", sorted(EXAMPLES_FOLDER.glob("*/manifests/*")), ids=lambda path: path.name)
def test_a_manifest_opens_with_what_needs_apply_watch(path: Path) -> None:
    """Who finds the file alone knows what to do with it."""
    head = path.read_text().partition("apiVersion:")[0]
    assert re.findall(r"^# (\w+): ", head, flags=re.MULTILINE) == ["What", "Needs", "Apply", "Watch"]
    applied = re.search(r"kubectl apply -[fk] ([\w./-]*\w)", head)
    assert applied is not None
    assert applied[1] in (path.name, str(path.parent.relative_to(EXAMPLES_FOLDER.parent)))


@pytest.mark.parametrize("deployment", load("Deployment"), ids=by_name)
def test_the_image_holds_what_the_worker_imports(deployment: Manifest, tmp_path: Path) -> None:
    """What the Dockerfile copies is enough to run the Deployment's command."""
    module = container(deployment)["command"][-1]
    dockerfile = (EXAMPLES_FOLDER / module.split(".")[1] / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (examples/.*)$", dockerfile, flags=re.MULTILINE):
        *sources, target = shlex.split(line)
        for source in sources:
            copy(EXAMPLES_FOLDER.parent / source, tmp_path / target)
    command = [sys.executable, "-m", module, "--help"]
    helped = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (helped.returncode, helped.stderr) == (0, "")


def copy(source: Path, target: Path) -> None:
    """Copy as a Dockerfile does: the contents of a folder, or a file into a folder."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


async def test_a_worker_fits_the_memory_that_it_requests(client: Client, workers: WorkerStarter) -> None:
    """The request of the unified worker is more than it ever had while it ran 400 activities."""
    worker = workers.start_ready("examples.unified.worker")
    result = await run_burst(client, UNIFIED, BurstPlan(40, Batch(10, 0.01), timeout_seconds=120))
    assert result.succeeded
    (deployment,) = (one for one in load("Deployment") if one["metadata"]["name"] == "data-processing-worker")
    requested = container(deployment)["resources"]["requests"]["memory"]
    assert worker.memory_bytes() < int(requested.removesuffix("Mi")) * 2**20


@pytest.mark.parametrize("example", [*EXAMPLES, "connection"])
def test_the_api_server_takes_the_files_as_they_are(
    cluster: LocalCluster, kubernetes_namespace: str, example: str
) -> None:
    """A dry run on the server: schemas, defaults, rules of the CRD; and the pods meet the restricted standard."""
    cluster.kubectl("apply", "-k", str(CRDS_FOLDER))
    folder = EXAMPLES_FOLDER / example / "manifests"
    cluster.kubectl("apply", "--dry-run=server", "--namespace", kubernetes_namespace, "-k", str(folder))
    restricted = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", kubernetes_namespace, restricted)
    for deployment in load("Deployment"):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "worker"}} | {
            "spec": deployment["spec"]["template"]["spec"]
        }
        cluster.kubectl(
            "create", "--dry-run=server", "--namespace", kubernetes_namespace, "-f", "-", input=json.dumps(pod)
        )


@pytest.mark.parametrize(("example", "target"), [("unified", UNIFIED), ("separated", SEPARATED)])
async def test_the_pods_do_the_work(
    cluster: LocalCluster, kubernetes_namespace: str, temporal_namespace: str, example: str, target: Any
) -> None:
    """The Deployments run as pods with their own addresses, get ready, and complete a burst."""
    host = cluster.temporal_address
    manifests = load_manifests(example, temporal_host=host, temporal_namespace=temporal_namespace, replicas=1)
    apply(cluster, kubernetes_namespace, *(one for one in manifests if one["kind"] != "TemporalWorkerPool"))
    cluster.kubectl("rollout", "status", "deployment", "--namespace", kubernetes_namespace, "--timeout=120s")
    client = await Client.connect(host, namespace=temporal_namespace)
    result = await run_burst(client, target, BurstPlan(3, Batch(5, 0.2), timeout_seconds=120))
    assert (result.succeeded, len(result.reports), result.retried) == (True, 15, 0)
