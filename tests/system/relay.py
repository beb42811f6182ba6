"""A TCP port that leads to a server, and can be cut: a real server that is out of reach, for one client alone."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from localcluster.ports import LOOPBACK

READ_BYTES = 65_536


class Relay:
    """Passes bytes between those who connect to its port and the server behind it, while it is open."""

    def __init__(self, target: str) -> None:
        """Reserves a port for `target` (`host:port`); no connection is accepted yet."""
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._sockets: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._listener = self._bound(0)
        self._port = int(self._listener.getsockname()[1])

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{LOOPBACK}:{self._port}"

    def open(self) -> None:
        """Let clients through."""
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        # Bound, but not listening: the port stays reserved, and connections to it are refused.
        closed, self._listener = self._listener, self._bound(self._port)
        with contextlib.suppress(OSError):
            closed.shutdown(socket.SHUT_RDWR)
        closed.close()
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Pass on nothing more, neither on connections that are open nor on new ones, and refuse none."""
        self._flows.clear()

    def close(self) -> None:
        """End everything."""
        self._flows.set()
        self.cut()
        self._listener.close()

    @staticmethod
    def _bound(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((LOOPBACK, port))
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                self._sockets |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(READ_BYTES):
                self._flows.wait()
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()
        self._sockets.discard(source)


@contextmanager
def relay_to(target: str) -> Iterator[Relay]:
    """A relay that is cut from the start."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
