"""The benchmark plays a run: on the real control plane and Temporal server."""

from pathlib import Path

import pytest

from bench.real import recording
from bench.real.cluster_view import connected
from bench.real.plan import Plan
from bench.real.profiles import PROFILES
from bench.real.run import Bench, play
from bench.real.workers import fork_server
from localcluster.cluster import LocalCluster


@pytest.mark.parametrize("profile", ["smoke", "smoke-workflows"])
async def test_a_run_is_played_and_recorded(cluster: LocalCluster, tmp_path: Path, profile: str) -> None:
    """A worker that is forked takes the tasks under its pod's name, and ends with its pod."""
    plan = Plan(PROFILES[profile], "constant-1", start_seconds=1)
    with fork_server(cluster) as socket:
        async with connected(cluster.kubeconfig) as api:
            bench = Bench(cluster, api, tmp_path, socket, tmp_path, print, settle_seconds=0)
            played = await play(bench, plan)
    assert (played.result.unfinished, played.result.cut_short) == (0, 0)
    found = recording.read(tmp_path / plan.name)
    assert sum(task.type == "Activity" for task in found.tasks) == 12
    assert any(task.type == "Workflow" for task in found.tasks) == bool(plan.profile.workflow)
    (pod,) = found.pods
    assert pod.gone is not None
    assert (tmp_path / plan.name / "picture.png").exists()
