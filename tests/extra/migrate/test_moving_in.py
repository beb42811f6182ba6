"""docs/migrate.md, command by command: from the real HPA, from KEDA's object, and with the manifests in Git.

KEDA's own operator is not there: its CRD is a stand-in without a schema, and what it would do with a pause is its own
documentation. Flux and Argo CD are imitated by their requests, under the names of their field managers.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cli.exit_status import ExitStatus
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment

PAGE = (PROJECT_FOLDER / "docs" / "migrate.md").read_text(encoding="utf-8")

ADDRESS = "temporal-frontend.temporal.svc:7233"
"""In place of the real one on the page."""

HPA: Object = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "orders"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders-worker"},
        "minReplicas": 1,
        "maxReplicas": 2,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
            }
        ],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 30}},
    },
}

MORE: Object = {"spec": {"minReplicas": 3, "maxReplicas": 3, "pollingIntervalSeconds": 5}}
"""A pool that needs other replicas than the bounds of the HPA allow, soon."""


def scaled_object(place: Place) -> Object:
    """A ScaledObject with a temporal trigger."""
    metadata = {"endpoint": place.temporal_address, "namespace": place.temporal_namespace, "taskQueue": "orders"}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "orders"},
        "spec": {
            "scaleTargetRef": {"name": "orders-worker"},
            "minReplicaCount": 1,
            "triggers": [{"type": "temporal", "metadata": metadata | {"queueTypes": "activity"}}],
        },
    }


class Terminal:
    """A shell in the namespace of a test, with the plug-in."""

    def __init__(self, place: Place, folder: Path) -> None:
        self._place, self._folder = place, folder
        self._kubeconfig = folder / "kubeconfig"
        self._kubeconfig.write_bytes(place.cluster.kubeconfig.read_bytes())
        self._kubeconfig.chmod(0o600)
        self.run(f"kubectl config set-context --current --namespace={place.namespace}")

    def run(self, script: str) -> str:
        """What a script prints, on both outputs."""
        path = f"{ENVIRONMENT_BIN_FOLDER}{os.pathsep}{self._place.cluster.binaries}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "KUBECONFIG": str(self._kubeconfig)}
        done = subprocess.run(
            ["/bin/sh", "-euc", script.replace(ADDRESS, self._place.temporal_address)],
            env=environment, cwd=self._folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def scripts(name: str) -> Iterator[str]:
    """The blocks of the page of one name, in its order."""
    for block in re.finditer(rf"^<!-- run: {name} -->\n```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        yield block[1]


def read(place: Place, kind: str) -> Object:
    """The other scaler."""
    found: Object = json.loads(place.kubectl("get", kind, "orders", "-o", "json"))
    return found


def own_fields(place: Place) -> Object:
    """What of the HPA a pause changes."""
    spec = read(place, "hpa")["spec"]
    return {key: spec.get(key) for key in ("minReplicas", "maxReplicas", "behavior")}


def test_a_deployment_goes_from_the_hpa_to_a_pool_and_back(place: Place, tmp_path: Path) -> None:
    """The real HPA neither enforces its bounds while it is paused, nor forgets them."""
    terminal = Terminal(place, tmp_path)
    there, back = scripts("hpa")
    with operator_of(place, "--record", str(tmp_path / "recordings")) as operator:
        place.apply(deployment("orders-worker"), HPA)
        own = own_fields(place)
        there = there.replace("from-hpa orders", f"from-hpa orders --temporal-namespace {place.temporal_namespace}")
        said = terminal.run(there)
        assert "spec.metrics[0]: not carried over: a pool scales by task queues" in said
        assert "horizontalpodautoscaler/orders paused" in said
        assert "temporalworkerpool/orders mode: Auto (dry run)." in said
        place.patch("twp", "orders", MORE)
        wait_for(lambda: place.replicas("orders-worker") == 3, PATIENCE_SECONDS, "the pool to scale past the bounds")
        wait_for(
            lambda: read(place, "hpa")["status"].get("currentReplicas") == 3,
            PATIENCE_SECONDS,
            "the HPA to see it",
        )
        wait_for_passes(operator, 1)
        assert place.replicas("orders-worker") == 3
        assert "Nothing to change" in terminal.run("kubectl twp adopt orders")
        terminal.run(back)
        assert own_fields(place) == own
        wait_for(lambda: place.replicas("orders-worker") == 2, PATIENCE_SECONDS, "the HPA to enforce its bounds again")
        place.wait_for_reason("orders", "Ready", "RecommendOnly")
    compared = subprocess.run(
        [str(ENVIRONMENT_BIN_FOLDER / "twp"), "compare", "orders", "--recording", str(tmp_path / "recordings")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert compared.returncode == ExitStatus.UNKNOWN, compared.stderr
    assert " polls, 0 tasks" in compared.stdout  # only the replicas can be compared


@pytest.mark.usefixtures("stand_in_crds")
def test_a_deployment_goes_from_keda_to_a_pool_and_back(place: Place, tmp_path: Path) -> None:
    """By KEDA's own annotation; nothing is lost on the way."""
    terminal = Terminal(place, tmp_path)
    there, back = scripts("keda")
    with operator_of(place):
        place.apply(deployment("orders-worker"), scaled_object(place))
        terminal.run(there)
        annotations = read(place, "scaledobject")["metadata"]["annotations"]
        assert annotations["autoscaling.keda.sh/paused"] == "true"
        wait_for(lambda: place.replicas("orders-worker") == 1, PATIENCE_SECONDS, "the pool to take over")
        terminal.run(back)
        left = read(place, "scaledobject")["metadata"]["annotations"]
        assert not {"autoscaling.keda.sh/paused", "workerpools.dev/adopted-by"} & left.keys()
        place.wait_for_reason("orders", "AbleToScale", "ReadyForNewScale", "No conflict while mode is Recommend")


