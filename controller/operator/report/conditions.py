"""What a pass found out, and the conditions that it makes: one finding for each aspect of a pool."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from controller.api.conditions import ConditionReason, ConditionType
from controller.api.model import timestamp
from controller.api.status import Condition, ConditionStatus

NEEDED: Final = (
    ConditionType.CONNECTED,
    ConditionType.TARGET_FOUND,
    ConditionType.SCALING_ACTIVE,
    ConditionType.ABLE_TO_SCALE,
)
"""What `Ready` needs. Slots that wait for a free moment and pods that do not report may stay so in a healthy pool: they
are told by their own conditions, and whoever waits for `Ready` must not wait for them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One aspect of a pool as this pass found it; the reason names condition and status."""

    reason: ConditionReason
    message: str
    """What happened, the numbers, and what to do."""

    @property
    def condition(self) -> ConditionType:
        """The condition that this finding sets."""
        return self.reason.condition

    @property
    def is_in_the_way(self) -> bool:
        """Whether the pool is not scaled as it should be because of this, so that `Ready` has to repeat it."""
        return self.condition in NEEDED and self.reason.status != ConditionStatus.TRUE


def stated(reason: ConditionReason, message: str | None = None) -> Finding:
    """A finding with its own words, or with those of the reason."""
    words = message or " ".join(filter(None, (reason.cause, reason.remedy)))
    return Finding(reason, words)


def summary(findings: Iterable[Finding], good: Finding) -> Finding:
    """The finding for `Ready`: the first thing in the way in the order of `ConditionType`, else `good`."""
    order = list(ConditionType)
    in_the_way = (finding for finding in findings if finding.is_in_the_way)
    return min(in_the_way, key=lambda finding: order.index(finding.condition), default=good)


def conditions(
    findings: Iterable[Finding], ready: Finding, previous: tuple[Condition, ...], generation: int, now: float
) -> tuple[Condition, ...]:
    """The conditions of a pool; an aspect that this pass had no word on keeps its condition.

    Args:
        findings: What this pass found, at most one for each condition.
        ready: The summary.
        previous: The conditions as they were last written.
        generation: Generation of the spec that the pass looked at.
        now: Seconds since the Unix epoch; becomes the transition time of what changed its status.
    """
    known = {condition.type: condition for condition in previous}
    stated_now = [(ConditionType.READY, ready), *((f.condition, f) for f in findings)]
    for type_, finding in stated_now:
        known[type_] = _condition(type_, finding, known.get(type_), generation, now)
    return tuple(known[type_] for type_ in ConditionType if type_ in known)


def _condition(
    type_: ConditionType, finding: Finding, previous: Condition | None, generation: int, now: float
) -> Condition:
    unchanged = previous is not None and previous.status == finding.reason.status
    since = previous.last_transition_time if previous and unchanged else timestamp(now)
    return Condition(
        type=type_,
        status=finding.reason.status,
        observed_generation=generation,
        last_transition_time=since,
        reason=finding.reason,
        message=finding.message,
    )
