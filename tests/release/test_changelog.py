"""The changelog: in the form of Keep a Changelog, and a release is cut out of it."""

from datetime import date

import pytest

from release.changelog import FILE, GROUPS, UNRELEASED, ChangelogError, section_of, sections

TEXT = """# Changelog

What users notice.

## [Unreleased]

### Added

- A page.

## [0.2.0] - 2026-02-03

### Changed

- **Status** is
  written more rarely.
- Fewer rights.

### Fixed

- A leak.

## [0.1.0] - 2026-01-02

### Added

- All of it.
"""


def test_the_changelog_is_in_the_form() -> None:
    """With something to say of what comes next."""
    unreleased = sections(FILE.read_text(encoding="utf-8"))[0]
    assert unreleased.version == UNRELEASED
    assert set(unreleased.groups) <= set(GROUPS)


def test_a_section_is_cut_out_with_its_date_and_its_changes() -> None:
    """Each change on a line of its own, whatever its length in the file."""
    section = section_of(TEXT, "0.2.0")
    assert section.released == date(2026, 2, 3)
    assert section.groups == {
        "Changed": ("**Status** is written more rarely.", "Fewer rights."),
        "Fixed": ("A leak.",),
    }
    assert section.text.startswith("### Changed\n")
    assert section.text.endswith("- A leak.\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## [Unreleased]", "## Unreleased", r"Line 5: .* is not `## \[VERSION\]"),
        ("## [Unreleased]\n\n### Added\n\n- A page.\n", "", "The first section must be"),
        (" - 2026-02-03", "", "Line 11: version 0.2.0 needs its date"),
        (" - 2026-02-03", " - 3.2.2026", "Line 11: version 0.2.0 needs its date"),
        ("[0.2.0]", "[two]", "Line 11: two is no version"),
        ("[0.2.0]", "[0.1.0]", "two sections `## .0.1.0.`"),
        ("2026-02-03", "2025-02-03", "sorted by date"),
        ("### Fixed", "### News", "Line 19: `### News` must be one of Changed, Added"),
        ("### Fixed", "### Changed", "Line 19: `### Changed` must be .* once"),
        ("- A leak.", "A leak.", "Line 21: a change begins with"),
        ("- A leak.", "", "nothing below `### Fixed`"),
        ("### Changed\n", "", "Line 14: a change must be below a heading"),
        ("### Changed", "### Security", "headings in the order"),
    ],
)
def test_what_is_not_in_the_form_is_named_with_its_line(old: str, new: str, message: str) -> None:
    """Whoever wrote it finds it."""
    assert old in TEXT
    with pytest.raises(ChangelogError, match=message):
        sections(TEXT.replace(old, new, 1))


def test_a_version_without_changes_is_no_release() -> None:
    """Neither one that has no section, nor one whose section is empty."""
    with pytest.raises(ChangelogError, match=r"no section of 9\.9\.9: move what is under Unreleased"):
        section_of(TEXT, "9.9.9")
    with pytest.raises(ChangelogError, match=r"of 0\.1\.0 in CHANGELOG.md is empty"):
        section_of(TEXT.replace("### Added\n\n- All of it.\n", ""), "0.1.0")
