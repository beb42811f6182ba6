"""Documents: generated pages are fresh, links lead somewhere, and manifests in them are accepted by the API server."""

import re
from pathlib import Path

import pytest

from controller.operator.report.reference import PAGE, conditions_page
from localcluster.cluster import LocalCluster
from localcluster.folders import PROJECT_FOLDER

DOCUMENTS = sorted(
    document for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md") for document in PROJECT_FOLDER.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]+)")
MANIFEST = re.compile(r"^```yaml\n(?P<text>apiVersion:.*?)^```", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT_FOLDER))


def test_the_page_of_conditions_is_generated() -> None:
    """Every reason that the code has is on the page with its remedy; `make docs` writes it."""
    assert (PROJECT_FOLDER / PAGE).read_text(encoding="utf-8") == conditions_page()


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_links_lead_to_files_that_exist(document: Path) -> None:
    """Relative links, from wherever the document is."""
    links = [match["path"] for match in LINK.finditer(document.read_text(encoding="utf-8"))]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_manifests_in_documents_are_accepted(installed: LocalCluster, kubernetes_namespace: str) -> None:
    """What a reader copies is applied as it stands."""
    manifests = [m["text"] for d in DOCUMENTS for m in MANIFEST.finditer(d.read_text(encoding="utf-8"))]
    assert manifests
    for manifest in manifests:
        installed.kubectl("apply", "-n", kubernetes_namespace, "--dry-run=server", "-f", "-", input=manifest)
