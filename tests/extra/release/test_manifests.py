"""What the chart and the overlays render, by the schemas of each supported version of Kubernetes, and by kube-score."""

import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions

from localcluster.binaries import control_plane_binaries
from release.chart import CHART, ROOT
from tests.extra.release.kube_score import KUBE_SCORE
from tests.release.charts import crds, rendered
from tests.release.test_chart import PROFILES

Object = dict[str, Any]

OTHERWISE: Final[Mapping[str, str]] = {
    "container-image-pull-policy": "the image is named by its version or digest, and is not another one the next day",
    "container-ephemeral-storage-request-and-limit": "it writes to /tmp alone, which has a sizeLimit, and to its log",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints do it, and let two run on the only node",
}
"""What kube-score would have another way, and why it is not so. A limit of CPU would slow down its start."""

OF_OTHERS: Final = ("monitoring.coreos.com/v1",)
"""API groups of which Kubernetes has no schema."""


def versions() -> list[str]:
    """The versions that the chart is for, of which there are schemas."""
    oldest = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["kubeVersion"]
    assert oldest == ">=1.32.0-0"
    return sorted({version for version in all_versions() if minor(version) >= 32})


def minor(version: str) -> int:
    """Of a version such as 1.37.0."""
    return int(version.split(".")[1])


@cache
def kubectl() -> str:
    """The one of the control plane."""
    return str(control_plane_binaries(lambda _: None) / "kubectl")


def overlay(name: str) -> list[Object]:
    """What kustomize makes of a folder of manifests/."""
    command = [kubectl(), "kustomize", str(ROOT / "manifests" / name)]
    return list(yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def made() -> Iterator[tuple[str, list[Object]]]:
    """Each profile by the chart and by kustomize, and the CRDs."""
    yield "chart of the CRDs", list(crds())
    for name, values in PROFILES.items():
        yield f"chart, as {name}", rendered(values)
        yield f"kustomize, {name}", overlay(name)


def test_the_schemas_reach_from_the_oldest_version_to_that_of_the_local_cluster() -> None:
    """A new release of Kubernetes needs a newer package."""
    command = [kubectl(), "version", "--client", "-o", "yaml"]
    client = yaml.safe_load(subprocess.run(command, capture_output=True, check=True).stdout)["clientVersion"]
    assert [minor(version) for version in versions()] == list(range(32, int(client["minor"]) + 1))


@pytest.mark.parametrize("version", versions())
def test_every_object_fits_the_schemas_of_a_version(version: str) -> None:
    """Strictly: a field that the version does not know is a mistake."""
    judged = 0
    for profile, objects in made():
        for each in objects:
            if each["apiVersion"] not in OF_OTHERS:
                try:
                    kubernetes_validate.validate(each, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    pytest.fail(f"{profile}: {each['kind']} {each['metadata']['name']}: {error}")
                judged += 1
    assert judged > 60


def test_a_field_that_no_version_knows_is_found() -> None:
    """The schemas are strict."""
    (deployment,) = (each for each in rendered() if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["topologySpread"] = []
    with pytest.raises(kubernetes_validate.ValidationError, match="topologySpread"):
        kubernetes_validate.validate(deployment, versions()[-1], strict=True)


@pytest.mark.parametrize("profile", PROFILES)
def test_kube_score_finds_nothing_that_is_not_meant_so(profile: str) -> None:
    """Whatever is meant otherwise than it would have it is named, with the reason."""
    ignored = [f"--ignore-test={name}" for name in OTHERWISE]
    options = ["score", "--output-format=ci", "--ignore-container-cpu-limit", *ignored, "-"]
    command = [str(KUBE_SCORE.find(print) / "kube-score"), *options]
    text = yaml.safe_dump_all(rendered(PROFILES[profile]))
    found = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert "[OK]" in found.stdout, found.stderr
    assert [line for line in found.stdout.splitlines() if not line.startswith(("[OK]", "[SKIPPED]"))] == []
