"""The demo as people run it, on a cluster that exists: here the local one, reached by its kube context."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.binaries import control_plane_binaries
from localcluster.cluster import LocalCluster
from localcluster.folders import PROJECT_FOLDER

pytestmark = pytest.mark.long

SECONDS = 420
"""The run itself takes less than 4 minutes; the rest is for a slow, busy machine."""


def _demo(cluster: LocalCluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{control_plane_binaries(lambda _: None)}{os.pathsep}{os.environ['PATH']}"
    environment = dict(os.environ, KUBECONFIG=str(cluster.kubeconfig), PATH=path)
    command = [sys.executable, "-m", "localcluster.demo", *arguments]
    return subprocess.run(
        command, env=environment, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def test_the_demo_scales_from_zero_and_back_and_leaves_a_picture(cluster: LocalCluster, tmp_path: Path) -> None:
    """Exit status 0, every decision with its reason, the summary, and a PNG."""
    picture = tmp_path / "demo.png"
    ended = _demo(
        cluster, "--context", "local", "--temporal-address", cluster.temporal_address, "--picture", str(picture)
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 → " in ended.stdout
    assert "360 done, 0 retried, 0 lost" in ended.stdout
    assert "It worked: up from 0, back to 0, and no work was lost." in ended.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_context_without_a_temporal_server_is_one_clear_line(cluster: LocalCluster) -> None:
    """What to name is named, and the exit status is 1."""
    ended = _demo(cluster, "--context", "local")
    assert ended.returncode == 1
    assert ended.stderr == "error: With --context, name a Temporal server with --temporal-address host:port.\n"


def test_a_context_that_does_not_exist_is_one_clear_line(cluster: LocalCluster) -> None:
    """Kubectl's own words, with the name."""
    ended = _demo(cluster, "--context", "nowhere", "--temporal-address", cluster.temporal_address)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: `kubectl apply")
    assert "nowhere" in ended.stderr
