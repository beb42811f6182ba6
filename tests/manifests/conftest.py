"""What the tests of the installation share."""

from pathlib import Path

import pytest

from localcluster.cluster import LocalCluster

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def manifests() -> Path:
    """The folder of the installation."""
    return REPOSITORY / "manifests"


@pytest.fixture(scope="session")
def installed_rights(installed: LocalCluster) -> LocalCluster:
    """A cluster in which the operator has the rights of the cluster-wide installation; no operator runs by it."""
    return installed
