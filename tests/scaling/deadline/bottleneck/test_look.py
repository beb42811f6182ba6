"""Which reports say how full the slots are."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.bottleneck import Bottleneck, bottleneck
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW
from tests.scaling.deadline.bottleneck.builders import ASKING, look


def test_pods_that_were_not_heard_since_prove_nothing() -> None:
    """Reports from before the backlog say nothing about it."""
    finding, memory = bottleneck(ASKING, look(reported_at=NOW - 31))
    assert (finding.reason, memory.idle_polls) == (StepReason.SLOTS_LIMIT, 0)


@pytest.mark.parametrize(("heard", "ready", "polls"), [(1, 4, 0), (2, 4, 1), (2, 5, 0), (3, 5, 1)])
def test_half_of_the_replicas_must_have_been_heard(heard: int, ready: int, polls: int) -> None:
    """One of four says nothing of the others."""
    some = look(ready=ready)
    some = replace(some, workers=replace(some.workers, heard=some.workers.heard[:heard]))
    assert bottleneck(Bottleneck(ready=ready, at=NOW - 10), some)[1].idle_polls == polls


def test_where_no_replica_is_ready_none_dispatches() -> None:
    """What the server saw were those that went."""
    assert look(ready=0, rate=10).rate_per_replica == 0


@pytest.mark.parametrize(("used", "full"), [(96, False), (97, True)])
def test_slots_are_full_from_97_percent_on(used: int, *, full: bool) -> None:
    """A slot that was just freed is no idle one."""
    assert replace(look(used=used), slots_per_replica=100).slots_full == full
