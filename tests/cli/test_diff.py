"""`twp diff`: the last situation of a pool, decided on with the running spec and with another one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result
from typing_extensions import override

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from controller.scaling.recording import poll_line, replay, start_line
from tests.scaling.recorded_policy import recorded


@pytest.fixture
def lines() -> list[str]:
    """A recording up to a moment with many tasks and several replicas."""
    return list(recorded("real-burst")[:12])


@pytest.fixture
def recording(tmp_path: Path, lines: list[str]) -> Path:
    """The folder with it."""
    (tmp_path / "prod.orders.jsonl").write_text("".join(lines))
    return tmp_path


def manifest(folder: Path, lines: list[str], **changes: Any) -> Path:
    """The running pool with other fields of its spec."""
    spec = json.loads(lines[0])["spec"] | changes
    file = folder / "pool.yaml"
    metadata = {"name": "orders", "namespace": "prod"}
    content = {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalWorkerPool",
        "metadata": metadata,
        "spec": spec,
    }
    file.write_text(yaml.safe_dump(content))
    return file


def diff(*arguments: str | Path) -> Result:
    """What `twp diff` does with these arguments."""
    return CliRunner().invoke(app, ["diff", *map(str, arguments)])


@contextmanager
def page(answer: dict[str, Any], status: int = 200) -> Iterator[str]:
    """An operator's page that has one answer; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answer if self.path == "/api/pools/prod/orders/situation" else {"error": f"no {self.path}"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        @override
        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_running_spec_differs_in_nothing(recording: Path, lines: list[str]) -> None:
    """Status 0, and the replicas of both."""
    result = diff("-f", manifest(recording, lines), "--recording", recording)
    assert result.exit_code == ExitStatus.OK
    assert result.stdout.splitlines()[-1].startswith("No step differs: ")


def test_another_spec_shows_fields_replicas_and_steps(recording: Path, lines: list[str]) -> None:
    """The bound that is lowered is the one step that differs."""
    desired = list(replay(lines))[-1].decision.desired_replicas
    assert desired > 1
    result = diff("-f", manifest(recording, lines, maxReplicas=1), "--recording", recording / "prod.orders.jsonl")
    head, field, replicas, *steps = result.stdout.splitlines()
    assert result.exit_code == ExitStatus.NO
    assert head.startswith("prod/orders, decided on what was read at ")
    assert field == f"  spec.maxReplicas: {json.loads(lines[0])['spec']['maxReplicas']} → 1"
    assert replicas.startswith(f"Desired replicas: {desired} with the running spec, 1 with this one (")
    assert any(step.startswith("+ ") and "→ 1  Bounds/TooManyReplicas: " in step for step in steps)
    assert {step[:2] for step in steps} <= {"- ", "+ "}


def test_json_has_the_same(recording: Path, lines: list[str]) -> None:
    """For programs."""
    file = manifest(recording, lines, maxReplicas=1)
    found = json.loads(diff("-f", file, "--recording", recording, "--json").stdout)
    assert found["desired"][1] == 1
    assert found["fields"] == {"maxReplicas": [json.loads(lines[0])["spec"]["maxReplicas"], 1]}
    assert {step["in"] for step in found["steps"]} == {"running", "file"}


def test_what_was_not_read_is_noted(recording: Path, lines: list[str]) -> None:
    """Another queue, other slots, another target: the reading is that of the running pool."""
    other = [{"name": "others", "tasks": [{"type": "Activity", "slots": 3}]}]
    file = manifest(recording, lines, taskQueues=other, maxReplicas=1, scaleTargetRef={"name": "other"})
    said = diff("-f", file, "--recording", recording).stdout
    assert "Note: others/Activity was not read: it counts as nothing here." in said
    assert "Note: the replicas and pods are those of the running target." in said
    assert "Note: the slots are those of the running pods." in said


def test_the_situation_comes_from_the_operator_too(recording: Path, lines: list[str]) -> None:
    """Its last decision, as the page has it; the same as of the recording."""
    last = list(replay(lines))[-1]
    start = start_line("prod/orders", last.situation.spec, last.situation.memory)
    poll = poll_line(last.situation, last.decision, None)
    answer = {"at": last.now, "start": json.loads(start), "poll": json.loads(poll)}
    file = manifest(recording, lines, maxReplicas=1)
    with page(answer) as url:
        assert diff("-f", file, "--operator-url", url).stdout == diff("-f", file, "--recording", recording).stdout


def test_what_cannot_be_compared_is_one_line(recording: Path, lines: list[str]) -> None:
    """With a status above 1."""
    file = manifest(recording, lines)
    with page({"error": "There is no pool prod/orders."}, 404) as url:
        tries = {
            ("-f", file): (ExitStatus.USAGE, "give --operator-url or --recording"),
            ("-f", file, "--recording", recording / "none"): (ExitStatus.USAGE, "No such file"),
            ("-f", recording / "prod.orders.jsonl", "--recording", recording): (ExitStatus.USAGE, "not YAML"),
            ("-f", file, "--operator-url", "http://127.0.0.1:1"): (ExitStatus.UNREACHABLE, "could not ask"),
            ("-f", file, "--operator-url", url): (ExitStatus.NOT_FOUND, "There is no pool prod/orders"),
        }
        for arguments, (status, said) in tries.items():
            result = diff(*arguments)
            assert (result.exit_code, result.stderr.count("\n")) == (status, 1), result.stderr
            assert said in result.stderr
