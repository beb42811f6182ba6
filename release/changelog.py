"""CHANGELOG.md in the form of Keep a Changelog: read strictly, so that a release can be cut out of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "CHANGELOG.md"

UNRELEASED: Final = "Unreleased"

GROUPS: Final = ("Changed", "Added", "Deprecated", "Removed", "Fixed", "Security")
"""Kinds of changes, in the order in which a section has them: first what an upgrade may break."""

_SECTION: Final = re.compile(r"## \[(?P<version>[^\]]+)\](?: - (?P<date>\S+))?$")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$")


class ChangelogError(ValueError):
    """What is wrong with the changelog, with the line where it is."""


@dataclass(frozen=True, slots=True)
class Section:
    """What changed with one version."""

    version: str
    released: date | None
    """None of what is not released yet."""

    text: str
    """Below the heading, as the file has it."""

    groups: Mapping[str, tuple[str, ...]]
    """Entries by their kind, each on one line, without its bullet."""


def sections(text: str) -> tuple[Section, ...]:
    """The sections of a changelog, newest first.

    Raises:
        ChangelogError: It is not in the form.
    """
    read = tuple(_section(number, lines) for number, lines in _split(text))
    names = [section.version for section in read]
    if names[:1] != [UNRELEASED]:
        raise ChangelogError(f"The first section must be `## [{UNRELEASED}]`.")
    if double := next((name for name in names if names.count(name) > 1), None):
        raise ChangelogError(f"There are two sections `## [{double}]`: make them one.")
    dates = [section.released for section in read if section.released]
    if dates != sorted(dates, reverse=True):
        raise ChangelogError("Sections must be sorted by date, the newest first.")
    return read


def section_of(text: str, version: str) -> Section:
    """The section of a version.

    Raises:
        ChangelogError: There is none, it is empty, or the changelog is not in the form.
    """
    found = next((section for section in sections(text) if section.version == version), None)
    if found is None:
        heading = f"`## [{version}] - {date.today():%Y-%m-%d}`"  # noqa: DTZ011 - a hint for a person, in local time
        raise ChangelogError(
            f"CHANGELOG.md has no section of {version}: move what is under {UNRELEASED} below {heading}."
        )
    if not found.groups:
        raise ChangelogError(f"The section of {version} in CHANGELOG.md is empty: say what users notice.")
    return found


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each section with the number of its first line."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield start + 1, lines[start:end]


def _section(number: int, lines: list[str]) -> Section:
    heading = _SECTION.match(lines[0])
    if heading is None:
        raise ChangelogError(f"Line {number}: `{lines[0]}` is not `## [VERSION] - YYYY-MM-DD`.")
    return Section(
        version=heading["version"],
        released=_date(number, heading["version"], heading["date"]),
        text="\n".join(lines[1:]).strip() + "\n",
        groups=_groups(number, lines),
    )


def _date(number: int, version: str, written: str | None) -> date | None:
    if version == UNRELEASED:
        return None
    if not _VERSION.match(version):
        raise ChangelogError(f"Line {number}: {version} is no version such as 0.2.0.")
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        raise ChangelogError(f"Line {number}: version {version} needs its date, such as ` - 2026-01-31`.") from None


def _groups(first: int, lines: list[str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    entries: list[str] | None = None
    for number, line in enumerate(lines[1:], start=first + 1):
        if line.startswith("### "):
            name = line.removeprefix("### ")
            if name not in GROUPS or name in groups:
                raise ChangelogError(f"Line {number}: `{line}` must be one of {', '.join(GROUPS)}, and there once.")
            entries = groups.setdefault(name, [])
        elif not line.strip():
            continue
        elif entries is None:
            raise ChangelogError(f"Line {number}: a change must be below a heading such as `### Added`.")
        elif line.startswith("- "):
            entries.append(line.removeprefix("- "))
        elif line.startswith("  ") and entries:
            entries[-1] += " " + line.strip()
        else:
            raise ChangelogError(f"Line {number}: a change begins with `- `, and goes on indented by two spaces.")
    if empty := next((name for name, found in groups.items() if not found), None):
        raise ChangelogError(f"The section at line {first} has nothing below `### {empty}`: remove the heading.")
    if list(groups) != sorted(groups, key=GROUPS.index):
        raise ChangelogError(f"The section at line {first} must have its headings in the order {', '.join(GROUPS)}.")
    return {name: tuple(found) for name, found in groups.items()}
