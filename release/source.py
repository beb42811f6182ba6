"""The commit that a release is made of."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from release.errors import ReleaseError

ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Source:
    """A checkout."""

    commit: str
    epoch: int
    """When it was committed, in seconds since 1970; every time in what is built is this one."""

    changed: tuple[str, ...]
    """Files that are not as they were committed, as `git status --short` lists them."""

    files: tuple[str, ...]
    """Committed files, by their paths from the root, sorted."""


def source(root: Path = ROOT) -> Source:
    """What git says of a checkout.

    Raises:
        ReleaseError: It is none.
    """
    commit, epoch = _git(root, "log", "-1", "--format=%H %ct").split()
    return Source(
        commit=commit,
        epoch=int(os.environ.get("SOURCE_DATE_EPOCH") or epoch),
        changed=tuple(_git(root, "status", "--short").splitlines()),
        files=tuple(sorted(name for name in _git(root, "ls-files", "-z").split("\0") if name)),
    )


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git itself
    if result.returncode != 0:
        raise ReleaseError(f"`git {arguments[0]}` failed in {root}: {result.stderr.strip()}")
    return result.stdout
