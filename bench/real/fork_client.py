"""Process 1 of a pod whose worker is forked by `fork_server`: it hands the pod over, and ends as the worker does.

It imports nothing that takes long: `python -I -S bench/real/fork_client.py SOCKET` is ready in 10 ms.
"""

import json
import os
import signal
import socket
import sys
from typing import NoReturn

NAMESPACES = ("user", "uts", "pid", "mnt")
"""What the worker shares with this process, in the order of entering: after `mnt`, /proc is the other one."""

KILLED = 128 + signal.SIGKILL
"""Exit status where the worker ended without one."""


def main(path: str) -> NoReturn:
    """Ask for a worker, pass signals on to it, and end with its exit status."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _pass_on)
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        namespaces = [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
        socket.send_fds(server, [json.dumps(dict(os.environ)).encode()], [1, *namespaces])
        status = server.recv(1)
    os._exit(status[0] if status else KILLED)


def _pass_on(number: int, _frame: object) -> None:
    try:
        # Process 1 reaches all others of its process namespace in this way.
        os.kill(-1, number)
    except ProcessLookupError:
        os._exit(128 + number)


if __name__ == "__main__":
    main(sys.argv[1])
