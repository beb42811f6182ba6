"""Fixtures of all tests: one local cluster for the whole run, namespaces of its own for each test."""

import secrets
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from localcluster.cluster import LocalCluster
from localcluster.operator_process import install
from localcluster.running import running_cluster
from tests.support.cluster import collect_failure, explaining_failures
from tests.support.cpu import CpuReport
from tests.support.shared_cluster import OPTIONS, one_at_a_time, run_of_tests, shared_cluster

RUN_FOLDER: Final = "run_folder"
"""Where a test process that has companions finds what they share."""

_RUN_FOLDER: Final = pytest.StashKey[Path]()
_RUN: Final = pytest.StashKey[ExitStack]()


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[LocalCluster]:
    """The local cluster, started with the first test that asks for it; its progress shows while it starts."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)  # noqa: T201 - to the person who waits

    with ExitStack() as stack:
        folder = getattr(pytestconfig, "workerinput", {}).get(RUN_FOLDER)
        running = shared_cluster(Path(folder), say) if folder else stack.enter_context(running_cluster(OPTIONS, say))
        stack.enter_context(explaining_failures(pytestconfig, running))
        yield running


@pytest.fixture(scope="session")
def installed(cluster: LocalCluster) -> LocalCluster:
    """The cluster with CRDs, account and rights of the operator."""
    done = cluster.folder / "installed"
    with one_at_a_time(cluster):
        if not done.exists():
            install(cluster)
            done.touch()
    return cluster


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


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a test process where it finds what it shares with the others."""
    node.workerinput[RUN_FOLDER] = str(node.config.stash[_RUN_FOLDER])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; for hypothesis nothing is too slow or too rare.

    Some properties are about decisions that few observations lead to: one run of six found 7 among the first 57.
    """
    config.pluginmanager.register(CpuReport())
    config.addinivalue_line("markers", "system: runs on the local cluster (set by itself)")
    config.addinivalue_line("markers", "long: takes a minute or more, and begins before the others")
    settings.register_profile(
        "busy",
        deadline=None,
        max_examples=80,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    settings.load_profile("busy")
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        run = config.stash[_RUN] = ExitStack()
        config.stash[_RUN_FOLDER] = Path(run.enter_context(tempfile.TemporaryDirectory()))
        run.enter_context(run_of_tests(config.stash[_RUN_FOLDER]))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the test processes have shared."""
    if run := config.stash.get(_RUN, None):
        run.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the cluster, so that `-m "not system"` leaves them out; and begin with the long ones.

    The others are mixed: tests that wait for a cluster leave a core to those that compute.
    """
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("system")
    kinds = {True: [i for i in items if i.get_closest_marker("system")]}
    kinds[False] = [i for i in items if not i.get_closest_marker("system")]
    places = {id(item): place / len(kind) for kind in kinds.values() for place, item in enumerate(kind)}
    items.sort(key=lambda item: -1.0 if item.get_closest_marker("long") else places[id(item)])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave what explains a failed test that used the cluster."""
    report = yield
    collect_failure(item, report)
    return report
