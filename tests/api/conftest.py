"""What the tests against a real API server share."""

from pathlib import Path

import pytest

from localcluster.cluster import LocalCluster
from tests.api.admission import Admission

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def served(cluster: LocalCluster) -> LocalCluster:
    """A cluster that serves TemporalWorkerPools."""
    cluster.kubectl("apply", "-f", str(REPOSITORY / "crds"))
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", str(REPOSITORY / "crds"))
    return cluster


@pytest.fixture(scope="session")
def admission(served: LocalCluster) -> Admission:
    """Where objects are offered to that cluster."""
    return Admission(served)
