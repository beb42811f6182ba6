"""Free ports on the loopback interface, and starting servers on them."""

import contextlib
import socket
from collections.abc import Callable
from typing import TypeVar

from localcluster.errors import PortTakenError

LOOPBACK = "127.0.0.1"
"""The address of every server here: nothing is reachable from outside of this machine."""

START_ATTEMPTS = 3
"""Another process may take a port between the moment it was found free and the moment the server binds it."""

Started = TypeVar("Started")


def free_ports(count: int) -> list[int]:
    """Different TCP ports that no process listens on at this moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def start_on_free_ports(count: int, start: Callable[..., Started]) -> Started:
    """Call `start(*ports)` and return its result; try with other ports when one of them was taken meanwhile.

    Raises:
        PortTakenError: A port was taken in each of `START_ATTEMPTS` attempts.
    """
    for _ in range(START_ATTEMPTS - 1):
        with contextlib.suppress(PortTakenError):
            return start(*free_ports(count))
    return start(*free_ports(count))


def accepts_connections(port: int) -> bool:
    """Whether a server listens on this port of the loopback interface."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((LOOPBACK, port)) == 0
