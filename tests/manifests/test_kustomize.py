"""The installation is rendered by kustomize and accepted by the real API server."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.api.crd import connection_crd, worker_pool_crd
from localcluster.cluster import LocalCluster
from release import kustomize


def rendered(cluster: LocalCluster, folder: Path) -> list[dict[str, Any]]:
    """The objects of a kustomization."""
    return list(yaml.safe_load_all(cluster.kubectl("kustomize", str(folder))))


def of_kind(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The objects of one kind."""
    return [item for item in objects if item["kind"] == kind]


def operator_container(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The container of the operator."""
    (deployment,) = of_kind(objects, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


@pytest.mark.parametrize("folder", ["base", "namespaced", "namespaces"])
def test_the_api_server_accepts_every_object(installed_rights: LocalCluster, manifests: Path, folder: str) -> None:
    """A dry run on the server: schemas, names and references are right."""
    for namespace in ("workers", "shop", "billing"):
        installed_rights.kubectl("create", "namespace", namespace, check=False)
    answer = installed_rights.kubectl("apply", "--dry-run=server", "-k", str(manifests / folder))
    assert len(answer.splitlines()) == len(rendered(installed_rights, manifests / folder))


def test_the_base_brings_the_generated_crds(cluster: LocalCluster, manifests: Path) -> None:
    """One apply installs all of it."""
    assert of_kind(rendered(cluster, manifests / "base"), "CustomResourceDefinition") == [
        connection_crd(),
        worker_pool_crd(),
    ]


def test_the_operator_keeps_to_the_restricted_standard(installed_rights: LocalCluster, manifests: Path) -> None:
    """The operator's namespace enforces the restricted Pod Security Standard, and its pod is admitted there."""
    (deployment,) = of_kind(rendered(installed_rights, manifests / "base"), "Deployment")
    template = deployment["spec"]["template"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": template["metadata"] | {"name": "x"},
        "spec": template["spec"],
    }
    arguments = ("create", "--dry-run=server", "-n", "temporal-worker-pools", "-f", "-")
    installed_rights.kubectl(*arguments, input=json.dumps(pod))
    del pod["spec"]["containers"][0]["securityContext"]["capabilities"]
    refusal = installed_rights.kubectl(*arguments, input=json.dumps(pod), check=False)
    assert 'violates PodSecurity "restricted:latest": unrestricted capabilities' in refusal


def test_the_operator_can_not_write_to_its_image(cluster: LocalCluster, manifests: Path) -> None:
    """What the restricted standard does not ask for."""
    context = operator_container(rendered(cluster, manifests / "base"))["securityContext"]
    assert context["readOnlyRootFilesystem"] is True


def watched(objects: list[dict[str, Any]]) -> list[str]:
    """Namespaces that the operator is told to watch; none: all."""
    arguments = " ".join(operator_container(objects)["args"]).replace("--namespace=", "--namespace ").split()
    assert arguments[:2] == ["operator", "run"]
    return [value for name, value in itertools.pairwise(arguments) if name == "--namespace"]


def bound(objects: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Where the operator's account has which roles; rights in all namespaces are those of `*`."""
    found: dict[str, list[str]] = {}
    for item in [*of_kind(objects, "RoleBinding"), *of_kind(objects, "ClusterRoleBinding")]:
        if item["subjects"]:
            found.setdefault(item["metadata"].get("namespace", "*"), []).append(item["roleRef"]["name"])
    return found


OF_LEASES = {"temporal-worker-pools": ["temporal-worker-pools-leader-election"]}


@pytest.mark.parametrize(
    ("folder", "namespaces"), [("base", []), ("namespaced", ["workers"]), ("namespaces", ["billing", "shop"])]
)
def test_the_operator_watches_where_it_has_rights(
    cluster: LocalCluster, manifests: Path, folder: str, namespaces: list[str]
) -> None:
    """In all namespaces, in the one of workload-namespace.yaml, or in those of a folder each, and nowhere else."""
    objects = rendered(cluster, manifests / folder)
    assert watched(objects) == namespaces
    assert bound(objects) == OF_LEASES | {key: ["temporal-worker-pools"] for key in namespaces or ["*"]}
    assert of_kind(objects, "ConfigMap") == []


def test_what_is_rendered_from_the_chart_is_up_to_date(manifests: Path) -> None:
    """`make charts` writes it."""
    for path, text in kustomize.files().items():
        assert (manifests / path).read_text(encoding="utf-8") == text, path


def test_the_image_is_of_this_version(cluster: LocalCluster, manifests: Path) -> None:
    """The manifests of a release name the image of that release."""
    project = (manifests.parent / "pyproject.toml").read_text(encoding="utf-8")
    image = operator_container(rendered(cluster, manifests / "base"))["image"]
    assert f'\nversion = "{image.removeprefix("temporal-worker-pools:")}"\n' in project


def test_the_crd_folder_can_be_applied_as_files_or_as_kustomization(cluster: LocalCluster, manifests: Path) -> None:
    """`kubectl apply -f crds` and `kubectl apply -k crds` do the same."""
    crds = str(manifests.parent / "crds")
    for flag in ("-f", "-k"):
        answer = cluster.kubectl("apply", "--dry-run=server", "-o", "name", flag, crds)
        kind = "customresourcedefinition.apiextensions.k8s.io"
        assert answer.split() == [
            f"{kind}/{name}.workerpools.dev" for name in ("temporalconnections", "temporalworkerpools")
        ]
