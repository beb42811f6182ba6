"""Fixtures of all tests: one local cluster for the whole run, namespaces of its own for each test."""

import secrets
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from localcluster.cluster import LocalCluster, Options
from tests.support.cluster import CLUSTER, collect_failure
from tests.support.cpu import CpuReport

BACK_OFF_SECONDS = 2.0
"""First pause after a crash; the real kubelet's 10 s would make tests long."""


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[LocalCluster]:
    """The local cluster, started with the first test that asks for it; its progress shows while it starts."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)  # noqa: T201 - to the person who waits

    with LocalCluster(Options(back_off_seconds=BACK_OFF_SECONDS), say) as running:
        pytestconfig.stash[CLUSTER] = running
        yield running
        del pytestconfig.stash[CLUSTER]


@pytest.fixture
def kubernetes_namespace(cluster: LocalCluster) -> Iterator[str]:
    """A Kubernetes namespace of the test's own."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.api.create_namespace(name)
    yield name
    cluster.api.delete_namespace(name)


@pytest.fixture
def temporal_namespace(cluster: LocalCluster) -> str:
    """A Temporal namespace of the test's own."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.create_temporal_namespace(name)
    return name


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of the tests that need the cluster; for hypothesis nothing is too slow or too rare.

    Some properties are about decisions that few observations lead to: one run of six found 7 among the first 57.
    """
    config.pluginmanager.register(CpuReport())
    config.addinivalue_line("markers", "system: runs on the local cluster (set by itself)")
    settings.register_profile(
        "busy",
        deadline=None,
        max_examples=80,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the cluster, so that `-m "not system"` leaves them out."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("system")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave what explains a failed test that used the cluster."""
    report = yield
    collect_failure(item, report)
    return report
