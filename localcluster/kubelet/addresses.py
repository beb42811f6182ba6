"""Pod addresses: each cluster has a network 127.N.0.0/16 of its own, each pod an address in it."""

import random
import socket

from localcluster.errors import LocalClusterError

_FIRST_HOST = 2
_LAST_HOST = 0xFFFF - 1


class PodNetwork:
    """Hands out loopback addresses, which Linux accepts without any set-up (all of 127.0.0.0/8 is local).

    Two clusters on one machine share the loopback interface, and their workers listen on the same port, so each cluster
    reserves its network: a socket in the abstract namespace, which the kernel drops with the process.
    """

    def __init__(self) -> None:
        self._number, self._reservation = _reserve_network()
        self._next_host = _FIRST_HOST
        self._used: set[str] = set()

    def allocate(self) -> str:
        """An address that no pod has, the one that was free for the longest time first.

        Raises:
            LocalClusterError: All 65,000 are in use.
        """
        for _ in range(_LAST_HOST):
            high, low = divmod(self._next_host, 256)
            address = f"127.{self._number}.{high}.{low}"
            self._next_host = self._next_host + 1 if self._next_host < _LAST_HOST else _FIRST_HOST
            if address not in self._used:
                self._used.add(address)
                return address
        raise LocalClusterError(f"All addresses of 127.{self._number}.0.0/16 are in use.")

    def release(self, address: str) -> None:
        """Give an address back."""
        self._used.discard(address)

    def close(self) -> None:
        """Give the network back."""
        self._reservation.close()


def _reserve_network() -> tuple[int, socket.socket]:
    # 127.0.0.0/16 holds localhost and what distributions put beside it.
    for number in random.sample(range(1, 255), 254):
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0temporal-worker-pools/pod-network/{number}")
        except OSError:
            reservation.close()
        else:
            return number, reservation
    raise LocalClusterError("All 254 pod networks in 127.0.0.0/8 are in use by other local clusters.")
