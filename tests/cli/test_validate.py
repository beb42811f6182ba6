"""`twp validate`: files in, one line for each fault out, and a status for pipelines."""

from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from controller.cli.main import app

POOL = """\
apiVersion: workerpools.dev/v1alpha1
kind: TemporalWorkerPool
metadata: {name: orders}
spec:
  scaleTargetRef: {name: worker}
  connection: {address: "temporal:7233"}
  taskQueues:
  - name: orders
    tasks:
    - {type: Activity, slots: 5}
  maxReplicas: 5
  objective: {scheduleToStartSeconds: 10}
"""

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefg")
)
"""Seven short lines that make ten million values."""


def validate(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """What `twp validate` does with these arguments."""
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=stdin)


def written(folder: Path, text: str | bytes, name: str = "pool.yaml") -> Path:
    """A file with this text."""
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_a_valid_pool_says_so_in_one_line(tmp_path: Path) -> None:
    """On standard error: standard output is for faults."""
    result = validate("-f", written(tmp_path, POOL))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 object checked, 0 invalid.\n")


def test_each_fault_is_a_line_with_its_place(tmp_path: Path) -> None:
    """File, line of the field, object, and the message of the API server; of several documents, too."""
    wrong = POOL.replace("slots: 5", "slots: 0").replace("maxReplicas: 5", "maxReplicas: 5\n  minReplicas: 6")
    file = written(tmp_path, f"kind: Namespace\napiVersion: v1\n---\n{POOL}---\n{wrong}")
    result = validate("-f", file)
    assert result.exit_code == 1
    slots, replicas = result.stdout.splitlines()
    assert slots == (
        f"{file}:26: TemporalWorkerPool/orders: spec.taskQueues[0].tasks[0].slots: Invalid value: 0: "
        "spec.taskQueues[0].tasks[0].slots in body should be greater than or equal to 1"
    )
    assert replicas == (
        f"{file}:28: TemporalWorkerPool/orders: spec.minReplicas: Invalid value: "
        "minReplicas must not exceed maxReplicas: lower minReplicas or raise maxReplicas"
    )
    assert result.stderr == "2 objects checked, 1 invalid; 1 object of other kinds not checked.\n"


@pytest.mark.parametrize(
    ("before", "after", "line", "fault"),
    [
        ("maxReplicas", "maxReplica", 11, 'unknown field "spec.maxReplica"'),
        ("  maxReplicas: 5", "  maxReplicas: 5\n  maxReplicas: 6", 12, 'duplicate field "spec.maxReplicas"'),
        ("  maxReplicas: 5\n", "", 4, "spec.maxReplicas: Required value"),
        ("v1alpha1", "v1", 2, 'no matches for kind "TemporalWorkerPool" in version "workerpools.dev/v1"'),
        ("{name: orders}", "{name: orders, labels: {a: 1}}", 3, "1 must be a string: put it in quotes"),
    ],
)
def test_a_fault_has_the_line_where_it_is_mended(
    tmp_path: Path, before: str, after: str, line: int, fault: str
) -> None:
    """That of the field, or of what should hold it."""
    file = written(tmp_path, POOL.replace(before, after, 1))
    result = validate("-f", file)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith(f"{file}:{line}: ")
    assert fault in result.stdout


def test_folders_lists_json_and_standard_input_are_read(tmp_path: Path) -> None:
    """A folder with its folders on request; `kind: List`; UTF-16 and a byte-order mark, as Windows writes them."""
    (tmp_path / "below").mkdir()
    written(tmp_path, POOL)
    written(tmp_path / "below", POOL.replace("maxReplicas: 5", "maxReplicas: -1"), "other.yml")
    indented = "".join(f"  {line}\n" for line in POOL.splitlines())
    listed = f"apiVersion: v1\nkind: List\nitems:\n-{indented[1:]}"
    assert validate("-f", tmp_path).exit_code == 0
    assert validate("-f", tmp_path, "-R").exit_code == 1
    for stdin in (POOL, listed, POOL.encode("utf-16"), POOL.encode("utf-8-sig")):
        result = validate("-f", "-", stdin=stdin)
        assert (result.exit_code, result.stderr) == (0, "1 object checked, 0 invalid.\n")
    wrong = validate("-f", "-", stdin=listed.replace("maxReplicas: 5", "maxReplicas: -1"))
    assert wrong.stdout.startswith("-:14: TemporalWorkerPool/orders: spec.maxReplicas: Invalid value: -1")


def test_values_are_what_kubectl_makes_of_them(tmp_path: Path) -> None:
    """A queue named 12:30 is text, a time is text, and 5.0 is 5."""
    text = POOL.replace("name: orders\n", "name: 12:30\n").replace("maxReplicas: 5", "maxReplicas: 5.0")
    assert validate("-f", written(tmp_path, text.replace("{name: orders}", "{name: 2026-11-24}"))).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", ":1: not YAML"),
        ("just text", ":1: not an object"),
        (b"a: \xff\xfe", "not YAML"),
        (BOMB, "more than 200,000 values"),
    ],
)
def test_what_is_no_manifest_is_refused_in_one_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    """With another status than a manifest that is wrong."""
    result = validate("-f", written(tmp_path, text))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    """In one line, too."""
    assert "No such file" in validate("-f", tmp_path / "none.yaml").stderr
    assert "has no file that ends with" in validate("-f", tmp_path).stderr
