"""`twp simulate`: a pool from a manifest, a scenario or a trace, and numbers that one can act on."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from controller.cli.main import app

POOL = """
apiVersion: workerpools.dev/v1alpha1
kind: TemporalWorkerPool
metadata: {name: orders, namespace: prod}
spec:
  scaleTargetRef: {name: orders-worker}
  connection: {address: "temporal-frontend:7233"}
  taskQueues:
  - {name: orders, tasks: [{type: Workflow, slots: 20}, {type: Activity, slots: 5}]}
  minReplicas: 0
  maxReplicas: 20
  objective: {scheduleToStartSeconds: 30}
  scaleToZero: {idleSeconds: 30}
"""


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """The manifest of a pool, among other objects."""
    path = tmp_path / "pool.yaml"
    path.write_text(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: prod}}\n---{POOL}")
    return path


def simulate(*arguments: str | Path) -> Result:
    """What `twp simulate` does with these arguments."""
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def test_a_scenario_is_played_against_the_pool_and_its_baselines(pool: Path) -> None:
    """One line for each policy, and one for the plan that they are compared to; no picture was asked for."""
    result = simulate("-f", pool, "--scenario", "burst", "--against", "keda,hpa,wci", "--no-plot")
    rows = [line.split()[0] for line in result.stdout.partition("\nWhy")[0].splitlines() if line]
    assert result.exit_code == 0
    assert rows[-6:] == ["this", "keda", "hpa", "wci", "oracle", "lost:"]
    assert "500 tasks in orders/Activity; 0 to 20 replicas, 5 slots each." in result.stdout


def test_the_result_as_json_has_every_number_and_every_change(pool: Path) -> None:
    """So that scripts can use it."""
    result = json.loads(simulate("-f", pool, "--scenario", "burst", "-o", "json", "--no-plot").stdout)
    policy = result["policies"][0]
    assert (result["scenario"], result["tasks"], result["objective_seconds"]) == ("burst", 500, 30)
    assert policy["wait_p50_seconds"] <= policy["wait_p95_seconds"] <= policy["wait_p99_seconds"]
    assert policy["ratio_to_oracle"] == pytest.approx(policy["pod_seconds"] / result["oracle"]["pod_seconds"])
    assert len(policy["scalings"]) == policy["scale_actions"] > policy["reversals"]
    assert all(scaling["reason"] for scaling in policy["scalings"])
    assert policy["tasks_cut_short"] == 0


def test_a_policy_that_missed_the_objective_is_marked_as_lost(pool: Path) -> None:
    """KEDA lets most of a burst wait for longer, whatever it costs; the JSON says so, too."""
    text = simulate("-f", pool, "--scenario", "burst", "--against", "keda", "--no-plot").stdout
    result = json.loads(
        simulate("-f", pool, "--scenario", "burst", "--against", "keda", "-o", "json", "--no-plot").stdout
    )
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line}
    for policy, name in zip(result["policies"], ("this", "keda"), strict=True):
        assert policy["objective_kept"] == (policy["share_within_objective"] >= 0.95) == ("lost" not in rows[name])
    assert not result["policies"][1]["objective_kept"]


def test_the_earlier_name_of_an_option_works(pool: Path) -> None:
    """A script that says `--world` goes on."""
    assert simulate("-f", pool, "--world", "burst", "--no-plot").stdout.startswith("burst: ")


def test_a_trace_is_played_instead_of_a_scenario(pool: Path, tmp_path: Path) -> None:
    """120 tasks of 2 s in the mean, and no worker is there when they come."""
    trace = tmp_path / "arrivals.csv"
    trace.write_text("time_seconds,tasks\n0,100\n60,20\n")
    arguments = ("--trace", trace, "--task-seconds", "2", "--start-up-seconds", "5", "-o", "json", "--no-plot")
    result = json.loads(simulate("-f", pool, *arguments).stdout)
    assert (result["scenario"], result["tasks"]) == ("arrivals.csv", 120)
    assert 0 < result["policies"][0]["wait_p50_seconds"] < 60


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-with-mark"])
def test_a_trace_is_read_as_spreadsheets_write_it(pool: Path, tmp_path: Path, encoding: str) -> None:
    """With a byte-order mark, in UTF-16, and with the line ends of Windows."""
    trace = tmp_path / "arrivals.csv"
    text = "time_seconds,tasks\r\n0,100\r\n60,20\r\n"
    trace.write_bytes(("\ufeff" + text).encode("utf-16-le") if "mark" in encoding else text.encode(encoding))
    result = simulate("-f", pool, "--trace", trace, "--task-seconds", "2", "-o", "json", "--no-plot")
    assert (result.exit_code, json.loads(result.stdout)["tasks"]) == (0, 120)


@pytest.mark.parametrize(
    "raw", ["time_seconds,tasks\n0,1\n".encode("utf-16-le"), b"time_seconds,tasks\n0,\xff\n", b"\xff\xfe\x00"]
)
def test_a_trace_of_another_encoding_is_refused_in_one_line(pool: Path, tmp_path: Path, raw: bytes) -> None:
    """With what to save it as."""
    trace = tmp_path / "arrivals.csv"
    trace.write_bytes(raw)
    result = simulate("-f", pool, "--trace", trace, "--task-seconds", "2")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "neither UTF-8 nor UTF-16 with a byte-order mark: save it as CSV UTF-8" in result.stderr


def test_a_pool_that_missed_its_objective_says_which_setting_it_was() -> None:
    """The example of the documentation: replicas that start too late, and too few of them."""
    result = simulate("-f", "examples/unified/manifests/pool.yaml", "--scenario", "fan-out", "--no-plot")
    lines = result.stdout.splitlines()
    why = lines[lines.index("Why this pool started 0.0% in time:") :]
    assert "A replica takes 20 s to start, and the objective is 10 s" in why[1]
    assert why[2] == "  At maxReplicas 10 50 tasks run at once."
    shares = {line[:38].strip(): float(line[38:].split("%")[0]) for line in why[4:]}
    assert list(shares) == [
        "minReplicas 10 (now 0)",
        "maxReplicas 100 (now 10)",
        "both 100",
        "--start-up-seconds 1 (now 20)",
    ]
    assert shares["both 100"] == max(shares.values()) > 50


def test_the_same_seed_gives_the_same_result(pool: Path) -> None:
    """And another seed another one."""
    first, again, other = (
        simulate("-f", pool, "--scenario", "steady", "--seed", seed, "--no-plot").stdout for seed in ("1", "1", "2")
    )
    assert first == again != other


def test_the_picture_is_a_png(pool: Path, tmp_path: Path) -> None:
    """Where one wants it."""
    picture = tmp_path / "picture.png"
    result = simulate("-f", pool, "--scenario", "burst", "--plot", picture)
    assert (result.exit_code, picture.read_bytes()[:8]) == (0, b"\x89PNG\r\n\x1a\n")
    assert str(picture) in result.stderr


def test_a_picture_that_cannot_be_written_is_an_error_after_the_numbers(pool: Path, tmp_path: Path) -> None:
    """The status is not 0."""
    result = simulate("-f", pool, "--scenario", "burst", "--plot", tmp_path / "nowhere" / "picture.png")
    assert (result.exit_code, "this pool" in result.stdout) == (1, True)
    assert "the picture cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --scenario or --trace"),
        (["--scenario", "burst", "--trace", "a.csv"], "give --scenario or --trace"),
        (["--scenario", "moon"], "there is no scenario moon: choose from burst"),
        (["--scenario", "burst", "--against", "me"], "there is no baseline me: choose from hpa"),
        (["--scenario", "burst", "--queue", "x/Activity"], "the pool has no x/Activity: choose from orders/Workflow"),
        (["--trace", "nowhere.csv", "--task-seconds", "1"], "nowhere.csv"),
        (["--trace", "nowhere.csv"], "--trace needs --task-seconds"),
    ],
)
def test_bad_arguments_say_what_to_do(pool: Path, arguments: list[str], message: str) -> None:
    """In one line, with the status of a misuse."""
    result = simulate("-f", pool, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Deployment", "has 0 objects of kind TemporalWorkerPool"),
        (f"{POOL}---{POOL}", "has 2 objects of kind TemporalWorkerPool"),
        ("a: [", "not YAML"),
        (POOL.replace("maxReplicas: 20", "maxReplicas: -1"), "spec.maxReplicas"),
        (POOL.replace("minReplicas: 0", "minReplicas: 21"), "minReplicas must not exceed maxReplicas"),
        ("kind: TemporalWorkerPool", 'no matches for kind "TemporalWorkerPool"'),
        (POOL.replace("maxReplicas:", "maxReplica:"), 'unknown field "spec.maxReplica"'),
    ],
)
def test_a_bad_manifest_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    """And where."""
    path = tmp_path / "pool.yaml"
    path.write_text(text)
    result = simulate("-f", path, "--scenario", "burst")
    assert result.exit_code == 2
    assert message in result.stderr
