"""What the hosting service gets: workflows that call the gate and the targets of make, forms, and owners of files."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from release.source import ROOT
from tests.release.sources import source_here

WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

PINNED: Final = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def jobs(workflow: Path) -> dict[str, Any]:
    """The jobs of a workflow."""
    return dict(yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"])


def commands(workflow: Path) -> Iterator[str]:
    """What its steps run."""
    for job in jobs(workflow).values():
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_their_version(workflow: Path) -> None:
    """A tag may be moved."""
    used = re.findall(r"uses: (.+)", workflow.read_text(encoding="utf-8"))
    assert used
    assert [each for each in used if not each.startswith("./") and not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_rights_and_each_job_says_which_it_needs(workflow: Path) -> None:
    """A right to write is one that this list names."""
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {}
    writes = {
        name: {r for r, how in job["permissions"].items() if how == "write"} for name, job in jobs(workflow).items()
    }
    signing = {"packages", "id-token", "attestations"}
    expected = {
        "gate.yml": {"gate": set()},
        "docs.yml": {"build": set(), "publish": {"pages", "id-token"}},
        "release.yml": {
            "gate": set(),
            "image": signing,
            "release": signing | {"contents"},
            "distributions": {"id-token"},
        },
    }
    assert writes == expected[workflow.name]


def test_nothing_is_published_before_the_gate_has_passed() -> None:
    """Each job of a release waits for the one before it; the first is the gate, which is `.ci/run`."""
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")
    assert [job.get("needs") for job in release.values()] == [None, "gate", "image", "release"]
    assert release["gate"]["uses"] == "./.github/workflows/gate.yml"
    assert any(".ci/run" in command for command in commands(ROOT / ".github" / "workflows" / "gate.yml"))


def test_workflows_run_targets_that_make_has() -> None:
    """By the names that a contributor types."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = [
        name for file in WORKFLOWS for command in commands(file) for name in re.findall(r"\bmake ([a-z-]+)", command)
    ]
    assert {"release", "docs-site"} <= set(called)
    assert [name for name in called if f"\n{name}: " not in makefile] == []


def test_everything_is_installed_and_signed_by_digest() -> None:
    """The image's, which charts and manifests name, and the charts'."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert 'cosign sign --yes --recursive "$IMAGE@$DIGEST"' in text
    assert "--image $IMAGE@$DIGEST" in text
    assert "--require-audit" in text
    assert "subject-digest: ${{ steps.push.outputs.digest }}" in text


def test_each_line_of_owners_fits_a_file() -> None:
    """One that fits none protects nothing."""
    files = [f"/{file}" for file in source_here().files]
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert [p for p in patterns if not any(fnmatch(file, f"{p}*") for file in files)] == []


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_forms_have_what_the_service_asks_for(form: Path) -> None:
    """Name, description, and an id for each field."""
    made = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.name == "config.yml":
        assert made == {"blank_issues_enabled": False}
        return
    assert made["name"]
    assert made["description"]
    fields = [field for field in made["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) > 0
    assert all(field["attributes"]["label"] for field in fields)
