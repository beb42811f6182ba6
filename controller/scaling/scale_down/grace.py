"""Whether a busy pod may be asked to stop: whether its tasks end before the kubelet kills it."""

from dataclasses import dataclass, replace
from typing import Final

from controller.api.spec import Disruption, TemporalWorkerPoolSpec
from controller.scaling.decision import Decision, Proposal, Situation
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, used

LONGEST_TO_MEAN: Final = 2.0
"""What is planned with where only a mean was measured: the longest of many tasks takes longer than their mean."""


DOUBT: Final = 1.5
"""By how much a mean must exceed `taskDurationSeconds.max` before that counts no more: a mean that was learned from
a few tasks, with reports of 10 s ago, was a fifth too high."""


@dataclass(frozen=True, slots=True)
class LongestTask:
    """The longest task, and how that is known."""

    seconds: float
    evidence: str
    """In words, for a sentence about it."""

    def fits(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        return self.seconds <= seconds


def longest_task(spec: TemporalWorkerPoolSpec, mean_seconds: float | None) -> LongestTask | None:
    """`taskDurationSeconds.max`, unless the mean is far longer still; else twice the mean; `None` if neither is known.

    Args:
        spec: Has `taskDurationSeconds.max`.
        mean_seconds: Mean time that a task of the slowest kind takes; `None` where it is not known.
    """
    hint = spec.task_duration_seconds.max
    if hint is not None and (mean_seconds is None or mean_seconds <= DOUBT * hint):
        return LongestTask(hint, f"taskDurationSeconds.max is {hint:g} s")
    if mean_seconds is None:
        return None
    longest = LONGEST_TO_MEAN * mean_seconds
    return LongestTask(longest, f"a task takes {mean_seconds:.3g} s on average, up to {longest:.3g} s")


def measured_task_seconds(memory: Memory) -> float | None:
    """Mean time that a task of the slowest kind took; `None` while fewer tasks have ended than run."""
    means = [seconds for learned in memory.queues.values() if (seconds := learned.service_time.measured_seconds)]
    return max(means, default=None)


DEFAULT_GRACE_SECONDS: Final = 30.0
"""`terminationGracePeriodSeconds` of a pod that does not set it."""

OUTLASTED_SECONDS: Final = 1200.0
"""How long it counts that pods that were asked to stop ran tasks for longer than was planned with."""


def grace_seconds(observation: Observation) -> float:
    """Seconds that a pod has from SIGTERM to the kill."""
    return DEFAULT_GRACE_SECONDS if observation.grace_seconds is None else observation.grace_seconds


def known_longest_task(situation: Situation, proposal: Proposal | Decision) -> LongestTask | None:
    """The longest task by `taskDurationSeconds.max` or by what the policy plans with."""
    return longest_task(situation.spec, None if proposal.need is None else proposal.need.service_seconds)


def observe_drains(situation: Situation, proposal: Proposal) -> Proposal:
    """Remembers when pods that were asked to stop still ran tasks after the time that tasks should take.

    Where `taskDurationSeconds.max` is not set, that is the share of the grace period that the mean of
    the tasks may take.
    """
    hint = situation.spec.task_duration_seconds.max
    limit = hint or grace_seconds(situation.observation) / LONGEST_TO_MEAN
    removed_at = max((a.at for a in situation.memory.scale_actions if a.change < 0), default=None)
    if removed_at is None or situation.now - removed_at < limit:
        return proposal
    if not any(used(pod.slots) for pod in situation.observation.pods if pod.terminating):
        return proposal
    return replace(proposal, memory=replace(proposal.memory, outlasted_at=situation.now))


def why_idle_only(situation: Situation, proposal: Proposal | Decision) -> str | None:
    """Why no busy pod may be asked to stop, in words; `None` if one may."""
    if situation.spec.disruption == Disruption.IDLE_ONLY:
        return "disruption is IdleOnly"
    return why_cut_short(situation, proposal)


def why_cut_short(situation: Situation, proposal: Proposal | Decision) -> str | None:
    """Why the tasks of a pod that is asked to stop may be cut short, in words; `None` if they end in time."""
    grace, longest = grace_seconds(situation.observation), known_longest_task(situation, proposal)
    if situation.spec.task_duration_seconds.max is None and proposal.need is not None and proposal.need.unmeasured:
        return "too few tasks have ended to say how long one takes, and taskDurationSeconds.max is not set"
    if longest and not longest.fits(grace):
        return f"{longest.evidence}, and the termination grace period is {grace:g} s"
    outlasted_at = proposal.memory.outlasted_at
    if outlasted_at is not None and situation.now - outlasted_at < OUTLASTED_SECONDS:
        return "pods that drained lately ran tasks for longer than tasks were expected to take"
    return None
