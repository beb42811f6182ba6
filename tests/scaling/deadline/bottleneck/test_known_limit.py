"""What gets through is remembered as a limit, and doubted."""

from dataclasses import replace

import pytest

from controller.scaling.deadline.bottleneck import IDLE_POLLS, Bottleneck, Look, Phase, bottleneck
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW
from tests.scaling.deadline.bottleneck.builders import ELSEWHERE, LIMITED, look, replicas_help


@pytest.mark.parametrize(
    ("memory", "seen", "limit"),
    [
        pytest.param(ELSEWHERE, look(ready=2, rate=8), 8, id="what gets through beside idle slots"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), look(ready=2, rate=8), 9, id="the most that did"),
        pytest.param(Bottleneck(), look(rate=0.7, rate_limiting_active=True), 0.7, id="what the server says it limits"),
    ],
)
def test_what_gets_through_is_remembered(memory: Bottleneck, seen: Look, limit: float) -> None:
    """The next burst meets the same limit."""
    learned = bottleneck(memory, seen)[1]
    assert (learned.limit_per_second, learned.limited_at) == (limit, NOW)


def test_what_got_through_is_remembered_while_nothing_waits() -> None:
    """For 20 minutes from when it was seen."""
    learned = bottleneck(replace(LIMITED, limited_at=NOW - 1200), look(0, rate=2))[1]
    assert (learned.limit_per_second, learned.limited_at) == (10, NOW - 1200)
    assert bottleneck(replace(LIMITED, limited_at=NOW), look(0, rate=2))[1].limit_per_second == 10


def test_a_burst_behind_a_known_limit_says_so() -> None:
    """Four fifths of the slots are in use: full enough to buy more, were it not for the limit."""
    finding, _ = bottleneck(LIMITED, look(used=9))
    message = (
        "Lately 10.00 tasks/s got through, whatever the replicas: none is added beyond what those need, unless their "
        "slots are full."
    )
    assert finding == replicas_help(StepReason.LIMIT_KNOWN, message, limit=10)
    assert bottleneck(LIMITED, look(0))[0].reason == StepReason.SLOTS_LIMIT


def test_a_known_limit_needs_no_experiment() -> None:
    """Three polls with idle slots, and it is the limit again."""
    limited = replace(LIMITED, idle_polls=IDLE_POLLS - 1)
    assert bottleneck(limited, look())[1].phase == Phase.ELSEWHERE


@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        pytest.param(LIMITED, look(used=10), id="full slots, enough for it"),
        pytest.param(
            replace(LIMITED, limit_per_second=34.0),
            replace(look(used=10), service_seconds=1.0),
            id="full slots, just enough for it: 34 of 40 are the 85 % that are planned with",
        ),
        pytest.param(LIMITED, look(rate=12), id="more gets through than chance explains"),
        pytest.param(replace(LIMITED, limited_at=NOW - 1201), look(rate=2), id="20 minutes ago"),
        pytest.param(replace(LIMITED, limited_at=NOW + 1), look(rate=2), id="in the future: a clock went back"),
        pytest.param(replace(LIMITED, capacity_per_second=2.5), look(), id="it was too few pollers"),
        pytest.param(replace(ELSEWHERE, limit_per_second=9), look(100, used=10, ready=2), id="a true burst"),
        pytest.param(
            replace(ELSEWHERE, limit_per_second=9, limited_at=NOW - 10),
            replace(look(100, used=10, ready=2), service_seconds=4.0),
            id="a true burst, at fewer slots than the limit would fill",
        ),
    ],
)
def test_a_limit_that_may_not_hold_is_forgotten(memory: Bottleneck, seen: Look) -> None:
    """Rather an experiment again than tasks that wait for nothing."""
    assert bottleneck(memory, seen)[1].limit_per_second is None


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(look(0, used=10), id="full slots, and nothing waits"),
        pytest.param(replace(look(used=10, ready=1), service_seconds=1.0), id="full slots, too few for it"),
        pytest.param(look(rate=11.4), id="more gets through, as chance may have it"),
        pytest.param(look(used=9), id="a slot of each idles"),
    ],
)
def test_a_limit_that_may_hold_is_kept(seen: Look) -> None:
    """11.8 slots for 10 tasks/s of 1 s: one replica of 10 is full without them."""
    assert bottleneck(LIMITED, seen)[1].limit_per_second == 10


def test_that_nothing_gets_through_is_a_limit_while_nothing_does() -> None:
    """Tasks that no worker can take: a rate of zero does not exceed a limit of zero."""
    assert bottleneck(replace(LIMITED, limit_per_second=0.0), look(rate=0))[1].limit_per_second == 0
