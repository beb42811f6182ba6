"""The version: where it is written, and that it is the same everywhere."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from release.changelog import UNRELEASED, ChangelogError, section_of
from release.errors import ReleaseError
from release.source import ROOT

NAME: Final = "temporal-worker-pools"

_NUMBER: Final = r"(?P<version>[0-9][^\s\"]*)"
_CHART: Final = {"version": rf"^version: {_NUMBER}", "appVersion": rf"^appVersion: {_NUMBER}"}
_STAMP: Final = {"workerpools.dev/release": rf"^    workerpools\.dev/release: {_NUMBER}"}
_CRDS: Final = ("temporalconnections.workerpools.dev.yaml", "temporalworkerpools.workerpools.dev.yaml")

PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "pyproject.toml": {"version": rf'^version = "{_NUMBER}"'},
    "uv.lock": {NAME: rf'^name = "{NAME}"\nversion = "{_NUMBER}"'},
    "manifests/chart/Chart.yaml": _CHART,
    "manifests/chart-crds/Chart.yaml": _CHART,
    "manifests/base/deployment.yaml": {"image": rf"^ +image: {NAME}:{_NUMBER}"},
    "manifests/krew/twp.yaml": {"version": rf"^  version: v{_NUMBER}"},
    **{f"crds/{name}": _STAMP for name in _CRDS},
    **{f"manifests/chart-crds/files/{name}": _STAMP for name in _CRDS},
}
"""For each file, the fields that have the version, with the pattern of their line."""


def project_version(root: Path = ROOT) -> str:
    """The version of pyproject.toml, which all others follow."""
    return written(root)["pyproject.toml: version"]


def written(root: Path = ROOT) -> dict[str, str]:
    """The version in each place, by file and field."""
    return {
        f"{file}: {field}": _only(file, pattern, (root / file).read_text(encoding="utf-8"))["version"]
        for file, fields in PLACES.items()
        for field, pattern in fields.items()
    }


def check_versions(root: Path = ROOT) -> str:
    """The version that every place agrees on.

    Raises:
        ReleaseError: One does not.
    """
    expected = project_version(root)
    others = [f"{place} {version}" for place, version in written(root).items() if version != expected]
    if others:
        raise ReleaseError(
            f"pyproject.toml has version {expected}, but not {', '.join(others)}: "
            f"run `python -m release prepare {expected}`."
        )
    return expected


def set_version(version: str, today: date, root: Path = ROOT) -> list[str]:
    """Write a version everywhere, put its heading into the changelog, and return the files that changed."""
    changed = []
    for file, fields in PLACES.items():
        before = after = (root / file).read_text(encoding="utf-8")
        for pattern in fields.values():
            start, end = _only(file, pattern, after).span("version")
            after = after[:start] + version + after[end:]
        if after != before:
            (root / file).write_text(after, encoding="utf-8")
            changed.append(file)
    return changed + _set_heading(version, today, root / "CHANGELOG.md")


def _set_heading(version: str, today: date, file: Path) -> list[str]:
    """Make what is unreleased the section of a version, unless it has one."""
    text = file.read_text(encoding="utf-8")
    heading = f"## [{UNRELEASED}]\n"
    if f"\n## [{version}]" in text:
        return []
    try:
        section_of(text, UNRELEASED)
    except ChangelogError as error:
        raise ReleaseError(str(error)) from None
    file.write_text(text.replace(heading, f"{heading}\n## [{version}] - {today.isoformat()}\n", 1), encoding="utf-8")
    return [file.name]


def _only(file: str, pattern: str, text: str) -> re.Match[str]:
    found = list(re.finditer(pattern, text, re.MULTILINE))
    if len(found) != 1:
        raise ReleaseError(f"{file} has {len(found)} lines like `{pattern}`, and must have 1: see release/version.py.")
    return found[0]
