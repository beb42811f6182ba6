"""Choices that are costly to reverse: each page has the same four parts, and the index has each page."""

import re
from pathlib import Path

import pytest

from localcluster.folders import PROJECT_FOLDER

FOLDER = PROJECT_FOLDER / "docs" / "adr"
PAGES = sorted(FOLDER.glob("0*.md"))
PARTS = ["Context", "Decision", "Consequences", "What would make us choose again"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_the_four_parts_and_fits_on_a_screen_or_two(page: Path) -> None:
    """In their order, none of them empty; the title has the number of the file."""
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert all(len(part.split()) > 8 for part in text.split("\n## ")[1:])
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert len(text.splitlines()) < 60


def test_the_index_has_every_page_with_its_title() -> None:
    """In their order, without a gap."""
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| (.+?) \|", index, re.MULTILINE)
    titles = [page.read_text(encoding="utf-8").partition("\n")[0] for page in PAGES]
    assert [f"# {number}. {title}" for number, _, title in lines] == titles
    assert [name for _, name, _ in lines] == [page.name for page in PAGES]
    assert [int(number) for number, _, _ in lines] == list(range(1, len(PAGES) + 1))
