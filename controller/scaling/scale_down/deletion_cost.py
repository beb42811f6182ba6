"""Which pods are to be marked by `controller.kubernetes.io/pod-deletion-cost`, so that idle ones go first.

Marks are few: only as many pods are marked as are not wanted, and a mark is taken back only when it is no longer true.
They are made ahead, while the surplus is still kept, so that the pass that lowers finds them in place. It must not move
them itself: nobody knows whether the ReplicaSet sees a mark that was written together with the number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Final

from controller.scaling.observation import PodObservation
from controller.scaling.scale_down.idleness import Load

MAX_CHANGES: Final = 50
"""Annotations written in one pass, each by a request of its own; what is left waits for the next pass."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pod that may be asked to stop."""

    pod: PodObservation
    load: Load
    """As far as is known now."""
    next_load: Load
    """As far as it will be known at the next poll."""
    expected_tasks: float = 0.0
    """Tasks that its stop is expected to cut short now; 0 where they end in time."""
    next_expected_tasks: float = 0.0
    """The same at the next poll."""
    lasting: float = 1.0
    """How likely it is that it still runs nothing then."""

    @property
    def is_idle(self) -> bool:
        """Whether it is known to run nothing."""
        return self.load == Load.IDLE

    @property
    def markable_as(self) -> int:
        """The lowest cost that it may have: true at the next look, or the one that it has and that is true now."""
        return min(self.next_load, max(self.load, self.pod.deletion_cost))


def changed_costs(
    candidates: Iterable[Candidate], surplus: int, *, lightly_used_too: bool, bearable_tasks: float = inf
) -> Mapping[str, int]:
    """The deletion costs to be written, by pod: marks that are no longer true first, then the idlest pods.

    Args:
        candidates: The pods that were not asked to stop; those that are not ready go first anyway and need no mark.
        surplus: Pods that are not wanted.
        lightly_used_too: Whether lightly used pods may go where there are not enough idle ones.
        bearable_tasks: How many tasks all that are marked may be expected to run at the next poll.
    """
    ready = [candidate for candidate in candidates if candidate.pod.is_ready]
    highest = Load.LIGHT if lightly_used_too else Load.IDLE
    markable = sorted((c for c in ready if c.markable_as <= highest), key=_preference)
    sums = accumulate(candidate.next_expected_tasks for candidate in markable)
    bearable = [candidate for candidate, tasks in zip(markable, sums, strict=True) if tasks <= bearable_tasks]
    chosen = {candidate.pod.name for candidate in bearable[: max(0, surplus)]}
    wanted = {c.pod.name: c.markable_as if c.pod.name in chosen else _unchosen(c) for c in ready}
    changes = [(int(wanted[c.pod.name]), c.pod) for c in ready if wanted[c.pod.name] != c.pod.deletion_cost]
    changes.sort(key=lambda change: (change[0] < change[1].deletion_cost, change[0]))
    return {pod.name: cost for cost, pod in changes[:MAX_CHANGES]}


def _unchosen(candidate: Candidate) -> int:
    """The cost of a pod that need not go: its mark stays while it is true, and nothing is expected to run on it."""
    true = Load.BUSY if candidate.next_expected_tasks else candidate.load
    return max(candidate.pod.deletion_cost, true)


def harmless_changes(changes: Mapping[str, int], candidates: Iterable[Candidate]) -> Mapping[str, int]:
    """Those that may be written together with a lower number: whichever of them arrive in time, no other pod goes.

    An idle pod may only get ahead by them, and one that may run tasks only fall back.
    """
    by_name = {candidate.pod.name: candidate for candidate in candidates}
    return {
        name: cost
        for name, cost in changes.items()
        if (cost < by_name[name].pod.deletion_cost) == by_name[name].is_idle
    }


def _preference(candidate: Candidate) -> tuple[int, float, bool, float, str]:
    """The idlest first; of equals, one that is marked already, then the one that was heard of last.

    Where a task would be cut short, first the pod that is expected to have got the fewest by the next poll.

    Whoever is ready and may be marked has reported: silence counts as busy.
    """
    pod = candidate.pod
    heard_at = min(report.reported_at for report in pod.slots)
    return (
        candidate.markable_as,
        candidate.next_expected_tasks,
        pod.deletion_cost != candidate.markable_as,
        -heard_at,
        pod.name,
    )
