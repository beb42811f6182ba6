"""What passes reported of all pools in the last hours, in bounded memory: about 64 kB a pool, when all is full.

| what                       | kept                                                                        |
|----------------------------|-----------------------------------------------------------------------------|
| numbers                    | of each pass for 15 min (180 at most), and a row a minute for 6 h           |
| decisions with their steps | of the last passes, 4 kB; each that gave another number of replicas or      |
|                            | another `Ready`, and one each 5 min where only their numbers differ: 20 kB  |
| Events                     | 3 kB                                                                        |
| the last pass              | status, situation and decision, which the operator has in memory anyway     |

Sizes are those of compressed text, of which 1 kB holds about 7 decisions or 30 Events.
A pool that is gone leaves nothing behind.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from controller.page.pass_record import Decided, PassRecord
from controller.page.series import Series
from controller.page.text_log import Entry, TextLog

RECENT_BYTES: Final = 4 * 1024
DECISIONS_BYTES: Final = 20 * 1024
EVENTS_BYTES: Final = 3 * 1024
"""Compressed text that is kept of one pool."""

DRIFT_SECONDS: Final = 300.0
"""How often a decision is kept of which only the numbers differ."""

PoolKey: TypeAlias = tuple[str, str]
"""Kubernetes namespace and name."""


class PoolHistory:
    """What passes reported of one pool."""

    def __init__(self, record: PassRecord) -> None:
        """Begins with its first pass."""
        self.series = Series()
        self.decisions = TextLog(DECISIONS_BYTES)
        self._recent = TextLog(RECENT_BYTES)
        self.events = TextLog(EVENTS_BYTES)
        self.last = record
        self.last_decided: PassRecord | None = None
        """The last pass that came to a decision."""
        self._kept: tuple[float, object] | None = None
        """When the last decision was kept, and what it came to."""
        self._events_due: frozenset[str] = frozenset()

    def add(self, record: PassRecord) -> None:
        """Adds a pass."""
        self.last = record
        if record.decided:
            self.last_decided = record
        self.series.add(record.at, record.row)
        self._keep_decision(record)
        for event in record.events:
            if event.name not in self._events_due:
                self.events.add(event.at, {"type": event.type, "reason": event.reason, "note": event.note})
        self._events_due = frozenset(event.name for event in record.events)

    def decided_at(self, time: float) -> tuple[Entry | None, Entry | None]:
        """The decision in force at a time, and the next one that is known; `None`: none is."""
        kept, next_kept = self.decisions.around(time)
        recent, next_recent = self._recent.around(time)
        entry = max(filter(None, (kept, recent)), key=lambda entry: entry.at, default=None)
        after = min(filter(None, (next_kept, next_recent)), key=lambda entry: entry.at, default=None)
        return entry, after

    def _keep_decision(self, record: PassRecord) -> None:
        entry = decision_entry(record)
        self._recent.add(record.at, entry)
        came_to, before = _came_to(record), self._kept
        if before and before[1] == came_to and 0 <= record.at - before[0] < DRIFT_SECONDS:
            return
        self._kept = record.at, came_to
        self.decisions.add(record.at, entry)


class History:
    """What passes reported of all pools."""

    def __init__(self) -> None:
        """Nothing was reported yet."""
        self._pools: dict[PoolKey, PoolHistory] = {}

    def record(self, record: PassRecord) -> None:
        """Adds a pass; a pool that was made anew under its name begins anew."""
        known = self._pools.get(record.key)
        if known is None or known.last.uid != record.uid:
            known = self._pools[record.key] = PoolHistory(record)
        known.add(record)

    def forget(self, key: PoolKey) -> None:
        """Drops a pool that is gone."""
        self._pools.pop(key, None)

    def get(self, key: PoolKey) -> PoolHistory | None:
        """What is known of a pool; `None` where no pass over it has ended."""
        return self._pools.get(key)

    def __iter__(self) -> Iterator[PoolHistory]:
        """Every pool, by namespace and name."""
        return iter([self._pools[key] for key in sorted(self._pools)])


def decision_entry(record: PassRecord) -> dict[str, Any]:
    """What a pass decided and how `Ready` reports it, as JSON; steps as lists, which take less room than objects."""
    ready, decided = record.ready, record.decided
    entry: dict[str, Any] = {
        "ready": ready and {"status": ready.status, "reason": ready.reason, "message": ready.message}
    }
    return entry | (_decided(decided) if decided else {})


def _decided(decided: Decided) -> dict[str, Any]:
    decision = decided.decision
    return {
        "current": decision.current_replicas,
        "desired": decision.desired_replicas,
        "needed": decision.needed,
        "decidedBy": decision.deciding_step.rule,
        "explanation": decision.explanation,
        "steps": [
            [step.rule, step.reason, step.message, step.replicas_before, step.replicas_after] for step in decision.steps
        ],
    }


def _came_to(record: PassRecord) -> object:
    """What a pass came to, without its sentences."""
    ready, decided = record.ready, record.decided
    return ready and (ready.status, ready.reason), decided and decided.decision.desired_replicas
