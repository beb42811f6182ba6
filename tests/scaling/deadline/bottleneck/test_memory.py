"""What every pass adds to what is remembered."""

from dataclasses import replace
from math import e

import pytest

from controller.scaling.deadline.bottleneck import Bottleneck, bottleneck
from tests.scaling.builders import NOW
from tests.scaling.deadline.bottleneck.builders import ELSEWHERE, look


def test_each_look_is_remembered() -> None:
    """When it was, the ready replicas, and that some went; the best rate is one of the replicas before and now."""
    seen = bottleneck(replace(ELSEWHERE, ready=6, best_rate=0), look())[1]
    assert (seen.at, seen.ready, seen.removed_at) == (NOW, 4, NOW)
    grown = bottleneck(replace(ELSEWHERE, ready=2, best_rate=0), look())[1]
    assert grown.best_rate == pytest.approx(10 / 3)
    alone = bottleneck(Bottleneck(ready=1, at=NOW - 10), look(ready=1))[1]
    assert (alone.removed_at, alone.best_rate) == (None, 10)


def test_what_many_replicas_dispatched_is_no_rate_of_the_one_that_remains() -> None:
    """4 replicas dispatched 3 tasks/s each; the rate of the last window is theirs although 3 of them have gone."""
    shrunk = bottleneck(Bottleneck(ready=4, at=NOW - 10, best_rate=3), look(ready=1, rate=12))[1]
    assert shrunk.best_rate < 3
    settled = bottleneck(replace(shrunk, at=NOW), replace(look(ready=1, rate=12), now=NOW + 35))[1]
    assert settled.best_rate == 12


def test_the_best_rate_fades_from_pass_to_pass() -> None:
    """By 1 / e in 20 minutes in which less got through."""
    memory = bottleneck(Bottleneck(ready=4, at=NOW - 10), look(rate=10))[1]
    later = replace(look(0, rate=0), now=NOW + 1200)
    assert bottleneck(memory, later)[1].best_rate == pytest.approx(2.5 / e)


def test_full_slots_under_a_backlog_forget_the_capacity() -> None:
    """The pollers do keep the slots in use."""
    limited = Bottleneck(capacity_per_second=2.5, at=NOW, ready=4)
    assert bottleneck(limited, look(used=10))[1].capacity_per_second is None
    assert bottleneck(limited, look(backlog=0, used=10))[1].capacity_per_second == pytest.approx(2.5)


def test_the_capacity_is_the_best_settled_rate() -> None:
    """A replica that dispatches more can dispatch more; while pods start, it may have been others that did."""
    limited = Bottleneck(capacity_per_second=2.0, at=NOW, ready=4)
    assert bottleneck(limited, look(rate=12))[1].capacity_per_second == pytest.approx(3)
    assert bottleneck(limited, look(rate=12, starting=1))[1].capacity_per_second == 2
