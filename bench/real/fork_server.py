"""Starts a pod's worker by forking a process that has imported the SDK already.

A process of its own needs 1.7 s of CPU until it polls (1.1 s for imports, 0.6 s for the hash of all code that is the
worker's build ID): 40 pods that start at once would keep two cores busy for 34 s, and what is measured would be the
machine's CPU. A forked worker is a process of its own all the same: `fork_client` is process 1 of the
pod's container and hands its namespaces over, so that the worker has the pod's host name, a process id in the pod, and
ends with it.

`python -m bench.real.fork_server SOCKET` serves on a Unix socket until it is ended.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from temporalio.worker._worker import load_default_build_id

from bench.real import worker
from bench.real.fork_client import NAMESPACES

REQUEST_BYTES = 1 << 16
"""Most that the environment of a container takes."""


def serve(path: Path) -> NoReturn:
    """Fork a worker for each client, for ever."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(128)
    load_default_build_id()
    # Children are reaped by the kernel, and what was imported stays shared with them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _run(client)
        client.close()


def _run(client: socket.socket) -> NoReturn:
    """Become the client's worker: in its namespaces, with its environment and output."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, descriptors, _, _ = socket.recv_fds(client, REQUEST_BYTES, 1 + len(NAMESPACES))
    output, *namespaces = descriptors
    enter(namespaces)
    # A process namespace is entered by the next child.
    if os.fork():
        os._exit(0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(json.loads(request))
    status = worker.run_from_environment()
    client.send(bytes([status]))
    sys.stdout.flush()
    os._exit(status)


def enter(namespaces: list[int]) -> None:
    """Enter the namespaces of open descriptors, except those that this process is in.

    Raises:
        OSError: The kernel refused one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for name, descriptor in zip(NAMESPACES, namespaces, strict=True):
        # The own user namespace can't be entered once more.
        if (
            os.fstat(descriptor).st_ino != Path(f"/proc/self/ns/{name}").stat().st_ino
            and libc.setns(descriptor, 0) != 0
        ):
            raise OSError(ctypes.get_errno(), f"setns {name}")
        os.close(descriptor)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
