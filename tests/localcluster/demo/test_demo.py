"""The demo on a cluster that exists, reached by its kube context: what is wrong with its arguments is one line."""

import os
import subprocess
import sys

from localcluster.binaries import control_plane_binaries
from localcluster.cluster import LocalCluster
from localcluster.folders import PROJECT_FOLDER

SECONDS = 420
"""The run itself takes less than 4 minutes; the rest is for a slow, busy machine."""


def run_demo(cluster: LocalCluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The demo with these arguments, to its end."""
    path = f"{control_plane_binaries(lambda _: None)}{os.pathsep}{os.environ['PATH']}"
    environment = dict(os.environ, KUBECONFIG=str(cluster.kubeconfig), PATH=path)
    command = [sys.executable, "-m", "localcluster.demo", *arguments]
    return subprocess.run(
        command, env=environment, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def test_a_context_without_a_temporal_server_is_one_clear_line(cluster: LocalCluster) -> None:
    """What to name is named, and the exit status is 1."""
    ended = run_demo(cluster, "--context", "local")
    assert ended.returncode == 1
    assert ended.stderr == "error: With --context, name a Temporal server with --temporal-address host:port.\n"


def test_a_context_that_does_not_exist_is_one_clear_line(cluster: LocalCluster) -> None:
    """Kubectl's own words, with the name."""
    ended = run_demo(cluster, "--context", "nowhere", "--temporal-address", cluster.temporal_address)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: `kubectl apply")
    assert "nowhere" in ended.stderr
