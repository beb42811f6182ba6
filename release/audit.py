"""Known vulnerabilities of what the image holds, by pip-audit."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from release.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class Audit:
    """What the advisory service said."""

    audited: int
    """Dependencies that it knows."""

    asked: int
    """Dependencies that it was asked for."""

    vulnerabilities: tuple[str, ...]
    """Package, version, advisory, and the versions that fix it."""

    problem: str = "the advisory service does not answer here"
    """Why nothing was audited, where nothing was."""

    @override
    def __str__(self) -> str:
        """One line for a person."""
        if not self.audited:
            return f"not audited: {self.problem}; the release workflow requires it"
        return f"{self.audited} dependencies audited, {len(self.vulnerabilities)} known vulnerabilities"


def audit(pinned: Sequence[str]) -> Audit:
    """Ask for each dependency, such as `aiohttp==3.14.5`; for the first one alone, if the service does not know it."""
    probe = _ask(pinned[:1])
    return _ask(pinned) if probe.audited else replace(probe, asked=len(pinned))


def check(found: Audit, *, required: bool) -> None:
    """Refuse a release of which vulnerabilities are known, or, where it is required, not known.

    Raises:
        ReleaseError: It is refused.
    """
    if found.vulnerabilities:
        raise ReleaseError(f"Known vulnerabilities: {'; '.join(found.vulnerabilities)}. Upgrade them in uv.lock.")
    if required and found.audited < found.asked:
        raise ReleaseError(
            f"The advisory service answered for {found.audited} of {found.asked} dependencies, and --require-audit is "
            "set: run it again where the service can be reached."
        )


def _ask(pinned: Sequence[str]) -> Audit:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{each}\n" for each in pinned), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--progress-spinner", "off"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    try:
        answer = json.loads(result.stdout)
    except ValueError:
        said = result.stderr.strip().splitlines() or ["it said nothing"]
        return Audit(0, len(pinned), (), problem=f"pip-audit failed, {said[-1]}")
    return judged(answer["dependencies"])


def judged(dependencies: Sequence[dict[str, Any]]) -> Audit:
    """What pip-audit's JSON says."""
    return Audit(
        audited=sum("skip_reason" not in each for each in dependencies),
        asked=len(dependencies),
        vulnerabilities=tuple(_named(each, found) for each in dependencies for found in each.get("vulns", ())),
    )


def _named(dependency: dict[str, Any], found: dict[str, Any]) -> str:
    fixes = " or ".join(found["fix_versions"]) or "no version"
    return f"{dependency['name']} {dependency['version']}: {found['id']}, fixed in {fixes}"
