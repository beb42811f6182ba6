"""A real run that is recorded decides the same when it is replayed."""

import subprocess
from pathlib import Path

import pytest

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.folders import ENVIRONMENT_BIN_FOLDER
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import FAST, UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified

pytestmark = pytest.mark.long


def _replayed(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ENVIRONMENT_BIN_FOLDER / "twp"), "replay", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def test_a_recorded_run_is_replayed_bit_by_bit(place: Place, tmp_path: Path) -> None:
    """From zero up and down again, with a spec that changes in between; other settings decide otherwise."""
    file = tmp_path / f"{place.namespace}.{UNIFIED_POOL}.jsonl"
    with (
        running_burst(place, TARGET, BurstPlan(4, Batch(8, 1.5), timeout_seconds=180)) as burst,
        operator_of(place, "--record", str(tmp_path)),
    ):
        place.apply(*unified(place, behavior=FAST["behavior"]))
        assert burst.result().completed == 4
        place.patch("twp", UNIFIED_POOL, {"spec": {"maxReplicas": 7}})
        place.wait_for_zero(UNIFIED_DEPLOYMENT)
        wait_for(lambda: '"kind":"spec"' in file.read_text(), PATIENCE_SECONDS, "a poll with the changed spec")
    same = _replayed(file)
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.endswith(" 0 differ.\n")
    other = _replayed(file, "--set", "spec.maxReplicas=1", "--differing")
    assert other.returncode == 0
    assert not other.stdout.endswith(" 0 differ.\n")
