"""The server that forks the pods' workers, as a process beside the cluster."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.cluster import LocalCluster
from localcluster.processes import start_child

START_SECONDS = 120.0
"""How long it may take to be there; it is mostly the import of the SDK, 1.7 s on an idle machine."""


@contextmanager
def fork_server(cluster: LocalCluster) -> Iterator[Path]:
    """The socket of a running server.

    Raises:
        LocalClusterError: It ended, or was not there in time.
    """
    path = cluster.folder / "fork-server.sock"
    child = start_child("fork-server", [sys.executable, "-m", "bench.real.fork_server", str(path)], cluster.logs_folder)
    child.wait_until(path.exists, START_SECONDS)
    try:
        yield path
    finally:
        child.stop()
        path.unlink(missing_ok=True)
