"""A release: everything that is published of one commit, in one folder, with checksums."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release import artifact_hub, audit, chart, dependencies, image, manifests
from release.archives import write_archive
from release.changelog import FILE, UNRELEASED, ChangelogError, Section, section_of
from release.errors import ReleaseError
from release.image import PublishedImage
from release.source import ROOT, Source, source
from release.values import Chart, Image
from release.version import NAME, check_versions

CHECKSUMS: Final = "SHA256SUMS"
NOTES: Final = "release-notes.md"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What release is made."""

    output: Path
    kubectl: Callable[[], Path]
    """Finds kubectl, which renders the manifests; building it may take minutes."""

    image: PublishedImage | None = None
    """The operator's image, if it was pushed already: charts and manifests name it by its digest."""

    dry_run: bool = False
    """Whether to make it of what is there: changed files, and changes that no version has yet."""

    tag: str = ""
    """The tag that it is made for; it has to name the version."""

    require_audit: bool = False
    """Whether it has to be known that there are no known vulnerabilities."""


def build(order: Order, say: Say) -> Path:
    """Make a release and return its folder.

    Raises:
        ReleaseError: It can't be made of this checkout.
    """
    say("[1/7] version, changelog and work tree")
    version, of = check_versions(), source()
    if order.tag and order.tag != f"v{version}":
        raise ReleaseError(
            f"The tag is {order.tag} and the version {version}: tag the commit of that version v{version}."
        )
    _check_clean(of, order, say)
    section = _section(version, order, say)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        say("[2/7] wheel and source distribution")
        dependencies.build_distributions(made, of.epoch)
        say("[3/7] charts")
        _write_charts(made, section, version, of, order.image)
        say("[4/7] manifests")
        _write_manifests(made, order)
        say("[5/7] what the images are built from")
        for name, dockerfile in image.dockerfiles(of).items():
            files = image.context(dockerfile, of)
            write_archive(made / f"{NAME}-{version}-image-{name}.tar.gz", dict(files), of.epoch)
        say("[6/7] bill of materials, and known vulnerabilities")
        dependencies.write_bill_of_materials(made / f"{NAME}-{version}.cdx.json", of.epoch, validate=not order.dry_run)
        found = audit.audit(dependencies.pinned())
        say(f"      {found}")
        audit.check(found, required=order.require_audit)
        say("[7/7] release notes and checksums")
        (made / NOTES).write_text(notes(version, section, order.image), encoding="utf-8")
        (made / CHECKSUMS).write_text(checksums(made), encoding="utf-8")
        _deliver(made, order.output)
    return order.output


def notes(version: str, section: Section, published: PublishedImage | None) -> str:
    """What a release says of itself: the image, and what changed."""
    named = f"Image: `{published.repository}@{published.digest}`\n\n" if published else ""
    return f"# Temporal Worker Pools {version}\n\n{named}{section.text}"


def checksums(folder: Path) -> str:
    """A line for each file, as `sha256sum --check` reads them."""
    files = sorted(file for file in folder.iterdir() if file.name != CHECKSUMS)
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)


def _check_clean(of: Source, order: Order, say: Say) -> None:
    if not of.changed:
        return
    shown = ", ".join(line.strip() for line in of.changed[:3])
    problem = f"{len(of.changed)} files are not as in commit {of.commit[:12]} ({shown})"
    if not order.dry_run:
        raise ReleaseError(f"{problem}: commit or remove them, or add --dry-run.")
    say(f"      {problem}: a release refuses that")


def _section(version: str, order: Order, say: Say) -> Section:
    text = FILE.read_text(encoding="utf-8")
    try:
        return section_of(text, version)
    except ChangelogError as error:
        if not order.dry_run:
            raise ReleaseError(f"{error} `python -m release prepare {version}` does it.") from None
        say(f"      no section of {version} in the changelog, which a release refuses; here: what is unreleased")
        return _unreleased(text)


def _unreleased(text: str) -> Section:
    try:
        return section_of(text, UNRELEASED)
    except ChangelogError as error:
        raise ReleaseError(str(error)) from None


def _write_charts(output: Path, section: Section, version: str, of: Source, published: PublishedImage | None) -> None:
    for folder in (chart.CHART, chart.CRD_CHART):
        below = f"{folder.relative_to(ROOT)}/"
        files: dict[str, Path | bytes] = {
            f"{_name(folder)}/{path.removeprefix(below)}": ROOT / path for path in of.files if path.startswith(below)
        }
        text = (folder / "Chart.yaml").read_text(encoding="utf-8")
        shown = published if folder == chart.CHART else None
        files[f"{_name(folder)}/Chart.yaml"] = artifact_hub.with_release(text, section, shown).encode()
        if published and folder == chart.CHART:
            defaults = Chart(image=Image(repository=published.repository, digest=published.digest))
            files[f"{_name(folder)}/values.yaml"] = chart.values(defaults).encode()
        write_archive(output / f"{_name(folder)}-{version}.tgz", files, of.epoch)


def _name(folder: Path) -> str:
    """Of a chart, as Helm unpacks it."""
    return NAME if folder == chart.CHART else f"{NAME}-crds"


def _write_manifests(output: Path, order: Order) -> None:
    kubectl = order.kubectl()
    for name, folder in manifests.profiles().items():
        rendered = manifests.render(kubectl, folder, order.image)
        (output / f"{name}.yaml").write_text(rendered, encoding="utf-8")
    crds = [chart.crds()[name].partition("\n")[2] for name in sorted(chart.crds())]
    (output / "crds.yaml").write_text("---\n".join(crds), encoding="utf-8")


def _deliver(made: Path, output: Path) -> None:
    """Put a release in place of the last one, and of nothing else."""
    if output.exists() and any(output.iterdir()) and not (output / CHECKSUMS).exists():
        raise ReleaseError(f"{output} holds something else than a release: name another folder with --output.")
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(made, output)
