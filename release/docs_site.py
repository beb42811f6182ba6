"""MkDocs hooks of the site: pages that are not in docs/, links that leave it, and a navigation that forgets no page.

The documents are written for who reads them in the repository. Their links to other files lead there, to
`$DOCS_SOURCE_URL/PATH`, or are plain text where that is not set; a link to what does not exist stays as it is, so that
the strict build fails.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]

PAGES: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "examples/README.md": "examples.md",
    "bench/README.md": "bench.md",
}
"""Pages of the site by the documents outside of docs/ that they are; one that does not exist is left out."""

_ORIGINS: Final = {page: document for document, page in PAGES.items()}
_FENCE: Final = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)\s*$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?!\w+:|#)(?P<link>[^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the navigation."""
    pages = {file.relative_to(config.docs_dir).as_posix() for file in Path(config.docs_dir).rglob("*.md")}
    config.nav = navigation(config.nav or [], pages | {page for name, page in PAGES.items() if (ROOT / name).exists()})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for document, page in PAGES.items():
        if (ROOT / document).exists():
            files.append(File.generated(config, page, abs_src_path=str(ROOT / document)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - of MkDocs
    """Make links to other documents those of the site."""
    return relinked(markdown, page.file.src_uri, os.environ.get("DOCS_SOURCE_URL", ""))


def navigation(nav: list[Any], pages: set[str]) -> list[Any]:
    """The navigation with the pages that exist: folders become their pages, and what has no place comes last."""
    placed = {entry for entry in _entries(nav) if not entry.endswith("/")}
    left = sorted(pages - placed)
    filled = _filled(nav, pages, left)
    folders = tuple(entry for entry in _entries(nav) if entry.endswith("/"))
    more = [page for page in left if not page.startswith(folders)]
    return [*filled, {"More": more}] if more else filled


def relinked(markdown: str, page: str, source_url: str) -> str:
    """The text of a page with links that work on the site."""
    made, last = [], 0
    for fence in _FENCE.finditer(markdown):
        made += [_relinked(markdown[last : fence.start()], page, source_url), fence[0]]
        last = fence.end()
    return "".join([*made, _relinked(markdown[last:], page, source_url)])


def target(path: str) -> str | None:
    """The page or file of the site that a file of the repository is."""
    if path in PAGES:
        return PAGES[path]
    if (ROOT / path / "README.md").exists():
        return target(f"{path}/README.md")
    return path.removeprefix("docs/") if path.startswith("docs/") and (ROOT / path).is_file() else None


def _relinked(text: str, page: str, source_url: str) -> str:
    folder = posixpath.dirname(_ORIGINS.get(page, f"docs/{page}"))

    def replaced(found: re.Match[str]) -> str:
        shown = _LINK.sub(replaced, found["text"])
        path, hash_sign, anchor = found["link"].partition("#")
        path = posixpath.normpath(posixpath.join(folder, path))
        if (there := target(path)) is not None:
            link = posixpath.relpath(there, posixpath.dirname(page) or ".") + hash_sign + anchor
        elif not (ROOT / path).exists():
            link = found["link"]
        elif not source_url:
            return shown
        else:
            link = f"{source_url}/{path}{hash_sign}{anchor}"
        return f"{found['image']}[{shown}]({link})"

    return _LINK.sub(replaced, text)


def _entries(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for part in entry.values():
                yield from _entries(part if isinstance(part, list) else [part])


def _filled(nav: list[Any], pages: set[str], left: list[str]) -> list[Any]:
    filled: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            parts = {title: _filled(part, pages, left) for title, part in entry.items()}
            filled += [{title: part} for title, part in parts.items() if part]
        elif entry.endswith("/"):
            filled += [page for page in left if page.startswith(entry)]
        elif entry in pages:
            filled.append(entry)
    return filled
