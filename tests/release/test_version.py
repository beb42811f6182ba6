"""The version is one, wherever it is written."""

import shutil
from datetime import date
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli.main import app
from release.changelog import section_of
from release.errors import ReleaseError
from release.source import ROOT
from release.version import NAME, PLACES, check_versions, project_version, set_version, written


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that have the version, to be changed."""
    for file in (*PLACES, "CHANGELOG.md"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_every_place_has_the_version_of_the_project_and_so_has_the_command() -> None:
    """Charts, what they install, the stamps of the CRDs, manifests, and `twp --version`."""
    assert check_versions() == project_version() == installed_version(NAME)
    assert CliRunner().invoke(app, ["--version"]).output.strip() == project_version()


@pytest.mark.parametrize("file", PLACES)
def test_a_place_with_another_version_is_named(checkout: Path, file: str) -> None:
    """With what to do."""
    text = (checkout / file).read_text(encoding="utf-8")
    old = project_version()
    for line in (f'version = "{old}"', f"ersion: {old}", f"release: {old}", f"image: {NAME}:{old}", f"version: v{old}"):
        text = text.replace(line, line.replace(old, "9.9.9"))
    (checkout / file).write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"9\.9\.9.*python -m release prepare"):
        check_versions(checkout)


def test_a_version_is_set_everywhere_with_the_changes_that_it_brings(checkout: Path) -> None:
    """And once is enough."""
    changed = set_version("8.1.0", date(2026, 2, 3), checkout)
    assert sorted(changed) == sorted([*PLACES, "CHANGELOG.md"])
    assert set(written(checkout).values()) == {"8.1.0"}
    section = section_of((checkout / "CHANGELOG.md").read_text(encoding="utf-8"), "8.1.0")
    assert section.released == date(2026, 2, 3)
    assert set_version("8.1.0", date(2026, 2, 4), checkout) == []


def test_without_changes_there_is_nothing_to_release(checkout: Path) -> None:
    """Of which the changelog says nothing."""
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="empty: say what users notice"):
        set_version("8.1.0", date(2026, 2, 3), checkout)


def test_a_place_that_lost_its_line_is_no_agreement(checkout: Path) -> None:
    """A file that was written otherwise has to be known here."""
    (checkout / "manifests/base/deployment.yaml").write_text("kind: Deployment\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"manifests/base/deployment.yaml has 0 lines"):
        check_versions(checkout)
