"""Runs one container's command as process 1 of its own process, host name and mount namespaces.

A container's processes live in a process namespace whose first process is the command: when that one ends, or when the
kubelet ends in whatever way, the kernel kills all the others, even those that left their session. As in a real
container, process 1 gets only the signals it has a handler for: one that ignores SIGTERM lasts until the grace period
is over.
"""

import asyncio
import contextlib
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.kubelet.volumes import Mount
from localcluster.processes import dying_with_parent, tool

_log = logging.getLogger(__name__)

MAX_HOST_NAME = 63
"""Characters of a host name; the real kubelet cuts a longer pod name, too."""

_NAMESPACES = ("--uts", "--pid", "--fork", "--kill-child=KILL", "--mount-proc")
_FIND_INIT_SECONDS = 0.01
_KILOBYTE = 1024


def sandboxed(host_name: str, command: Sequence[str], mounts: Sequence[Mount] = ()) -> list[str]:
    """Wrap a command so that it runs in namespaces of its own, and dies with this process.

    All of the command's own output goes to standard output; standard error is left to what sets up the namespaces.
    """
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    # What hides the folder that the others come from, such as a new /tmp, is mounted last.
    ordered = sorted(mounts, key=lambda mount: mount.source.is_relative_to(mount.target))
    script = " && ".join((*map(_mounting, ordered), f'{tool("hostname")} "$0"', 'exec "$@" 2>&1'))
    set_host_name = (tool("sh"), "-c", script, host_name[:MAX_HOST_NAME].rstrip("-."))
    return dying_with_parent([tool("unshare"), *user, *_NAMESPACES, "--", *set_host_name, *command])


def _mounting(mount: Mount) -> str:
    """Shell commands by which a container sees a folder.

    A path that this machine doesn't have is made in a layer over the nearest folder that it has: nothing of the machine
    changes, and nothing else of that folder is hidden.
    """
    source, target = (shlex.quote(str(path)) for path in (mount.source, mount.target))
    kept = ""
    if PROJECT_FOLDER.is_relative_to(mount.target):
        # Its programs are this project's: a checkout below /tmp is there in a pod with a /tmp of its own, too.
        inner = shlex.quote(str(mount.source / PROJECT_FOLDER.relative_to(mount.target)))
        kept = f"mkdir -p {inner} && mount --bind {shlex.quote(str(PROJECT_FOLDER))} {inner} && "
    layer = shlex.quote(f"{mount.source}.layer")
    new = (
        f"below={target}; while ! test -d $below; do below=$(dirname $below); done; mkdir -p {layer}"
        f" && mount -t tmpfs tmpfs {layer} && mkdir {layer}/upper {layer}/work"
        f" && mount -t overlay overlay -o lowerdir=$below,upperdir={layer}/upper,workdir={layer}/work $below"
        f" && mkdir -p {target}"
    )
    read_only = f" && mount -o remount,bind,ro {target}" if mount.read_only else ""
    return f"{kept}{{ test -d {target} || {{ {new}; }}; }} && mount --rbind {source} {target}{read_only}"


def ensure_sandbox_works() -> None:
    """Try it.

    Raises:
        LocalClusterError: This user may not create namespaces here.
    """
    result = subprocess.run(sandboxed("trial", ["true"]), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LocalClusterError(
            f"Pods need process, host name and mount namespaces, which this machine refuses: {result.stderr.strip()}. "
            "Run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
            "kernel.apparmor_restrict_unprivileged_userns; in a container: --privileged)."
        )


class Sandbox:
    """One running container."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls,
        host_name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log_file: Path,
        mounts: Sequence[Mount] = (),
    ) -> "Sandbox":
        """Start a command in the project's folder; its output is added to the log file."""
        with log_file.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *sandboxed(host_name, command, mounts),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=PROJECT_FOLDER,
                start_new_session=True,
            )
        return cls(process)

    async def wait(self) -> int:
        """Wait for the end and return the exit code; 128 + the signal's number when a signal ended it."""
        _, said = await self._process.communicate()
        status = await self._process.wait()
        # The command was killed by SIGKILL; unshare of util-linux 2.38 then fails to end itself in the same way.
        if b"sigprocmask" in said:
            return 128 + signal.SIGKILL
        if said:
            _log.warning("%s", said.decode(errors="replace").strip())
        return 128 - status if status < 0 else status

    async def signal(self, number: signal.Signals) -> None:
        """Send a signal to the container's first process; nothing happens if it has ended."""
        init = await self._init_pid()
        if init is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(init, number)

    async def execute(self, command: Sequence[str], environment: Mapping[str, str]) -> int | None:
        """Run another command in the container, as `kubectl exec` would, and return its exit code.

        It is killed when it is cancelled, and with the container. `None`: the container has ended.
        """
        init = await self._init_pid()
        if init is None:
            return None
        user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        enter = [tool("nsenter"), f"--target={init}", *user, "--uts", "--pid", "--mount", "--"]
        process = await asyncio.create_subprocess_exec(
            *dying_with_parent([*enter, *command]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=PROJECT_FOLDER,
            start_new_session=True,
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def memory_bytes(self) -> int:
        """Anonymous memory of the container's processes: what no reclaim of the page cache could free.

        Pages that a fork shares with its parent count for both, which a cgroup would count once.
        """
        init = await self._init_pid()
        return 0 if init is None else sum(_anonymous_bytes(pid) for pid in _family(init))

    async def _init_pid(self) -> int | None:
        """The first process as seen from outside: the only child of `unshare`, which may not have forked yet."""
        pid = self._process.pid
        while self._process.returncode is None:
            if children := _children(pid):
                return children[0]
            await asyncio.sleep(_FIND_INIT_SECONDS)
        return None


def _family(pid: int) -> list[int]:
    """A process and its descendants: in a process namespace, an orphan becomes a child of the first process."""
    return [pid, *(each for child in _children(pid) for each in _family(child))]


def _anonymous_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))) * _KILOBYTE


def _children(pid: int) -> list[int]:
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
