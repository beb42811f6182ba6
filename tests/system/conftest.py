"""Fixtures of the system tests: the installation, and an operator of the test's own under the account it ships with."""

import json
from collections.abc import Iterator

import pytest

from localcluster.cluster import LocalCluster
from localcluster.operator_process import OperatorProcess
from tests.support.shared_cluster import one_at_a_time
from tests.system.operators import operator_of
from tests.system.place import Place
from tests.system.stand_ins import stand_in_crd


@pytest.fixture
def place(installed: LocalCluster, kubernetes_namespace: str, temporal_namespace: str) -> Place:
    """Namespaces of the test's own."""
    return Place(installed, kubernetes_namespace, temporal_namespace)


@pytest.fixture
def operator(place: Place) -> Iterator[OperatorProcess]:
    """An operator for the test's Kubernetes namespace."""
    with operator_of(place) as running:
        yield running


@pytest.fixture
def stand_in_crds(installed: LocalCluster) -> Iterator[None]:
    """The kinds of KEDA and of the VerticalPodAutoscaler, without their controllers."""
    crds = (
        stand_in_crd("keda.sh", "v1alpha1", "ScaledObject"),
        stand_in_crd("autoscaling.k8s.io", "v1", "VerticalPodAutoscaler"),
    )
    names = [f"crd/{crd['metadata']['name']}" for crd in crds]
    with one_at_a_time(installed):
        for crd in crds:
            installed.kubectl("apply", "-f", "-", input=json.dumps(crd))
        installed.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
        yield
        installed.kubectl("delete", *names)
