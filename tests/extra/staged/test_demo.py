"""The demo as people run it, on a cluster that exists: here the local one, reached by its kube context."""

import re
from pathlib import Path

from localcluster.cluster import LocalCluster
from tests.localcluster.demo.test_demo import run_demo


def test_the_demo_scales_from_zero_and_back_and_leaves_a_picture(cluster: LocalCluster, tmp_path: Path) -> None:
    """Exit status 0, every decision with its reason, the summary, and a PNG."""
    picture = tmp_path / "demo.png"
    ended = run_demo(
        cluster, "--context", "local", "--temporal-address", cluster.temporal_address, "--picture", str(picture)
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 → " in ended.stdout
    assert re.search(r"360 done, \d+ retried, 0 lost", ended.stdout)
    assert "It worked: up from 0, back to 0, and no work was lost." in ended.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
