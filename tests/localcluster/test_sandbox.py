"""One container's command in its namespaces."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.kubelet.sandbox import Sandbox, ensure_sandbox_works
from localcluster.kubelet.volumes import Mount
from tests.support.process_tree import descendants, still_running
from tests.support.waiting import wait_for

ENVIRONMENT = {"PATH": os.environ["PATH"]}


async def start(tmp_path: Path, *command: str, host_name: str = "worker-0") -> Sandbox:
    """Start a command whose output goes to `log` in the folder."""
    return await Sandbox.start(host_name, command, ENVIRONMENT, tmp_path / "log")


async def test_the_command_is_process_1_with_a_host_name_of_its_own(tmp_path: Path) -> None:
    """The SDK's identity and heartbeats come from these two."""
    sandbox = await start(tmp_path, "python3", "-c", "import os, socket; print(os.getpid(), socket.gethostname())")
    assert await sandbox.wait() == 0
    assert (tmp_path / "log").read_text() == "1 worker-0\n"


async def test_it_sees_only_its_own_processes(tmp_path: Path) -> None:
    """What measures its own CPU and memory reads the right numbers."""
    sandbox = await start(tmp_path, "sh", "-c", "ls -d /proc/[0-9]* | wc -l")
    assert await sandbox.wait() == 0
    assert int((tmp_path / "log").read_text()) < 5


@pytest.mark.parametrize(("name", "host_name"), [("a" * 80, "a" * 63), ("a" * 62 + "-b", "a" * 62)])
async def test_a_long_pod_name_is_cut_to_a_host_name(tmp_path: Path, name: str, host_name: str) -> None:
    """As the real kubelet does it: 63 characters, and no dash at the end."""
    sandbox = await start(tmp_path, "hostname", host_name=name)
    assert await sandbox.wait() == 0
    assert (tmp_path / "log").read_text().strip() == host_name


async def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    """Whatever wraps it passes it on."""
    assert await (await start(tmp_path, "sh", "-c", "exit 7")).wait() == 7


async def test_a_signal_shows_in_the_exit_code(tmp_path: Path) -> None:
    """128 + 9, as container runtimes say it."""
    sandbox = await start(tmp_path, "sleep", "600")
    await sandbox.signal(signal.SIGKILL)
    assert await sandbox.wait() == 128 + signal.SIGKILL


async def test_a_signal_reaches_the_command_that_handles_it(tmp_path: Path) -> None:
    """The command itself, not what wraps it."""
    sandbox = await start(
        tmp_path, "sh", "-c", "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    )
    wait_for(lambda: "ready" in (tmp_path / "log").read_text(), 60, "the trap to be set")
    await sandbox.signal(signal.SIGTERM)
    assert await sandbox.wait() == 5
    assert (tmp_path / "log").read_text() == "ready\ngot it\n"


async def test_processes_that_the_command_left_behind_end_with_it(tmp_path: Path) -> None:
    """Even those in a session of their own."""
    before = descendants(os.getpid())
    script = f"setsid sleep 600 & while ! [ -e {tmp_path}/seen ]; do sleep 0.05; done"
    sandbox = await start(tmp_path, "sh", "-c", script)
    family = wait_for(
        lambda: {
            pid: since
            for pid, since in descendants(os.getpid()).items()
            if pid not in before and "sleep 600" in still_running({pid: since}).get(pid, "")
        },
        60,
        "the process to be left behind",
    )
    (tmp_path / "seen").touch()
    assert await sandbox.wait() == 0
    wait_for(lambda: not still_running(family), 60, "it to end")


async def test_a_signal_to_a_command_that_has_ended_is_nothing(tmp_path: Path) -> None:
    """The grace period may end in the moment when the command does."""
    sandbox = await start(tmp_path, "true")
    await sandbox.wait()
    await sandbox.signal(signal.SIGKILL)


def test_refused_namespaces_are_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake of `unshare` refuses as the kernel does where user namespaces are off."""
    refusing = ["sh", "-c", "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1"]
    monkeypatch.setattr("localcluster.kubelet.sandbox.sandboxed", lambda _name, _command: refusing)
    with pytest.raises(
        LocalClusterError, match=r"refuses: unshare: .*not permitted\. Run as root, or allow user namespaces"
    ):
        ensure_sandbox_works()


async def test_another_command_runs_beside_the_first_one(tmp_path: Path) -> None:
    """In the same namespaces, with its own exit code."""
    sandbox = await start(tmp_path, "sh", "-c", "echo ready; exec sleep 600")
    wait_for(lambda: (tmp_path / "log").read_text() == "ready\n", 60, "the command to run")
    same = '[ "$(hostname)" = worker-0 ] && grep -q sleep /proc/1/cmdline && exit 3'
    assert await sandbox.execute(["sh", "-c", same], ENVIRONMENT) == 3
    await sandbox.signal(signal.SIGKILL)
    await sandbox.wait()
    assert await sandbox.execute(["true"], ENVIRONMENT) is None


async def test_a_command_that_is_given_up_is_ended(tmp_path: Path) -> None:
    """A hook may not outlast its grace period."""
    sandbox = await start(tmp_path, "sleep", "600")
    assert await sandbox.execute(["true"], ENVIRONMENT) == 0
    before = descendants(os.getpid())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.execute(["sleep", "601"], ENVIRONMENT), 0.5)
    left = {pid: since for pid, since in descendants(os.getpid()).items() if pid not in before}
    wait_for(lambda: not still_running(left), 60, "it to end")
    await sandbox.signal(signal.SIGKILL)
    await sandbox.wait()


async def test_the_memory_is_that_of_all_processes(tmp_path: Path) -> None:
    """Two that hold 20 MB each."""
    holds = "import sys, time; b = bytearray(20_000_000); open(sys.argv[1], 'w').close(); time.sleep(600)"
    script = f'python3 -c "{holds}" {tmp_path}/1 & python3 -c "{holds}" {tmp_path}/2; wait'
    sandbox = await start(tmp_path, "sh", "-c", script)
    wait_for(lambda: (tmp_path / "1").exists() and (tmp_path / "2").exists(), 60, "both to hold their memory")
    assert 40_000_000 < await sandbox.memory_bytes() < 100_000_000
    await sandbox.signal(signal.SIGKILL)
    await sandbox.wait()
    assert await sandbox.memory_bytes() == 0


async def test_a_mount_over_the_folder_above_the_project_leaves_the_project_there(tmp_path: Path) -> None:
    """A checkout below /tmp works as any other; what else was in that folder is hidden."""
    (source := tmp_path / "empty").mkdir()
    target = str(PROJECT_FOLDER.parent)
    mounts = [Mount(source, target, read_only=False)]
    command = ("sh", "-c", f"ls {target}; test -f {PROJECT_FOLDER}/pyproject.toml && echo there")
    sandbox = await Sandbox.start("worker-0", command, ENVIRONMENT, tmp_path / "log", mounts)
    assert await sandbox.wait() == 0
    assert (tmp_path / "log").read_text() == f"{PROJECT_FOLDER.name}\nthere\n"
