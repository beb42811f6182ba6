"""The site: built without a warning, with every document, nothing from elsewhere, and no dead link."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typing_extensions import override

from localcluster.folders import PROJECT_FOLDER
from release.docs_site import PAGES, navigation, relinked

SOURCE = "https://source.example/blob/main"


def build(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """`make docs-site` of a checkout, into a folder."""
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(site)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "DOCS_SOURCE_URL": SOURCE}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the documents as they are."""
    folder = tmp_path_factory.mktemp("site")
    built = build(PROJECT_FOLDER, folder)
    assert built.returncode == 0, built.stderr
    return folder


class Links(HTMLParser):
    """What a page loads by itself, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "img", "iframe") and "src" in values:
            self.loaded.append(values["src"])
        elif tag == "link" and values.get("rel") in ("stylesheet", "preconnect", "icon", "preload"):
            self.loaded.append(values["href"])
        elif tag == "a":
            self.linked.append(values.get("href", ""))


def links(page: Path) -> Links:
    """Those of a page."""
    parser = Links()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_a_reader_gets_nothing_from_elsewhere(site: Path) -> None:
    """No font, no script and no style; the index of the search is a file of the site."""
    pages = list(site.rglob("*.html"))
    assert pages
    assert [name for page in pages for name in links(page).loaded if "//" in name] == []
    assert (site / "search" / "search_index.json").stat().st_size > 100_000


def test_every_document_is_a_page_that_the_navigation_has(site: Path) -> None:
    """Those of docs/, and those that the repository has elsewhere."""
    documents = {path.relative_to(PROJECT_FOLDER / "docs").as_posix() for path in PROJECT_FOLDER.glob("docs/**/*.md")}
    documents |= {page for document, page in PAGES.items() if (PROJECT_FOLDER / document).exists()}
    expected = {re.sub(r"(README|index)$", "", name.removesuffix(".md")).rstrip("/") for name in documents}
    assert {"", "on-call", "runbook", "changelog"} <= expected
    found = {link.split("#")[0].strip("./") for link in links(site / "index.html").linked if "//" not in link}
    assert expected - found == set()


def test_a_link_to_the_repository_leads_there(site: Path) -> None:
    """To a file that exists, where it is known where the repository is."""
    linked = [link for page in site.rglob("*.html") for link in links(page).linked if link.startswith(SOURCE)]
    paths = {link.removeprefix(SOURCE).partition("#")[0].strip("/") for link in linked}
    assert "tests/extra/staged/test_idle_first.py" in paths
    assert [path for path in paths if not (PROJECT_FOLDER / path).exists()] == []


DEAD = {
    "[gone](gone.md)": "link 'gone.md', but the target is not found",
    "[gone](../controller/gone.py)": "link '../controller/gone.py', but the target",
    "[gone](glossary.md#gone)": "'glossary.md' does not contain an anchor '#gone'",
    "[gone](../README.md#gone)": "'index.md' does not contain an anchor '#gone'",
    "[gone](#nowhere)": "'#nowhere', but there is no such anchor on this page",
}


def test_dead_links_and_anchors_fail_the_build(tmp_path: Path) -> None:
    """Within a page, to another one, and to a file of the repository."""
    for name in ("mkdocs.yml", "README.md", "release"):
        (tmp_path / name).symlink_to(PROJECT_FOLDER / name)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text("# Glossary\n", encoding="utf-8")
    (tmp_path / "docs" / "mine.md").write_text("# Mine\n\n" + "\n".join(DEAD), encoding="utf-8")
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    mine = [line for line in built.stderr.splitlines() if "'mine.md'" in line]
    assert [message for message in DEAD.values() if not any(message in line for line in mine)] == [], mine
    assert len(mine) == len(DEAD)


@pytest.mark.parametrize(
    ("text", "page", "expected"),
    [
        ("[a](docs/safety.md#x)", "index.md", "[a](safety.md#x)"),
        ("[a](../README.md)", "safety.md", "[a](index.md)"),
        ("[a](../on-call.md)", "runbook/README.md", "[a](../on-call.md)"),
        ("[a](docs/runbook)", "index.md", "[a](runbook/README.md)"),
        ("[`a`](../Makefile)", "safety.md", f"[`a`]({SOURCE}/Makefile)"),
        ("[![a](docs/page.png)](docs/page.md)", "index.md", "[![a](page.png)](page.md)"),
        ("```\n[a](../Makefile)\n```\n", "safety.md", "```\n[a](../Makefile)\n```\n"),
        ("[a](https://kubernetes.io/docs) [b](#c)", "safety.md", "[a](https://kubernetes.io/docs) [b](#c)"),
        ("[a](gone.md)", "safety.md", "[a](gone.md)"),
    ],
)
def test_a_link_is_rewritten_for_the_site(text: str, page: str, expected: str) -> None:
    """Wherever the page is in the repository and on the site."""
    assert relinked(text, page, SOURCE) == expected


def test_without_a_repository_to_lead_to_a_link_is_its_text() -> None:
    """Rather than a dead one."""
    assert relinked("see [`a`](../Makefile) there", "safety.md", "") == "see `a` there"


def test_the_navigation_forgets_no_page() -> None:
    """Pages of a folder follow where the folder is named; others come last; what does not exist is left out."""
    nav = [{"First": ["a.md", "gone.md"]}, {"Gone": ["gone.md"]}, {"Folder": ["f/README.md", {"All": ["f/"]}]}]
    assert navigation(nav, {"a.md", "b.md", "f/README.md", "f/x.md"}) == [
        {"First": ["a.md"]},
        {"Folder": ["f/README.md", {"All": ["f/x.md"]}]},
        {"More": ["b.md"]},
    ]
