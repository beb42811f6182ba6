"""Child processes that never outlive the process that started them, not even when it is ended by `kill -9`."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from localcluster.errors import LocalClusterError, PortTakenError

STOP_SECONDS = 5.0
"""How long a server may take to end after SIGTERM before it is killed. Its data is thrown away, so nothing is lost."""

POLL_SECONDS = 0.05
"""Pause between two polls of a child that is starting."""

LOG_TAIL_LINES = 15
"""Lines of a child's log that an error quotes: enough for a Go server's reason to end."""

_ONLY_WITH_PARENT = '[ "$PPID" = "$0" ] || exit 1; exec "$@"'


def require_linux() -> None:
    """Refuse every other system: pods need Linux namespaces, and children the parent-death signal.

    Raises:
        LocalClusterError: This is not Linux, or util-linux is not installed.
    """
    if sys.platform != "linux":
        raise LocalClusterError(
            f"The local cluster runs on Linux only (this is {sys.platform}); "
            "use a Linux machine, a virtual machine or a container."
        )
    for name in ("setpriv", "unshare", "nsenter", "hostname", "sh"):
        tool(name)


def tool(name: str) -> str:
    """The full path of a system program, so that a child's own PATH doesn't matter.

    Raises:
        LocalClusterError: It isn't installed.
    """
    path = shutil.which(name)
    if path is None:
        raise LocalClusterError(f"{name} was not found on PATH; install the packages util-linux and hostname.")
    return path


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """Wrap a command so that the kernel kills it when this process ends.

    The parent-death signal follows the thread that forked, not the process: start the result from the main thread.
    It is set by `setpriv` after the fork, so the parent may have ended in between; the shell then finds another parent
    than this process and gives up.
    """
    guard = [tool("sh"), "-c", _ONLY_WITH_PARENT, str(os.getpid())]
    return [tool("setpriv"), "--pdeathsig", "KILL", *guard, *command]


@dataclass
class Child:
    """One running server: its process, in a session of its own, and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    log_file: Path
    stop_signal: signal.Signals = signal.SIGTERM
    started: float = field(default_factory=time.monotonic)

    def ensure_running(self) -> None:
        """Raise when the process has ended.

        Raises:
            PortTakenError: Its log says that a port was taken.
            LocalClusterError: It ended for another reason; with the exit status and the end of the log.
        """
        status = self.process.poll()
        if status is not None:
            seconds = time.monotonic() - self.started
            error = PortTakenError if "address already in use" in self.log_tail() else LocalClusterError
            raise error(
                f"{self.name} ended with status {status} within {seconds:.0f} s of its start; "
                f"the end of {self.log_file}:\n{self.log_tail()}"
            )

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """The last lines of the log, indented."""
        text = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in text[-lines:])

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Wait until `ready()` is true.

        Raises:
            LocalClusterError: The process ended, or the time is over; with the end of the log.
        """
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            self.ensure_running()
            if time.monotonic() > deadline:
                raise LocalClusterError(
                    f"{self.name} was not ready within {timeout_seconds:.0f} s; "
                    f"the end of {self.log_file}:\n{self.log_tail()}"
                )
            time.sleep(POLL_SECONDS)

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """End the process: its stop signal, then SIGKILL to its whole process group when the time is over."""
        self.ask_to_stop()
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask_to_stop(self) -> None:
        """Send the stop signal, and don't wait."""
        self.process.send_signal(self.stop_signal)


class Children:
    """Servers that are ended together, when the `with` block ends."""

    def __init__(self, logs_folder: Path) -> None:
        self.logs_folder = logs_folder
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # All are asked first, so that they end side by side.
        for child in self._children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.stop(max(deadline - time.monotonic(), 0))

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start a server; see `start_child`. `stop_signal` is what it is asked to end with."""
        child = start_child(name, command, self.logs_folder, environment)
        child.stop_signal = stop_signal
        self._children.append(child)
        return child

    def ensure_running(self) -> None:
        """Raise when one of them has ended; see `Child.ensure_running`."""
        for child in self._children:
            child.ensure_running()


def start_child(
    name: str, command: Sequence[str], log_folder: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start a server that dies with this process, with `<name>.log` in `log_folder` as its output.

    Args:
        name: What messages and the log file call it.
        command: Program and arguments.
        log_folder: An existing folder.
        environment: The whole environment; this process's own when absent.

    Raises:
        LocalClusterError: Called from another thread than the main one, whose end would end the child.
    """
    if threading.current_thread() is not threading.main_thread():
        raise LocalClusterError(
            f"{name} must be started from the main thread: the kernel ends it together with the thread that started it."
        )
    log_file = log_folder / f"{name}.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            dying_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return Child(name, process, log_file)
