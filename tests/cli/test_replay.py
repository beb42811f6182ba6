"""`twp replay`: recorded decisions beside those of now, for people and for pipes."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli.main import app
from tests.scaling.recorded_policy import recorded


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording in a file."""
    file = tmp_path / "prod.orders.jsonl"
    file.write_text("".join(recorded("real-burst")))
    return file


def test_a_recording_is_replayed_with_its_own_settings(recording: Path) -> None:
    """A line for each decision, and a summary; nothing differs."""
    result = CliRunner().invoke(app, ["replay", str(recording)])
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[-1] == f"{len(recorded('real-burst')) - 1} decisions, 0 differ."
    assert all(line.startswith("  ") and "prod/orders" in line for line in lines[:-1])


def test_other_settings_show_what_differs(recording: Path) -> None:
    """Marked, and alone if one asks for it; to differ is then no failure."""
    result = CliRunner().invoke(app, ["replay", str(recording), "--set", "spec.maxReplicas=2", "--differing"])
    *rows, summary = result.stdout.splitlines()
    assert result.exit_code == 0
    assert rows
    assert all(row.startswith("* ") for row in rows)
    assert summary.endswith(f"{len(rows)} differ.")


def test_a_pool_can_be_put_in_place_of_the_recorded_one(recording: Path, tmp_path: Path) -> None:
    """Its manifest, as it is applied to a cluster."""
    manifest = tmp_path / "pool.yaml"
    manifest.write_text(
        "apiVersion: workerpools.dev/v1alpha1\nkind: TemporalWorkerPool\nmetadata: {name: orders}\n"
        "spec: {scaleTargetRef: {name: worker}, connection: {address: 'temporal:7233'}, "
        "taskQueues: [{name: tasks, tasks: [{type: Activity, slots: 4}]}], minReplicas: 0, maxReplicas: 1, "
        "objective: {scheduleToStartSeconds: 15}}\n"
    )
    result = CliRunner().invoke(app, ["replay", str(recording), "--pool", str(manifest)])
    assert result.exit_code == 0
    assert not result.stdout.endswith(" 0 differ.\n")


def test_another_version_of_the_decision_shows_in_the_exit_status(tmp_path: Path) -> None:
    """The recorded settings no longer give the recorded decisions."""
    file = tmp_path / "old.jsonl"
    file.write_text("".join(recorded("real-burst")).replace('"ScheduleToStart"', '"Older"'))
    assert CliRunner().invoke(app, ["replay", str(file)]).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{missing}"], "No such file"),
        (["{broken}"], "line 2: not JSON"),
        (["{recording}", "--set", "maxReplicas=2"], "write spec.FIELD=VALUE"),
        (["{recording}", "--set", "spec.colour=red"], "spec.colour is no field of a pool"),
        (["{recording}", "--set", "spec.maxReplicas=[1"], "the value is not YAML"),
        (["{recording}", "--pool", "{broken}"], "not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    recording: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    """On standard error, with status 2."""
    broken = tmp_path / "broken.jsonl"
    broken.write_text(recorded("real-burst")[0] + '{"kind": "poll", "now": 1')
    named = {"missing": tmp_path / "none.jsonl", "broken": broken, "recording": recording}
    result = CliRunner().invoke(app, ["replay", *(argument.format(**named) for argument in arguments)])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_it_works_in_pipes(recording: Path) -> None:
    """From standard input, and into a reader that has enough after a line."""
    command = f"{Path(sys.executable).parent / 'twp'} replay - < {recording} | head -n 1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=True)
    first, status = ended.stdout.splitlines()
    assert "prod/orders" in first
    assert (status, ended.stderr) == ("0", "")


def test_the_help_has_an_example() -> None:
    """To copy from."""
    assert "--set spec.maxReplicas=40" in CliRunner().invoke(app, ["replay", "--help"]).stdout
