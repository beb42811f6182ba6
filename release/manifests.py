"""What `kubectl apply -f` installs: each profile of manifests/ as one file, rendered by kustomize."""

import re
import subprocess
from pathlib import Path
from typing import Final

from release.errors import ReleaseError
from release.image import PublishedImage
from release.source import ROOT
from release.version import NAME

MANIFESTS: Final = ROOT / "manifests"

_INSTALLED: Final = re.compile(r"kubectl apply -k manifests/(?P<folder>[\w-]+)")


def profiles(manifests: Path = MANIFESTS) -> dict[str, Path]:
    """Folders by the names of their files: those whose first comment says how they are applied."""
    found = {}
    for file in sorted(manifests.glob("*/kustomization.yaml")):
        comment = file.read_text(encoding="utf-8").partition("apiVersion:")[0]
        applied = _INSTALLED.search(comment)
        if applied and applied["folder"] == file.parent.name:
            found["install" if file.parent.name == "base" else f"install-{file.parent.name}"] = file.parent
    return found


def render(kubectl: Path, folder: Path, image: PublishedImage | None = None) -> str:
    """The objects of a profile, by `kubectl kustomize`, with the image that was published.

    Raises:
        ReleaseError: kubectl refuses the profile, or it has no image to replace.
    """
    command = [str(kubectl), "kustomize", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if result.returncode != 0:
        raise ReleaseError(f"`{' '.join(command)}` failed: {result.stderr.strip()}")
    return with_image(result.stdout, image) if image else result.stdout


def with_image(text: str, image: PublishedImage) -> str:
    """Manifests whose Deployments run an image that was published."""
    return re.sub(rf"image: {NAME}(:\S+)?$", f"image: {image.repository}@{image.digest}", text, flags=re.MULTILINE)
