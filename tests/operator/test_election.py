"""The election on a Lease that is kept in memory, by clocks that the test turns: never do two replicas lead."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cluster.errors import ClusterUnavailableError, ForbiddenError
from controller.cluster.lease import Lease
from controller.operator.election import LEASE_SECONDS, RENEW_DEADLINE_SECONDS, Election


class StoreInMemory:
    """In place of the API server: one Lease, which each write changes; requests fail while `fails` is set."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.fails: Exception | None = None
        self.writes = 0

    async def read(self) -> Lease | None:
        """The Lease."""
        if self.fails:
            raise self.fails
        return self.lease

    async def take(self, before: Lease | None, holder: str, duration_seconds: int, now: float) -> bool:
        """Write it, unless it was changed since it was read."""
        if self.fails:
            raise self.fails
        if (before and before.resource_version) != (self.lease and self.lease.resource_version):
            return False
        self.writes += 1
        self.lease = Lease(str(self.writes), holder, duration_seconds, str(now), 0)
        return True


class Clock:
    """Elapsed time that the test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return self.seconds


def turn(election: Election) -> None:
    """Let a replica try once."""
    asyncio.run(election.turn())


def test_the_first_leads_and_the_second_stands_by() -> None:
    """And says which leads."""
    store, clock = StoreInMemory(), Clock()
    first, second = Election(store, "first", clock), Election(store, "second", clock)
    turn(first)
    turn(second)
    assert (first.leads, second.leads) == (True, False)
    assert first.refusal() is None
    assert second.refusal() == "This replica does not lead; first does."


def test_a_replica_that_ended_without_a_word_is_followed_after_the_time_of_its_lease() -> None:
    """Not a moment earlier, counted from when its last renewal was seen."""
    store, clock = StoreInMemory(), Clock()
    first, second = Election(store, "first", clock), Election(store, "second", clock)
    turn(first)
    turn(second)
    clock.seconds += LEASE_SECONDS - 0.1
    turn(second)
    assert not second.leads
    clock.seconds += 0.1
    turn(second)
    assert (first.leads, second.leads) == (False, True)


def test_a_lease_that_is_given_back_is_taken_at_once() -> None:
    """A rolling update costs no time without a leader."""
    store, clock = StoreInMemory(), Clock()
    first, second = Election(store, "first", clock), Election(store, "second", clock)
    turn(first)
    turn(second)
    asyncio.run(first.give_back())
    assert not first.leads
    turn(second)
    assert second.leads


def test_a_lease_of_another_is_not_given_back() -> None:
    """A replica that no longer leads leaves the Lease alone."""
    store, clock = StoreInMemory(), Clock()
    first, second = Election(store, "first", clock), Election(store, "second", clock)
    turn(second)
    turn(first)
    asyncio.run(first.give_back())
    assert store.lease is not None
    assert store.lease.holder == "second"


def test_a_leader_that_can_not_renew_stops_before_another_may_lead() -> None:
    """However long the API server does not answer."""
    store, clock = StoreInMemory(), Clock()
    leader = Election(store, "leader", clock)
    turn(leader)
    store.fails = ClusterUnavailableError("The API server does not answer.")
    clock.seconds += RENEW_DEADLINE_SECONDS - 0.1
    turn(leader)
    led = [leader.leads]
    clock.seconds += 0.1
    led.append(leader.leads)
    store.fails = None
    turn(leader)
    assert [*led, leader.leads] == [True, False, True]
    assert RENEW_DEADLINE_SECONDS < LEASE_SECONDS


def test_a_missing_permission_ends_the_start() -> None:
    """Any other failure is left to the next try."""
    store = StoreInMemory()
    election = Election(store, "one", Clock())
    store.fails = ClusterUnavailableError("The API server does not answer.")
    asyncio.run(election.prepare())
    store.fails = ForbiddenError("The operator may not read Leases.")
    with pytest.raises(ForbiddenError):
        asyncio.run(election.prepare())


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 12), st.booleans(), st.booleans()),
        min_size=10,
        max_size=60,
    )
)
def test_never_do_two_replicas_lead(turns: list[tuple[str, float, bool, bool]]) -> None:
    """Whichever replica tries when, whichever of them has no connection, and whichever gives the Lease back."""
    store, clock = StoreInMemory(), Clock()
    replicas = {name: Election(store, name, clock) for name in ("a", "b", "c")}
    for name, pause_seconds, fails, gives_back in turns:
        clock.seconds += pause_seconds
        store.fails = ClusterUnavailableError("The API server does not answer.") if fails else None
        asyncio.run(replicas[name].give_back() if gives_back else replicas[name].turn())
        assert sum(replica.leads for replica in replicas.values()) <= 1


async def test_who_waits_for_the_lead_is_woken_by_it_and_again_by_its_loss() -> None:
    """The operator reconciles between the two."""
    store = StoreInMemory()
    election = Election(store, "one", asyncio.get_running_loop().time)
    waiting = asyncio.create_task(election.gain())
    await asyncio.sleep(0)
    assert not waiting.done()
    await election.turn()
    await asyncio.wait_for(waiting, 5)
    assert store.lease is not None
    election._until = asyncio.get_running_loop().time() + 0.05
    await asyncio.wait_for(election.lose(), 5)
    assert not election.leads
    store.lease = replace(store.lease, holder="another", resource_version="elsewhere")
    await election.turn()
    assert not election.leads
