"""Fixtures of the system tests: the installation, and an operator of the test's own under the account it ships with."""

from collections.abc import Iterator

import pytest

from localcluster.cluster import LocalCluster
from localcluster.operator_process import OperatorProcess, install
from tests.system.operators import operator_of
from tests.system.place import Place


@pytest.fixture(scope="session")
def installed(cluster: LocalCluster) -> LocalCluster:
    """The cluster with CRD, account and rights of the operator."""
    install(cluster)
    return cluster


@pytest.fixture
def place(installed: LocalCluster, kubernetes_namespace: str, temporal_namespace: str) -> Place:
    """Namespaces of the test's own."""
    return Place(installed, kubernetes_namespace, temporal_namespace)


@pytest.fixture
def operator(place: Place) -> Iterator[OperatorProcess]:
    """An operator for the test's Kubernetes namespace."""
    with operator_of(place) as running:
        yield running
