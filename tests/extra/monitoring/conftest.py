"""A cluster of its own, because these tests take rights away from everybody, and Prometheus' programs."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcluster.cluster import LocalCluster
from localcluster.operator_process import install
from localcluster.prometheus import prepare
from localcluster.running import running_cluster
from tests.support.cluster import explaining_failures
from tests.support.shared_cluster import OPTIONS


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Prints a line for the person who waits, while the test runs."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - to the person who waits; xdist drops standard output

    return say


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with `prometheus` and `promtool`."""
    return prepare(lambda _line: None)


@pytest.fixture(scope="module")
def cluster(pytestconfig: pytest.Config) -> Iterator[LocalCluster]:
    """A cluster with the operator's CRDs, account and rights."""
    with running_cluster(OPTIONS, lambda _line: None) as running, explaining_failures(pytestconfig, running):
        install(running)
        yield running
