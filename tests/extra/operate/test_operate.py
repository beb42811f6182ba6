"""docs/operate.md on a real control plane: its commands in their order, under a load that holds three replicas."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import helm_python
import pytest
import yaml

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.cluster import LocalCluster
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from localcluster.running import running_cluster
from tests.support.cluster import explaining_failures, wait_for
from tests.support.shared_cluster import OPTIONS
from tests.system.load import running_burst
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, deployment, pool, unified

NAME: Final = "temporal-worker-pools"
"""Of the operator's release and namespace."""

NEXT: Final = "9.0.0"
"""A release that is to come."""

POOLS: Final = "temporalworkerpools.v1alpha1.workerpools.dev"
"""With the version: kubectl remembers for a while that there was a newer one."""

SECTION: Final = re.compile(r"^## (?P<title>.+?)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK: Final = re.compile(r"^```(?:sh)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: str, title: str) -> list[str]:
    """The commands in a section of a page of docs/, comments aside."""
    text = (PROJECT_FOLDER / "docs" / page).read_text(encoding="utf-8")
    (section,) = (match["text"] for match in SECTION.finditer(text) if match["title"] == title)
    return [line.partition(" #")[0].strip() for block in BLOCK.finditer(section) for line in block["text"].splitlines()]


@dataclass(frozen=True)
class Terminal:
    """Where the commands are typed."""

    cluster: LocalCluster
    folder: Path
    """With `manifests/`."""

    def run(self, command: str) -> str:
        """Run a command, and return what it prints; `helm` by its library, everything else by a shell."""
        program, *arguments = shlex.split(command)
        if program == "helm":
            return self._helm(*arguments)
        return self.cluster.shell(f"export PATH={ENVIRONMENT_BIN_FOLDER}{os.pathsep}$PATH; {command}")

    def _helm(self, verb: str, name: str, *rest: str) -> str:
        options = [part for part in rest if part != "--create-namespace"]
        namespace = options.pop(options.index("--namespace") + 1) if "--namespace" in options else "default"
        (*chart,) = (str(self.folder / part) for part in options if part != "--namespace")
        with helm_python.Config(kubeconfig_path=str(self.cluster.kubeconfig), namespace=namespace) as helm:
            created = {"create_namespace": True} if "--create-namespace" in rest else {}
            getattr(helm, verb)(*chart, name, **created)
        return ""


@pytest.fixture
def cluster(pytestconfig: pytest.Config) -> Iterator[LocalCluster]:
    """A cluster of its own, on which nothing is installed."""
    with running_cluster(OPTIONS, lambda _line: None) as running, explaining_failures(pytestconfig, running):
        yield running


@pytest.fixture
def place(cluster: LocalCluster) -> Place:
    """Where the workers are."""
    cluster.api.create_namespace("shop")
    return Place(cluster, "shop", "default")


def next_release(folder: Path) -> Path:
    """A folder with the charts of the release to come: its CRD has a new field, and serves `v1beta1`, too."""
    shutil.copytree(PROJECT_FOLDER / "manifests", folder / "manifests")
    for chart in folder.glob("manifests/chart*/Chart.yaml"):
        chart.write_text(re.sub(r"(?m)^(version|appVersion): .*", rf"\1: {NEXT}", chart.read_text()))
    (file,) = folder.glob("manifests/chart-crds/files/temporalworkerpools*")
    crd = yaml.safe_load(file.read_text())
    crd["metadata"]["annotations"] |= {"workerpools.dev/release": NEXT, "workerpools.dev/schema-hash": "new"}
    (version,) = crd["spec"]["versions"]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["novelty"] = {"type": "string"}
    crd["spec"]["versions"].append({**version, "name": "v1beta1", "storage": False})
    file.write_text(yaml.safe_dump(crd))
    return folder


def operators(place: Place, release: str) -> list[str]:
    """Names of the operator's pods if two are ready, all of a release."""
    found = [p for p in place.cluster.read("pods", NAME)["items"] if "deletionTimestamp" not in p["metadata"]]
    ready = [p for p in found if ("Ready", "True") in _conditions(p)]
    images = [pod["spec"]["containers"][0]["image"] for pod in found]
    is_done = len(ready) == len(found) == 2 and all(image.endswith(f":{release}") for image in images)
    return [pod["metadata"]["name"] for pod in ready] if is_done else []


def _conditions(manifest: Object) -> list[tuple[str, str]]:
    return [(each["type"], each["status"]) for each in manifest["status"].get("conditions", ())]


def wait_until_reconciled_by(place: Place, release: str) -> None:
    """Wait until one of the two operators of a release has reported on the pool under load."""

    def is_so() -> bool:
        identity = place.status(UNIFIED_POOL)["operator"]["identity"]
        return any(identity.startswith(name) for name in operators(place, release))

    wait_for(is_so, PATIENCE_SECONDS, f"two operators of {release}, one of which has reconciled")


def writes(place: Place) -> tuple[int, int]:
    """What grows with each write to the workers' Deployment, even one that is undone; and its replicas."""
    found = place.get("deployment", UNIFIED_DEPLOYMENT)
    return found["metadata"]["generation"], found["spec"]["replicas"]


def slots_in_use(place: Place) -> int:
    """Tasks that the workers run, as the status has it: a number that grows a little is not written at once."""
    return int((place.status(UNIFIED_POOL).get("inFlight") or {}).get("slotsUsed", 0))


def test_the_commands_of_the_page_do_what_it_says(place: Place, tmp_path: Path) -> None:
    """Upgraded and rolled back, no Deployment is written; uninstalled, what ran runs on, and what slept is awake."""
    old, new = Terminal(place.cluster, PROJECT_FOLDER), Terminal(place.cluster, next_release(tmp_path))
    current = yaml.safe_load((PROJECT_FOLDER / "manifests" / "chart" / "Chart.yaml").read_text())["appVersion"]
    for command in commands("install.md", "With Helm"):
        old.run(command)
    with running_burst(place, TARGET, BurstPlan(3, Batch(5, 3600))):
        place.apply(
            *unified(place, objective={"scheduleToStartSeconds": 10}), deployment("mails"), pool(place, "mails")
        )
        place.wait_for_replicas(UNIFIED_DEPLOYMENT, 3)
        wait_for(lambda: slots_in_use(place) >= 5, PATIENCE_SECONDS, "tasks to be known to run")
        wait_until_reconciled_by(place, current)
        before = writes(place)

        for command in commands("operate.md", "Upgrade"):
            new.run(command)
        place.patch("twp", UNIFIED_POOL, {"spec": {"novelty": "kept"}})
        wait_until_reconciled_by(place, NEXT)
        place.wait_for_reason(UNIFIED_POOL, "Ready", "CRDNewer", NEXT)
        assert place.get("twp", UNIFIED_POOL)["spec"]["novelty"] == "kept"
        assert json.loads(place.kubectl("get", "temporalworkerpools.v1beta1.workerpools.dev", "mails", "-o", "json"))

        for command in commands("operate.md", "Roll back"):
            new.run(command)
        wait_until_reconciled_by(place, current)
        old.run("helm upgrade temporal-worker-pools-crds manifests/chart-crds")
        wait_for(lambda: "novelty" not in place.get("twp", UNIFIED_POOL)["spec"], PATIENCE_SECONDS, "an older CRD")
        place.patch(POOLS, "mails", {"spec": {"maxReplicas": 5}})
        wait_for(lambda: place.status("mails")["replicaSummary"] == "0/0/5", PATIENCE_SECONDS, "the next reconcile")
        assert writes(place) == before

        *uninstall, remove_crds, delete_crds, delete_namespace = commands("operate.md", "Uninstall")
        for command in uninstall:
            new.run(command)
        wait_for(lambda: not place.cluster.read("pods", NAME)["items"], PATIENCE_SECONDS, "the operators to be gone")
        assert (place.replicas(UNIFIED_DEPLOYMENT), place.replicas("mails")) == (3, 1)
        assert place.kubectl("get", POOLS, "-A", "--ignore-not-found") == ""
    for command in (remove_crds, delete_crds, delete_namespace):
        new.run(command)
    assert "workerpools.dev" not in place.cluster.kubectl("get", "crd,clusterrole,clusterrolebinding", "-o", "name")
