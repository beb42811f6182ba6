"""Images: by which name a release installs them, and what they are built from."""

import re
import shlex
from pathlib import Path
from typing import Final, NamedTuple

from release.errors import ReleaseError
from release.source import ROOT, Source

_BY_DIGEST: Final = re.compile(r"(?P<repository>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})")


class PublishedImage(NamedTuple):
    """An image in a registry, which can't be replaced by another."""

    repository: str
    digest: str


def published_image(name: str) -> PublishedImage:
    """Read REPOSITORY@sha256:DIGEST.

    Raises:
        ReleaseError: It is a name that may mean another image tomorrow.
    """
    found = _BY_DIGEST.fullmatch(name)
    if found is None:
        raise ReleaseError(
            f"--image must be REPOSITORY@sha256:DIGEST, and is {name}: a tag may mean another image tomorrow."
        )
    return PublishedImage(found["repository"], found["digest"])


def dockerfiles(source: Source) -> dict[str, str]:
    """Each Dockerfile by the name of its image: the operator's, and those of examples."""
    found = [file for file in source.files if Path(file).name == "Dockerfile"]
    return {"operator" if file == "Dockerfile" else f"example-{Path(file).parent.name}": file for file in found}


def context(dockerfile: str, source: Source, root: Path = ROOT) -> dict[str, Path]:
    """The files that an image is built from, by their paths in the context: what its Dockerfile copies, and itself.

    Raises:
        ReleaseError: It copies what is not committed.
    """
    files = {dockerfile}
    for copied in _copied((root / dockerfile).read_text(encoding="utf-8")):
        below = {file for file in source.files if file == copied or file.startswith(f"{copied.rstrip('/')}/")}
        if not below:
            raise ReleaseError(f"{dockerfile} copies {copied}, of which no file is committed.")
        files |= below
    return {file: root / file for file in files}


def _copied(text: str) -> list[str]:
    """What COPY and ADD take from the context."""
    found: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        instruction, *arguments = shlex.split(line, comments=True) or [""]
        if instruction.upper() in ("COPY", "ADD") and not any(each.startswith("--from=") for each in arguments):
            found += [each for each in arguments if not each.startswith("--")][:-1]
    return found
