"""Which replica of the operator writes: the one that holds the Lease.

A replica that holds it counts from the moment at which it sent the renewal, and stops writing `RENEW_DEADLINE_SECONDS`
later; the others count from the moment at which they saw the renewal, and wait for `LEASE_SECONDS`. So no two write at
the same time, whatever their clocks say: each measures only time that passes.
"""

import asyncio
import socket
import time
import uuid
from collections.abc import Callable
from random import uniform
from typing import Final, NoReturn, Protocol

import structlog

from controller.cluster.errors import ClusterError, ForbiddenError
from controller.cluster.lease import Lease
from controller.operator.clock import elapsed

log = structlog.get_logger()

LEASE_SECONDS: Final = 10
"""How long a replica that ended without a word keeps the others waiting. Less than client-go's 15 s: meanwhile no pool
leaves zero."""

RENEW_DEADLINE_SECONDS: Final = 7.0
"""How long the holder writes on while it can't renew."""

RETRY_SECONDS: Final = 2.0
"""Pause between two renewals, or two reads of a Lease that another holds, as client-go's."""

FAILURE_LOG_SECONDS: Final = 60.0
"""A Lease that can't be read or written is logged once in this time."""


class Store(Protocol):
    """Where the Lease is."""

    async def read(self) -> Lease | None:
        """The Lease as it is."""

    async def take(self, before: Lease | None, holder: str, duration_seconds: int, now: float) -> bool:
        """Makes a replica the holder."""


def identity() -> str:
    """A name for this process that no other has: the host's, which is the pod's, and a random part."""
    return f"{socket.gethostname()}_{uuid.uuid4().hex[:8]}"


class Election:
    """One replica's part in the election."""

    def __init__(
        self,
        store: Store,
        identity: str,
        elapsed: Callable[[], float] = elapsed,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Stands for election under a name; `elapsed` gives seconds that never step, `now` those that people read."""
        self._store = store
        self._elapsed = elapsed
        self._now = now
        self._until = float("-inf")
        self._seen = "", float("-inf")
        self._logged_at = float("-inf")
        self._gained = asyncio.Event()
        self.identity = identity
        self.holder = ""
        """Identity of the replica that holds the Lease, as last read."""

    @property
    def leads(self) -> bool:
        """Whether this replica may write now."""
        return self._elapsed() < self._until

    def refusal(self) -> str | None:
        """Why nothing may be written now; `None` while this replica leads."""
        return None if self.leads else f"This replica does not lead; {self.holder or 'none'} does."

    async def run(self) -> NoReturn:
        """Gets and keeps the Lease whenever it can, until it is cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(RETRY_SECONDS * uniform(1, 1.1))  # noqa: S311 - no secret

    async def prepare(self) -> None:
        """Finds out at the start whether the Lease may be used at all.

        Raises:
            ForbiddenError: A permission is missing; the text has it.
        """
        try:
            await self._store.read()
        except ForbiddenError:
            raise
        except ClusterError as error:
            self._log_failure(error)

    async def turn(self) -> None:
        """Tries once to get or to renew the Lease. Whatever fails is logged, and tried again."""
        try:
            await self._turn()
        except (ClusterError, TimeoutError) as error:
            self._log_failure(error)

    async def _turn(self) -> None:
        began = self._elapsed()
        async with asyncio.timeout(RENEW_DEADLINE_SECONDS):
            holds = await self._take()
        if holds:
            self._until = began + RENEW_DEADLINE_SECONDS
            self._gained.set()

    def _log_failure(self, error: Exception) -> None:
        now = self._elapsed()
        if now - self._logged_at >= FAILURE_LOG_SECONDS:
            self._logged_at = now
            log.warning("lease_not_renewed", leads=self.leads, error=str(error) or "no answer in time")

    async def gain(self) -> None:
        """Waits until this replica leads."""
        while not self.leads:
            self._gained.clear()
            await self._gained.wait()

    async def lose(self) -> None:
        """Waits until this replica no longer leads."""
        while (left_seconds := self._until - self._elapsed()) > 0:  # noqa: ASYNC110 - time is what ends it
            await asyncio.sleep(left_seconds)

    async def give_back(self) -> None:
        """Lets another replica have the Lease at once; nothing may be written any more."""
        if not self.leads:
            return
        self._until = float("-inf")
        try:
            lease = await self._store.read()
            if lease and lease.holder == self.identity:
                await self._store.take(lease, "", 1, self._now())
        except ClusterError as error:
            log.warning("lease_not_given_back", error=str(error))

    async def _take(self) -> bool:
        lease = await self._store.read()
        if lease is not None and not self._is_free(lease):
            return False
        taken = await self._store.take(lease, self.identity, LEASE_SECONDS, self._now())
        if taken:
            self.holder = self.identity
        return taken

    def _is_free(self, lease: Lease) -> bool:
        """Whether it is this replica's, was given back, or was not renewed for as long as its holder said."""
        self.holder = lease.holder
        if lease.resource_version != self._seen[0]:
            self._seen = lease.resource_version, self._elapsed()
        waited_seconds = self._elapsed() - self._seen[1]
        return lease.holder in ("", self.identity) or waited_seconds >= max(lease.duration_seconds, 1.0)
