"""The one file of the page."""

import re

from controller.page.assemble import PAGE, SOURCES, assembled
from localcluster.folders import PROJECT_FOLDER

MAX_BYTES = 100_000


def test_the_file_is_made_of_its_sources() -> None:
    """`make page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == assembled()


def test_the_file_is_small_and_complete() -> None:
    """One file, which fetches nothing but the operator's answers."""
    text = PAGE.read_text(encoding="utf-8")
    assert len(text.encode()) < MAX_BYTES
    assert "@include" not in text
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=\"(?!data:)[^\"]*", text) == []
    assert re.findall(r"@import|url\(", text) == []
    addresses = set(re.findall(r"https?://[\w./]+", text))
    assert addresses == {"https://github.com/leeoniya/uPlot", "http://www.w3.org/2000/svg"}


def test_the_library_comes_with_its_version_and_licence() -> None:
    """MIT asks for it."""
    text, (folder,) = PAGE.read_text(encoding="utf-8"), SOURCES.glob("uplot-*")
    assert folder.name in text
    assert (folder / "LICENSE").read_text(encoding="utf-8").strip() in text
    assert f"(v{folder.name.removeprefix('uplot-')})" in text


def test_the_picture_in_the_documents_is_small() -> None:
    """It is in the first screen of the README."""
    assert (PROJECT_FOLDER / "docs" / "page.png").stat().st_size < 150_000
