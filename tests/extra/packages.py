"""Debian packages for these tests: `python -m tests.extra.packages` installs those that are missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

PACKAGES: Final[Mapping[str, str]] = {"chromium": "chromium", "npm": "npm"}
"""By the program that each brings."""


def missing() -> list[str]:
    """Packages whose program is not on PATH."""
    return [package for program, package in PACKAGES.items() if shutil.which(program) is None]


def install(packages: list[str]) -> None:
    """Install packages, and show apt's progress.

    Raises:
        SystemExit: They can't be installed here; the text says what to do.
    """
    names = " ".join(packages)
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit(f"error: these tests need {names}: install them as root, on Debian with `apt-get install {names}`.")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]):
        print(f"$ {' '.join(command)}", flush=True)  # noqa: T201 - to the person who waits
        if subprocess.run([*command, "-q"], env=environment, check=False).returncode != 0:
            sys.exit(f"error: `{' '.join(command)}` failed; what it said is above.")


if __name__ == "__main__":
    if absent := missing():
        install(absent)
