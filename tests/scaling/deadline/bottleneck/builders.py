"""Looks, what is remembered at some points of the question, and findings."""

from controller.scaling.deadline.backlog import plausible_backlog
from controller.scaling.deadline.bottleneck import IDLE_POLLS, Bottleneck, Finding, Look, Phase
from controller.scaling.deadline.workers import Heard, Workers
from controller.scaling.reasons import StepReason
from tests.scaling.builders import NOW, statistics

ASKING = Bottleneck(idle_polls=IDLE_POLLS - 1, ready=4, at=NOW - 10)

EXPERIMENTING = Bottleneck(phase=Phase.EXPERIMENT, rate_before=10, ready_before=4, backlog_before=50, ready=6, at=NOW)

ELSEWHERE = Bottleneck(
    phase=Phase.ELSEWHERE, rate_before=10, ready_before=6, backlog_before=50, ready=2, at=NOW, best_rate=2.6
)

LIMITED = Bottleneck(limit_per_second=10.0, limited_at=NOW - 60, ready=4, at=NOW - 10)
"""10 tasks/s of 0.1 s got through a minute ago: at 85 %, 1.2 slots are enough for them."""


def look(
    backlog: int = 50,
    *,
    ready: int = 4,
    used: int = 1,
    rate: float = 10.0,
    recent_rate: float | None = None,
    ready_since: float = NOW - 600,
    starting: int = 0,
    reported_at: float = NOW,
    rate_limiting_active: bool | None = None,
) -> Look:
    """Four pods with one of ten slots in use each, and 50 tasks that have waited for half a minute."""
    heard = tuple(Heard(used, reported_at, ready_since) for _ in range(ready))
    read = statistics(
        backlog,
        age_seconds=30 if backlog else 0,
        dispatch_rate=rate,
        rate_limiting_active=rate_limiting_active,
    )
    return Look(
        now=NOW,
        backlog=plausible_backlog(read, 60),
        standing_since=NOW - 30,
        statistics=read,
        workers=Workers((ready_since,) * ready, (10.0,) * starting, heard, 0),
        slots_per_replica=10,
        service_seconds=0.1,
        recent_rate=rate if recent_rate is None else recent_rate,
    )


def replicas_help(reason: StepReason, message: str, *, step: int = 0, limit: float | None = None) -> Finding:
    """The finding that nothing else is known to be the bottleneck."""
    return Finding(elsewhere=False, replicas=step, reason=reason, message=message, limit_per_second=limit)


def they_do_not(reason: StepReason, message: str) -> Finding:
    """The finding that something else is."""
    return Finding(elsewhere=True, replicas=0, reason=reason, message=message)
