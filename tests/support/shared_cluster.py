"""One local cluster for all processes of a test run: the first that needs it starts it, in a process of its own.

The process that distributes the tests holds a lock for as long as the run lasts; the cluster ends when that lock is
free, however the run ended.
"""

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from localcluster.cluster import LocalCluster
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.locks import exclusive, try_lock
from localcluster.running import Options, running_cluster

BACK_OFF_SECONDS: Final = 2.0
"""First pause after a crash; the real kubelet's 10 s would make tests long."""

OPTIONS: Final = Options(back_off_seconds=BACK_OFF_SECONDS)

END_SECONDS: Final = 60.0
"""How long the cluster may take to end after the run."""

POLL_SECONDS: Final = 0.1

_RUN, _START, _HOST, _CLUSTER, _LOG = "run.lock", "start.lock", "host.lock", "cluster.json", "host.log"


@contextmanager
def run_of_tests(folder: Path) -> Iterator[None]:
    """Inside the `with` block a run lasts, whose processes share what is in an existing folder; then its cluster ends.

    Raises:
        LocalClusterError: The cluster has not ended `END_SECONDS` after the run.
    """
    with (folder / _RUN).open("w") as run:
        fcntl.flock(run, fcntl.LOCK_EX)
        yield
    deadline = time.monotonic() + END_SECONDS
    with (folder / _HOST).open("w") as host:
        while not try_lock(host.fileno()):
            if time.monotonic() > deadline:
                raise LocalClusterError(f"The cluster of the tests has not ended within {END_SECONDS:.0f} s.")
            time.sleep(POLL_SECONDS)


def shared_cluster(folder: Path, say: Callable[[str], None]) -> LocalCluster:
    """The cluster of a run, started if this process is the first that asks for it.

    Args:
        folder: Of the run.
        say: Called with each line of progress.

    Raises:
        LocalClusterError: It could not be started; with the end of what its process said.
    """
    description = folder / _CLUSTER
    with exclusive(folder / _START, "the cluster of the tests, which another process starts", lambda _line: None):
        if not description.exists():
            say("Starting the cluster of the tests.")
            _start(folder)
    return LocalCluster.from_json(description.read_text())


def _start(folder: Path) -> None:
    with (folder / _LOG).open("ab") as log:
        command = [sys.executable, "-m", "tests.support.shared_cluster", str(folder)]
        host = subprocess.Popen(
            command, cwd=PROJECT_FOLDER, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    while not (folder / _CLUSTER).exists():
        if host.poll() is not None:
            raise LocalClusterError(f"The cluster of the tests did not start:\n{(folder / _LOG).read_text()}")
        time.sleep(POLL_SECONDS)


@contextmanager
def one_at_a_time(cluster: LocalCluster) -> Iterator[None]:
    """Inside the `with` block no other test process changes what is there for all tests, such as a CRD."""
    with exclusive(cluster.folder / "tests.lock", "another test process", lambda _line: None):
        yield


def _host(folder: Path) -> None:
    """Run the cluster until the run is over."""
    with (folder / _HOST).open("w") as host:
        fcntl.flock(host, fcntl.LOCK_EX)
        with running_cluster(OPTIONS) as cluster:
            _publish(cluster, folder)
            with (folder / _RUN).open() as run:
                fcntl.flock(run, fcntl.LOCK_EX)


def _publish(cluster: LocalCluster, folder: Path) -> None:
    new = folder / f"{_CLUSTER}.new"
    new.write_text(cluster.to_json())
    new.rename(folder / _CLUSTER)


if __name__ == "__main__":
    _host(Path(sys.argv[1]))
