"""The image can be built for each of its platforms without a compiler: all that it installs is there as wheels."""

import tomllib
from collections.abc import Iterator
from typing import Any, Final

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from release.chart import ROOT

PYTHON: Final = (3, 13)
"""Of the base image."""

GLIBC: Final = 41
"""The minor version of Debian's that the base image is."""


def locked() -> dict[str, dict[str, Any]]:
    """Packages of uv.lock by name."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {package["name"]: package for package in packages}


def installed(machine: str) -> Iterator[dict[str, Any]]:
    """What the image has on a machine: the program's dependencies, and theirs."""
    environment: dict[str, str] = {
        **{name: str(value) for name, value in default_environment().items()},
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "python_version": f"{PYTHON[0]}.{PYTHON[1]}",
        "python_full_version": f"{PYTHON[0]}.{PYTHON[1]}.0",
    }
    packages = locked()
    found, waiting = set[str](), ["temporal-worker-pools"]
    while waiting:
        package = packages[waiting.pop()]
        for needed in package.get("dependencies", ()):
            applies = Marker(needed["marker"]).evaluate(environment) if "marker" in needed else True
            if applies and needed["name"] not in found:
                found.add(needed["name"])
                waiting.append(needed["name"])
                yield packages[needed["name"]]


def tags(machine: str) -> set[Tag]:
    """The wheels that the Python of the base image takes on a machine."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 16, -1)]
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    interpreter = f"cp{PYTHON[0]}{PYTHON[1]}"
    return {*cpython_tags(PYTHON, platforms=platforms), *compatible_tags(PYTHON, interpreter, platforms)}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_dependency_has_a_wheel(machine: str) -> None:
    """The Dockerfile refuses to build one (`--no-build`)."""
    taken, found = tags(machine), list(installed(machine))
    assert {"temporalio", "cryptography", "kubernetes"} <= {package["name"] for package in found}
    without = [
        package["name"]
        for package in found
        if not any(
            taken & parse_wheel_filename(wheel["url"].rpartition("/")[2])[3] for wheel in package.get("wheels", ())
        )
    ]
    assert without == []
