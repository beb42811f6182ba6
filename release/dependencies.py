"""What the operator's image holds: the locked dependencies, and their bill of materials."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from release.errors import ReleaseError
from release.source import ROOT

UV: Final = os.environ.get("UV", str(ROOT / ".uv" / "bin" / "uv"))

_LOCKED: Final = ("--locked", "--no-default-groups", "--quiet")


def run(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command in the checkout and return what it printed.

    Raises:
        ReleaseError: It failed; the message has what it said.
    """
    result = subprocess.run(  # noqa: S603 - commands of this package
        command, cwd=ROOT, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise ReleaseError(f"`{' '.join(command)}` failed: {' '.join(result.stderr.split())[-1000:]}")
    return result.stdout


def pinned() -> list[str]:
    """Each dependency with its version, as the image has it on this platform."""
    exported = run(UV, "export", *_LOCKED, "--no-emit-project", "--no-hashes", "--no-annotate", "--no-header")
    needed = [Requirement(line) for line in exported.splitlines() if line.strip()]
    return [f"{each.name}{each.specifier}" for each in needed if each.marker is None or each.marker.evaluate()]


def build_distributions(output: Path, epoch: int) -> None:
    """Write sdist and wheel, by the build backend of uv.lock."""
    # Not in an environment of its own: that would take the newest backend, and another one next week.
    built = ("build", "--no-build-isolation", "--python", sys.executable, "--no-create-gitignore", "--quiet")
    run(UV, *built, "--out-dir", str(output), environment={"SOURCE_DATE_EPOCH": str(epoch)})


def write_bill_of_materials(file: Path, epoch: int, *, validate: bool) -> None:
    """Write CycloneDX JSON of the dependencies, installed as the image installs them.

    To validate it by the schema takes 10 to 20 s of CPU, and everything else 1 s.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {"UV_PROJECT_ENVIRONMENT": folder, "VIRTUAL_ENV": "", "SOURCE_DATE_EPOCH": str(epoch)}
        run(UV, "sync", *_LOCKED, "--no-install-project", "--python", sys.executable, environment=environment)
        listed = ("cyclonedx_py", "environment", folder, "--pyproject", str(ROOT / "pyproject.toml"))
        options = ("--output-reproducible", "--validate" if validate else "--no-validate", "--output-file", str(file))
        run(sys.executable, "-m", *listed, *options, environment=environment)
