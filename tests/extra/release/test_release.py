"""A release of a version, made twice of one commit in two folders: whole, checked, and the same to the byte."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import helm_python
import pytest
import yaml

from release.dependencies import UV, pinned
from release.source import ROOT

VERSION: Final = "8.1.0"
IMAGE: Final = f"registry.example/twp@sha256:{'a' * 64}"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a checkout, with the project's environment."""
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"} | {"UV": UV}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m release` in a checkout."""
    return run(folder, sys.executable, "-m", "release", *arguments)


def git(folder: Path, *arguments: str) -> None:
    """Git as a person who has a name."""
    done = run(folder, "git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is here, as a repository of its own: a commit, with one more on top that has a version of its own."""
    folder = tmp_path_factory.mktemp("first") / "checkout"
    shutil.copytree(
        ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(".*_cache", ".git", ".venv", ".uv", "out")
    )
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "What is here")
    prepared = release(folder, "prepare", VERSION)
    assert prepared.returncode == 0, prepared.stderr
    git(folder, "commit", "--quiet", "--all", "--message", f"Release {VERSION}")
    return folder


@pytest.fixture(scope="module")
def made(checkout: Path) -> Path:
    """The release of it."""
    done = release(checkout, "build", "--tag", f"v{VERSION}", "--image", IMAGE)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("[")][-1].startswith("[7/7]")
    return checkout / "out" / "release"


def test_it_has_everything_and_its_checksums_are_right(made: Path) -> None:
    """As `sha256sum` says."""
    names = {file.name for file in made.iterdir()}
    images = {f"temporal-worker-pools-{VERSION}-image-{name}.tar.gz" for name in ("operator", "example-unified")}
    charts = {f"temporal-worker-pools-{VERSION}.tgz", f"temporal-worker-pools-crds-{VERSION}.tgz"}
    distributions = {f"temporal_worker_pools-{VERSION}{end}" for end in (".tar.gz", "-py3-none-any.whl")}
    manifests = {
        "install.yaml",
        "install-namespaced.yaml",
        "install-namespaces.yaml",
        "install-monitoring.yaml",
        "crds.yaml",
    }
    others = {f"temporal-worker-pools-{VERSION}.cdx.json", "release-notes.md", "SHA256SUMS"}
    assert images | charts | distributions | manifests | others <= names
    checked = run(made, "sha256sum", "--check", "SHA256SUMS")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(": OK") == len(names) - 1


def test_another_folder_and_another_day_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    """Of the same commit, and in a dry run: the checksums are equal."""
    git(made.parents[1], "clone", "--quiet", "--local", str(made.parents[1]), str(tmp_path / "other"))
    done = release(tmp_path / "other", "build", "--dry-run", "--image", IMAGE, "--output", str(tmp_path / "made"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "SHA256SUMS").read_text() == (made / "SHA256SUMS").read_text()


def test_every_part_has_the_version_and_the_image(made: Path) -> None:
    """Wheel, charts, stamps of the CRDs, and what `kubectl apply` installs."""
    with zipfile.ZipFile(made / f"temporal_worker_pools-{VERSION}-py3-none-any.whl") as wheel:
        metadata = wheel.read(f"temporal_worker_pools-{VERSION}.dist-info/METADATA").decode()
    assert f"\nVersion: {VERSION}\n" in metadata
    for name in ("temporal-worker-pools", "temporal-worker-pools-crds"):
        with tarfile.open(made / f"{name}-{VERSION}.tgz") as archive:
            chart = yaml.safe_load(archive.extractfile(f"{name}/Chart.yaml") or b"")
        assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)
        assert yaml.safe_load(chart["annotations"]["artifacthub.io/changes"])
    with helm_python.Chart.load(str(made / f"temporal-worker-pools-{VERSION}.tgz")) as loaded:
        loaded.validate_schema({})
        rendered = loaded.render({}, name="a", namespace="b")
    assert f"image: {IMAGE}\n" in "".join(rendered.values())
    installed = list(yaml.safe_load_all((made / "install.yaml").read_text(encoding="utf-8")))
    (operator,) = (each for each in installed if each["kind"] == "Deployment")
    assert operator["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    crds = [each["metadata"] for each in installed if each["kind"] == "CustomResourceDefinition"]
    assert [each["annotations"]["workerpools.dev/release"] for each in crds] == [VERSION, VERSION]


def test_the_bill_of_materials_names_every_dependency_with_its_license(made: Path) -> None:
    """Of the image, in the locked version, and what needs it."""
    bill = json.loads((made / f"temporal-worker-pools-{VERSION}.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["version"] == VERSION
    named = {f"{each['name']}=={each['version']}".lower().replace("_", "-") for each in bill["components"]}
    assert named == {each.lower() for each in pinned()}
    assert sum("licenses" not in each for each in bill["components"]) <= 2
    (root,) = (each for each in bill["dependencies"] if each["ref"] == "root-component")
    assert len(root["dependsOn"]) >= 10


def test_the_notes_are_the_changes_of_the_version(made: Path) -> None:
    """Under its name, with the image."""
    notes = (made / "release-notes.md").read_text(encoding="utf-8")
    assert notes.startswith(f"# Temporal Worker Pools {VERSION}\n\nImage: `{IMAGE}`\n\n###")


REFUSED: Final = {
    "a tree with changes": (
        {"notes.txt": ""},
        (),
        "1 files are not as in commit .*notes.txt.*: commit or remove them, or add --dry-run",
    ),
    "a tag of another version": ({}, ("--tag", "v1.0.0"), "The tag is v1.0.0 and the version 8.1.0"),
    "a chart of another version": (
        {"manifests/chart/Chart.yaml": f"version: 1.0.0\nappVersion: {VERSION}\n"},
        (),
        "manifests/chart/Chart.yaml: version 1.0.0: run `python -m release prepare 8.1.0`",
    ),
    "a changelog that says nothing": (
        {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n"},
        ("--dry-run",),
        "section of Unreleased .* is empty",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_released_is_refused_in_one_line(checkout: Path, tmp_path: Path, case: str) -> None:
    """Each with what to do."""
    files, arguments, message = REFUSED[case]
    git(checkout, "clone", "--quiet", "--local", str(checkout), str(tmp_path / "other"))
    for file, text in files.items():
        (tmp_path / "other" / file).write_text(text, encoding="utf-8")
    done = release(tmp_path / "other", "build", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert re.search(message, done.stderr), done.stderr


def test_help_shows_an_example() -> None:
    """Of each command."""
    assert "Example: python -m release build --dry-run" in release(ROOT, "build", "--help").stdout
    assert "Example: python -m release prepare 0.2.0" in release(ROOT, "prepare", "--help").stdout
