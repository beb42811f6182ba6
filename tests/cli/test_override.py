"""`twp pause`, `resume`, `override` and `wake`: one annotation each, with an end, an author and a reason."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from controller.api.overrides import OVERRIDE, PAUSED_UNTIL, Overrides
from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving

REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

STEPS = [
    {"rule": "Demand", "reason": "ScheduleToStart", "message": "7 replicas start the 61 waiting tasks.", "after": 7},
    {"rule": "Bounds", "reason": "WithinBounds", "message": "Within 0 to 20.", "before": 7, "after": 7},
]


def deciding(*steps: dict[str, Any], desired: int = 7) -> dict[str, Any]:
    """A pool with 5 replicas that decided so."""
    decision = {"time": "2026-11-30T12:00:00Z", "desiredReplicas": desired, "steps": [*STEPS, *steps]}
    return pool("orders", replicas=5, desiredReplicas=desired, lastDecision=decision)


def annotated(manifest: dict[str, Any], **annotations: str) -> dict[str, Any]:
    """The pool with annotations, named without their prefix and with _ for -."""
    named = {f"workerpools.dev/{name.replace('_', '-')}": text for name, text in annotations.items()}
    return manifest | {"metadata": manifest["metadata"] | {"annotations": named}}


def run(folder: Path, manifest: dict[str, Any], *arguments: str, **options: Any) -> tuple[Result, FakeApi]:
    """What a command does with a pool on an API server."""
    objects = {pool_path("orders"): manifest, REVIEW: {"status": {"userInfo": {"username": "jo@example.com"}}}}
    api = FakeApi(objects, **options)
    with serving(api, folder) as kubeconfig:
        result = CliRunner().invoke(app, [*arguments, "--kubeconfig", str(kubeconfig)])
    return result, api


def written_annotations(api: FakeApi) -> dict[str, str | None]:
    """What was patched."""
    ((_, path, change),) = [sent for sent in api.sent if sent[0] == "PATCH"]
    assert path.startswith(f"{pool_path('orders')}?fieldManager=kubectl-twp")
    found: dict[str, str | None] = change["metadata"]["annotations"]
    return found


@pytest.mark.parametrize(
    ("arguments", "name", "asked"),
    [
        (("pause", "orders"), PAUSED_UNTIL, {}),
        (("override", "orders", "12"), OVERRIDE, {"replicas": 12}),
        (("wake", "orders"), OVERRIDE, {"minReplicas": 1}),
        (("wake", "orders", "--replicas", "3"), OVERRIDE, {"minReplicas": 3}),
    ],
)
def test_a_command_writes_one_annotation_that_the_operator_reads(
    tmp_path: Path, arguments: tuple[str, ...], name: str, asked: dict[str, int]
) -> None:
    """With an end, the user of the cluster as the author, and the reason."""
    result, api = run(tmp_path, deciding(), *arguments, "--for", "90m", "--reason", "migration")
    assert result.exit_code == ExitStatus.OK
    annotations = written_annotations(api)
    text = json.loads(annotations[name] or "")
    assert annotations.keys() == {name}
    assert {key: text[key] for key in asked} == asked
    (read,) = Overrides.of({name: json.dumps(text)}).each
    assert (read.by, read.reason) == ("jo@example.com", "migration")
    assert read.until == pytest.approx(time.time() + 5400, abs=30)


def test_what_the_pool_would_do_instead_is_shown(tmp_path: Path) -> None:
    """The replicas of the work, and why; then how to end it."""
    first, instead, end = run(tmp_path, deciding(), "pause", "orders", "--for", "2h", "-r", "x")[0].stdout.splitlines()
    assert first.startswith("temporalworkerpool/orders paused until ")
    assert first.endswith(" (2h) by jo@example.com: x.")
    assert instead == "Without it the pool would have 7 replicas (5 now): 7 replicas start the 61 waiting tasks."
    assert end == "It ends by itself; `twp resume -n prod orders` ends it before."


def test_under_another_override_it_is_still_the_work_that_counts(tmp_path: Path) -> None:
    """The steps before that of the override."""
    fixed = {"rule": "Override", "reason": "Overridden", "message": "Fixed at 12.", "before": 7, "after": 12}
    paused = {"rule": "Pause", "reason": "Paused", "message": "Paused.", "before": 12, "after": 5}
    result, _ = run(tmp_path, deciding(fixed, paused, desired=5), "pause", "orders", "--for", "2h")
    assert "Without it the pool would have 7 replicas (5 now): 7 replicas start" in result.stdout


def test_a_pool_without_a_decision_is_overridden_all_the_same(tmp_path: Path) -> None:
    """Its operator may be down."""
    result, api = run(tmp_path, pool("orders"), "override", "orders", "3", "--for", "2h")
    assert result.exit_code == ExitStatus.OK
    assert "has not decided yet" in result.stdout
    assert OVERRIDE in written_annotations(api)


@pytest.mark.parametrize(
    ("manifest", "note"),
    [
        (deciding(), "the pool gets its maxReplicas of 20; 30 were requested."),
        (
            annotated(deciding(), paused_until='{"until": "2199-01-01T00:00:00Z", "by": "sam"}'),
            "the pool is paused until 2199-01-01T00:00:00Z by sam; a pause has the last word.",
        ),
        (deciding() | {"spec": deciding()["spec"] | {"mode": "Recommend"}}, "the mode of the pool is Recommend"),
    ],
)
def test_what_keeps_it_from_doing_what_it_says_is_noted(tmp_path: Path, manifest: dict[str, Any], note: str) -> None:
    """Before anybody waits for it."""
    assert f"Note: {note}" in run(tmp_path, manifest, "override", "orders", "30", "--for", "2h")[0].stdout


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """The API server is asked to check it all the same."""
    result, api = run(tmp_path, deciding(), "pause", "orders", "--for", "2h", "--dry-run")
    assert "(dry run)" in result.stdout.splitlines()[0]
    assert [path.partition("?")[2] for method, path, _ in api.sent if method == "PATCH"] == [
        "fieldManager=kubectl-twp&dryRun=All"
    ]


def test_resume_removes_what_is_there_and_says_what_it_was(tmp_path: Path) -> None:
    """Both annotations, and no other."""
    override = '{"replicas": 2, "until": "2199-01-01T00:00:00Z", "by": "sam", "reason": "load test"}'
    manifest = annotated(deciding(), paused_until="2199-01-01T00:00:00Z", override=override, other="1")
    result, api = run(tmp_path, manifest, "resume", "orders")
    assert written_annotations(api) == {PAUSED_UNTIL: None, OVERRIDE: None}
    assert result.stdout.splitlines() == [
        f"temporalworkerpool/orders resumed: removed {PAUSED_UNTIL} and {OVERRIDE}.",
        "It was paused until 2199-01-01T00:00:00Z.",
        "It was fixed at 2 replicas until 2199-01-01T00:00:00Z by sam: load test.",
        "The pool would have 7 replicas (5 now): 7 replicas start the 61 waiting tasks.",
    ]


def test_resume_without_an_override_changes_nothing(tmp_path: Path) -> None:
    """And is no failure."""
    result, api = run(tmp_path, deciding(), "resume", "orders")
    assert (result.exit_code, result.stdout) == (
        ExitStatus.OK,
        "temporalworkerpool/orders has no override; it scales by its work.\n",
    )
    assert [sent for sent in api.sent if sent[0] == "PATCH"] == []


@pytest.mark.parametrize(
    ("arguments", "options", "status", "said"),
    [
        (("pause", "orders"), {}, ExitStatus.USAGE, "Missing option '--for'"),
        (("pause", "orders", "--for", "soon"), {}, ExitStatus.USAGE, "'soon' is no length of time; write one such as"),
        (("pause", "others", "--for", "2h"), {}, ExitStatus.NOT_FOUND, "there is no temporalworkerpools/others"),
        (("wake", "orders", "--for", "2h", "--replicas", "0"), {}, ExitStatus.USAGE, "greater than or equal to 1"),
        (("pause", "orders", "--for", "2h"), {"forbidden": ("/orders",)}, ExitStatus.FORBIDDEN, "not allowed to get"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], options: dict[str, Any], status: ExitStatus, said: str
) -> None:
    """With its exit status."""
    result, api = run(tmp_path, deciding(), *arguments, **options)
    assert result.exit_code == status
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert [sent for sent in api.sent if sent[0] == "PATCH"] == []
