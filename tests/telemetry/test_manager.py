"""Field managers by their kind."""

import pytest

from controller.telemetry.manager import Manager, manager


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kubectl", Manager.PERSON),
        ("kubectl-edit", Manager.PERSON),
        ("node-fetch", Manager.PERSON),
        ("argocd-controller", Manager.GITOPS),
        ("kustomize-controller", Manager.GITOPS),
        ("helm", Manager.GITOPS),
        ("kube-controller-manager", Manager.AUTOSCALER),
        ("keda-operator", Manager.AUTOSCALER),
        ("nightly-job", Manager.OTHER),
        ("an unnamed field manager", Manager.OTHER),
    ],
)
def test_any_name_is_of_one_of_a_few_kinds(name: str, kind: Manager) -> None:
    """So that a label has few values, whatever managers call themselves."""
    assert manager(name) is kind
