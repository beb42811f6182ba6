"""Children that never outlive their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcluster.errors import LocalClusterError, PortTakenError
from localcluster.ports import free_ports, start_on_free_ports
from localcluster.processes import Child, Children, dying_with_parent, require_linux, start_child
from tests.support.process_tree import descendants, killed_at_the_end, still_running
from tests.support.waiting import wait_for

PARENT = """
import sys, time
from pathlib import Path
from localcluster.processes import start_child
start_child("server", ["sleep", "600"], Path(sys.argv[1]))
print("started", flush=True)
time.sleep(600)
"""
IGNORES_SIGTERM = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    """Children that end with the test."""
    with Children(tmp_path) as group:
        yield group


def has_said(child: Child, word: str) -> bool:
    """Whether the word is in the child's log."""
    return word in child.log_file.read_text()


def test_a_child_dies_with_its_parent_even_by_kill_9(tmp_path: Path) -> None:
    """The kernel sees to it: the parent can't."""
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        family = descendants(parent.pid)
        assert family
        parent.kill()
        parent.wait()
        wait_for(lambda: not still_running(family), 60, "the child to die")


def test_a_child_whose_parent_is_already_gone_does_not_start(tmp_path: Path) -> None:
    """The gap between the fork and the moment when the kernel knows."""
    proof = tmp_path / "started"
    command = dying_with_parent(["touch", str(proof)])
    from_another_parent = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *command], check=False)
    assert from_another_parent.returncode == 1
    assert not proof.exists()
    assert subprocess.run(command, check=False).returncode == 0
    assert proof.exists()


def test_a_child_is_refused_outside_of_the_main_thread(tmp_path: Path) -> None:
    """The parent-death signal follows the thread, and a thread may end long before its process."""
    raised: list[LocalClusterError] = []

    def start() -> None:
        try:
            start_child("server", ["sleep", "600"], tmp_path)
        except LocalClusterError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "server must be started from the main thread" in str(raised[0])


def test_a_child_that_ends_early_is_an_error_with_the_end_of_its_log(children: Children) -> None:
    """What a person needs: which, how, why."""
    child = children.start("server", ["sh", "-c", "echo no such flag; exit 3"])
    with pytest.raises(LocalClusterError, match=r"(?s)server ended with status 3 within .*no such flag"):
        child.wait_until(lambda: False, timeout_seconds=30)


def test_a_child_that_is_not_ready_in_time_is_an_error(children: Children) -> None:
    """It may hang for ever, the run may not."""
    child = children.start("server", ["sh", "-c", "echo loading; exec sleep 600"])
    wait_for(lambda: has_said(child, "loading"), 60, "the child's first word")
    with pytest.raises(LocalClusterError, match=r"(?s)server was not ready within 0 s.*loading"):
        child.wait_until(lambda: False, timeout_seconds=0.1)


def test_a_child_that_ignores_sigterm_is_killed(children: Children) -> None:
    """After its time is over, and not before."""
    child = children.start("stubborn", IGNORES_SIGTERM)
    wait_for(lambda: has_said(child, "ready"), 60, "the trap to be set")
    started = time.monotonic()
    child.stop(timeout_seconds=0.5)
    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - started >= 0.5


def test_children_end_together_with_their_block(tmp_path: Path) -> None:
    """Also when the block fails."""
    with pytest.raises(ZeroDivisionError), Children(tmp_path) as group:  # noqa: PT012 - the block is what is tested
        first = group.start("first", ["sleep", "600"])
        second = group.start("second", ["sleep", "600"])
        raise ZeroDivisionError
    assert (first.process.returncode, second.process.returncode) == (-signal.SIGTERM, -signal.SIGTERM)


def test_a_port_that_was_taken_meanwhile_is_tried_again_with_another(children: Children) -> None:
    """No process can reserve a port for another process."""
    taken = iter([True, False])
    tried = []

    def start(port: int) -> int:
        tried.append(port)
        if next(taken):
            child = children.start("server", ["sh", "-c", "echo listen tcp: bind: address already in use; exit 1"])
            child.wait_until(lambda: False, timeout_seconds=30)
        return port

    port = start_on_free_ports(1, start)
    assert len(tried) == 2
    assert tried[1] == port


def test_a_port_that_is_always_taken_is_an_error_in_the_end() -> None:
    """The third error is raised."""

    def start(_port: int) -> None:
        raise PortTakenError("taken")

    with pytest.raises(PortTakenError, match="taken"):
        start_on_free_ports(1, start)


def test_free_ports_differ() -> None:
    """A server with several ports gets several."""
    assert len(set(free_ports(20))) == 20


def test_other_systems_than_linux_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is needed."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LocalClusterError, match=r"^The local cluster runs on Linux only \(this is darwin\)"):
        require_linux()


def test_a_missing_system_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Minimal systems lack some."""
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(LocalClusterError, match="setpriv was not found on PATH; install the packages util-linux"):
        require_linux()
