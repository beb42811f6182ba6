"""What the tests against a real API server share."""

import pytest

from localcluster.cluster import LocalCluster
from tests.api.admission import Admission


@pytest.fixture(scope="session")
def served(installed: LocalCluster) -> LocalCluster:
    """A cluster that serves TemporalWorkerPools."""
    return installed


@pytest.fixture(scope="session")
def admission(served: LocalCluster) -> Admission:
    """Where objects are offered to that cluster."""
    return Admission(served)
