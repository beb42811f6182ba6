"""Field managers by their kind."""

import pytest

from controller.scaling.field_manager import SCALE, ManagerKind, kind_of, shown_name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kubectl-edit", ManagerKind.PERSON),
        ("kubectl-patch", ManagerKind.PERSON),
        ("k9s", ManagerKind.PERSON),
        ("node-fetch", ManagerKind.PERSON),
        ("Mozilla", ManagerKind.PERSON),
        ("GoogleCloudConsole", ManagerKind.PERSON),
        ("kubectl-client-side-apply", ManagerKind.GITOPS),
        ("kubectl-replace", ManagerKind.GITOPS),
        ("argocd-controller", ManagerKind.GITOPS),
        ("kustomize-controller", ManagerKind.GITOPS),
        ("helm", ManagerKind.GITOPS),
        ("HashiCorp", ManagerKind.GITOPS),
        ("kube-controller-manager", ManagerKind.AUTOSCALER),
        ("keda-operator", ManagerKind.AUTOSCALER),
        ("nightly-job", ManagerKind.OTHER),
        ("kubectl", ManagerKind.OTHER),
    ],
)
def test_any_name_is_of_one_of_a_few_kinds(name: str, kind: ManagerKind) -> None:
    """So that a label has few values, whatever managers call themselves."""
    assert kind_of(name) is kind


@pytest.mark.parametrize("name", ["kubectl", "oc", "nightly-job", "OpenAPI-Generator", "kubectl-edit"])
def test_what_writes_by_the_scale_subresource_counts_as_a_person(name: str) -> None:
    """A manifest can't, and controllers are known by their names."""
    assert kind_of(name, SCALE) is ManagerKind.PERSON


@pytest.mark.parametrize("name", ["kube-controller-manager", "keda-operator", "vpa-updater", "kube-green"])
def test_a_known_controller_is_no_person_however_it_writes(name: str) -> None:
    """The HPA and KEDA write by the scale subresource, too."""
    assert kind_of(name, SCALE) is ManagerKind.AUTOSCALER


@pytest.mark.parametrize("name", ["kubectl", "deployer", "k9s"])
def test_what_is_applied_on_the_server_is_a_manifest(name: str) -> None:
    """Whatever applies it."""
    assert kind_of(name, applied=True) is ManagerKind.GITOPS


def test_a_scale_by_kubectl_is_told_from_what_it_applies() -> None:
    """The API server calls both kubectl."""
    assert shown_name("kubectl", SCALE) == "kubectl-scale"
    assert shown_name("kubectl") == "kubectl"
    assert shown_name("k9s", SCALE) == "k9s"
