"""Artifact Hub has the changes of a release from the changelog, and the charts what it asks for."""

from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from controller.cli.main import app
from release.artifact_hub import changes, with_release
from release.changelog import FILE, section_of, sections
from release.chart import CHART, CRD_CHART
from release.image import PublishedImage

TEXT = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-02-03

### Changed

- **Status** is written
  more rarely ([page](docs/a.md)): every 5 minutes. Not more.

### Fixed

- A leak in `twp get`.
"""


def annotations(text: str) -> dict[str, str]:
    """Of a Chart.yaml."""
    found: dict[str, str] = yaml.safe_load(text)["annotations"]
    return found


def test_an_entry_is_its_first_sentence_in_plain_text() -> None:
    """By the kind that its heading says."""
    assert changes(section_of(TEXT, "0.2.0")) == [
        {"kind": "changed", "description": "Status is written more rarely (page): every 5 minutes."},
        {"kind": "fixed", "description": "A leak in twp get."},
    ]


def test_a_chart_of_a_release_has_its_changes_and_its_image() -> None:
    """Beside what it has already."""
    before = (CHART / "Chart.yaml").read_text(encoding="utf-8")
    image = PublishedImage("r.example/twp", f"sha256:{'a' * 64}")
    made = annotations(with_release(before, section_of(TEXT, "0.2.0"), image))
    assert yaml.safe_load(made.pop("artifacthub.io/changes")) == changes(section_of(TEXT, "0.2.0"))
    named: list[dict[str, Any]] = yaml.safe_load(made.pop("artifacthub.io/images"))
    assert named == [{"name": "temporal-worker-pools", "image": f"r.example/twp@sha256:{'a' * 64}"}]
    assert made == annotations(before)


def test_every_entry_of_the_changelog_can_be_shown() -> None:
    """On one line that says something, without markup."""
    for section in sections(FILE.read_text(encoding="utf-8")):
        for change in changes(section):
            assert len(change["description"]) > 10, change
            assert not set("*`\n") & set(change["description"].replace("temporal_worker_pool_*", "")), change


def test_the_crds_of_the_annotations_are_those_of_the_other_chart() -> None:
    """Kind, version and name."""
    listed = yaml.safe_load(annotations((CHART / "Chart.yaml").read_text(encoding="utf-8"))["artifacthub.io/crds"])
    crds = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (CRD_CHART / "files").glob("*.yaml")]
    made = {
        (each["spec"]["names"]["kind"], version["name"], each["metadata"]["name"])
        for each in crds
        for version in each["spec"]["versions"]
    }
    assert {(each["kind"], each["version"], each["name"]) for each in listed} == made


def test_the_example_is_a_pool_that_is_accepted(tmp_path: Path) -> None:
    """Artifact Hub shows it beside the CRDs."""
    shown = annotations((CHART / "Chart.yaml").read_text(encoding="utf-8"))["artifacthub.io/crdsExamples"]
    (example,) = yaml.safe_load(shown)
    file = tmp_path / "pool.yaml"
    file.write_text(yaml.safe_dump(example), encoding="utf-8")
    judged = CliRunner().invoke(app, ["validate", "-f", str(file)])
    assert judged.exit_code == 0, judged.output