def pool_in_git(place: Place, mode: str) -> Object:
    """The pool as a repository has it."""
    return {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": {"name": "orders"},
        "spec": {
            "scaleTargetRef": {"name": "orders-worker"},
            "connection": {"address": place.temporal_address},
            "temporalNamespace": place.temporal_namespace,
            "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slots": 5}]}],
            "minReplicas": 2,
            "maxReplicas": 3,
            "objective": {"backlogPerReplica": 5},
            "pollingIntervalSeconds": 5,
            "mode": mode,
        },
    }


def without_replicas(manifest: Object) -> Object:
    """A Deployment as a pool leaves it to be scaled."""
    return manifest | {"spec": {key: value for key, value in manifest["spec"].items() if key != "replicas"}}


def flux(place: Place, manifest: Object) -> None:
    """What kustomize-controller does with a manifest, each time that it comes by."""
    place.kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller", "-f", "-",
        input=json.dumps(manifest),
    )  # fmt: skip


def argo_cd(place: Place, manifest: Object) -> None:
    """Client-side apply under Argo CD's name, with what is there where it respects ignored differences."""
    replicas = place.replicas("orders-worker")
    respected = manifest | {"spec": manifest["spec"] | {"replicas": replicas}}
    place.kubectl("apply", "--field-manager=argocd-controller", "-f", "-", input=json.dumps(respected))


@pytest.mark.parametrize("tool", ["Flux", "Argo CD"])
def test_with_manifests_in_git_the_switch_is_a_commit(
    place: Place, operator: OperatorProcess, tmp_path: Path, tool: str
) -> None:
    """The number of the Deployment survives both commits, and a sync after them; `twp adopt` refuses and says why."""
    terminal, workers = Terminal(place, tmp_path), deployment("orders-worker", replicas=1)
    if tool == "Flux":
        flux(place, workers)
        flux(place, pool_in_git(place, "Recommend"))
        (hold,) = scripts("flux")
        terminal.run(hold)
        workers = without_replicas(workers)
        flux(place, workers)
    else:
        place.kubectl("apply", "--field-manager=argocd-controller", "-f", "-", input=json.dumps(workers))
        place.kubectl(
            "apply", "--field-manager=argocd-controller", "-f", "-", input=json.dumps(pool_in_git(place, "Recommend"))
        )
    assert place.replicas("orders-worker") == 1
    place.wait_for_reason("orders", "AbleToScale", "ReadyForNewScale")
    manager = "kustomize-controller" if tool == "Flux" else "argocd-controller"
    with pytest.raises(AssertionError, match=f"{manager} applies its mode and would set it back, so commit mode: Auto"):
        terminal.run("kubectl twp adopt orders")
    committed = pool_in_git(place, "Auto")
    if tool == "Flux":
        flux(place, committed)
    else:
        place.kubectl("apply", "--field-manager=argocd-controller", "-f", "-", input=json.dumps(committed))
    wait_for(lambda: place.replicas("orders-worker") == 2, PATIENCE_SECONDS, "the pool to take over")
    (flux if tool == "Flux" else argo_cd)(place, workers)
    wait_for_passes(operator, 2)
    assert place.replicas("orders-worker") == 2
    assert place.warnings("orders") == []
