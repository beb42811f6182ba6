"""What the pods' output says of the attempts of tasks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.real.recording import Attempt, Task
from bench.real.worker import Moment


@dataclass(slots=True)
class PodActivity:
    """What was written down about one activity; Unix times."""

    scheduled: float
    attempts: dict[int, Attempt] = field(default_factory=dict)


@dataclass(slots=True)
class PodOutput:
    """Reads the output of a namespace's pods, which grows while it is read."""

    folder: Path
    """Where the kubelet keeps a folder for each pod."""
    namespace: str
    activities: dict[str, PodActivity] = field(default_factory=dict)
    """By ID."""
    _offsets: dict[Path, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def ended(self) -> int:
        """Activities that are done."""
        return sum(any(attempt.completed for attempt in seen.attempts.values()) for seen in self.activities.values())

    def read(self) -> None:
        """Take note of what was written since the last time."""
        for file in self.folder.glob(f"{self.namespace}_*/*.log"):
            with file.open("rb") as opened:
                opened.seek(self._offsets[file])
                # The last line may be only half written.
                text = opened.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._offsets[file] += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                self._note(line.split())

    def _note(self, words: list[str]) -> None:
        """Lines that are not about an attempt (a traceback, the SDK's log) are passed over."""
        if len(words) != 5 or words[0] not in set(Moment):
            return
        moment, name, number, scheduled, at = words[0], words[1], int(words[2]), float(words[3]), float(words[4])
        seen = self.activities.setdefault(name, PodActivity(scheduled))
        start = seen.attempts[number].start if number in seen.attempts else at
        end = None if moment == Moment.START else at
        seen.attempts[number] = Attempt(start, end, cancelled=moment == Moment.CANCELLED)


def tasks_since(
    begin: float, activities: Mapping[str, PodActivity], planned: Mapping[str, float], never: Iterable[Task]
) -> list[Task]:
    """All tasks in the order of their arrival, in seconds since the load's beginning.

    Args:
        begin: Unix time.
        activities: What the pods wrote down.
        planned: How long each activity runs, by ID.
        never: Tasks that no pod ever had.
    """
    started = [_task(begin, seen, planned[name]) for name, seen in activities.items()]
    return sorted([*started, *never], key=lambda task: task.arrived)


def _task(begin: float, seen: PodActivity, seconds: float) -> Task:
    attempts = [seen.attempts[number] for number in sorted(seen.attempts)]
    since = (
        Attempt(a.start - begin, None if a.end is None else a.end - begin, cancelled=a.cancelled) for a in attempts
    )
    return Task(seen.scheduled - begin, seconds, tuple(since))
