"""What is seen of incidents, and when: by `kubectl get twp`, Events, the log, `twp explain` and alerts."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from typer.testing import CliRunner, Result

from controller.cli.main import app
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import OperatorProcess
from tests.extra.incidents.incident import EVERYWHERE, Incident
from tests.system.operators import log_lines
from tests.system.place import Place

REPORTS: Final = PROJECT_FOLDER / "out"
"""Gets what was seen when."""

PREFIX: Final = "TemporalWorkerPool"
"""Of every alert."""

SENSITIVE: Final = "DataStale"
"""With times that were divided, a reconcile on a busy machine may fire it."""

Alert: TypeAlias = tuple[str, str, str]
"""Name without `PREFIX`, namespace and pool."""


@dataclass
class Staged:
    """An incident at its place, and what was seen of it, in seconds since it happened."""

    place: Place
    incident: Incident
    happened: float | None = None
    seen: dict[str, float] = field(default_factory=dict)
    shown: str = "it never happened"
    """What `kubectl get twp` and the message of `Ready` say now."""
    fired: set[str] = field(default_factory=set)

    @property
    def wrong(self) -> list[str]:
        """What was not seen, or not in time, and the alerts that have another cause."""
        symptoms = self.incident.symptoms
        expected = [kind for kind in EVERYWHERE if kind not in symptoms.unseen]
        late = [f"{k} after {self.seen[k]:.0f} s" for k in expected if self.seen.get(k, 0.0) > symptoms.within_seconds]
        others = self.fired - {*symptoms.alerts, *symptoms.alerts_later, SENSITIVE}
        return [*(k for k in (*expected, *symptoms.alerts) if k not in self.seen), *late, *sorted(others)]

    def note(self, kind: str, *, is_seen: bool) -> None:
        """Note that something is seen, if it is the first time."""
        if is_seen and self.happened is not None:
            self.seen.setdefault(kind, time.monotonic() - self.happened)

    def is_due(self, conditions: dict[str, dict[str, str]]) -> bool:
        """Whether the pool is as well as it has to be before the incident happens."""
        if self.incident.healthy is None:
            return True
        type_, reason, words = self.incident.healthy
        found = conditions.get(type_, {"reason": "", "message": ""})
        return found["reason"] == reason and words in found["message"]


class Watch:
    """Lets incidents happen once their pools are well, and notes when each symptom is first seen."""

    def __init__(
        self,
        operator: OperatorProcess,
        staged: Sequence[Staged],
        alerts: Callable[[], Iterable[Alert]] = lambda: (),
    ) -> None:
        """Watches incidents under an operator; `alerts` gives those that fire."""
        self.operator, self.staged, self._alerts = operator, staged, alerts

    def until_all_is_seen(self, seconds: float, report: str) -> dict[str, list[str]]:
        """Watch until everything was seen, or the time is over; gives what is wrong, by the name of the pool.

        Args:
            seconds: How long at most.
            report: Name of the file that gets what was seen when.
        """
        deadline = time.monotonic() + seconds
        while self._wrong() and time.monotonic() < deadline:
            self._turn()
            time.sleep(0.5)
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / report).write_text(self.report())
        return self._wrong()

    def _wrong(self) -> dict[str, list[str]]:
        return {each.incident.name: each.wrong for each in self.staged if each.wrong}

    def _turn(self) -> None:
        """Go over all of them once."""
        rows = table(self.staged[0].place.cluster.kubectl("get", "twp", "-A"))
        by_pool = {(row["NAMESPACE"], row["NAME"]): row for row in rows}
        lines, alerts = log_lines(self.operator), set(self._alerts())
        for each in self.staged:
            key = each.place.namespace, each.incident.name
            if key in by_pool:
                self._look(each, by_pool[key])
                logged = (line for line in lines if str(line.get("pool", "")).endswith(key[1]))
                word = each.incident.symptoms.log or each.incident.symptoms.reason
                each.note("log", is_seen=any(word in line.values() for line in logged))
                each.fired |= {name for name, *pool in alerts if tuple(pool) == key}
                for name in each.incident.symptoms.alerts:
                    each.note(name, is_seen=name in each.fired)

    def _look(self, each: Staged, row: dict[str, str]) -> None:
        """See what kubectl shows of one."""
        name, symptoms = each.incident.name, each.incident.symptoms
        conditions = each.place.conditions(name)
        if each.happened is None:
            if not each.is_due(conditions):
                return
            each.incident.happen(each.place, name)
            each.happened = time.monotonic()
        message = conditions.get("Ready", {}).get("message", "")
        each.shown = f"{row['READY']} {row['REASON']}: {message}"
        shown = (row["READY"], row["REASON"]) == (symptoms.ready, symptoms.reason)
        each.note("get", is_seen=shown)
        if shown and all(word in message for word in symptoms.words) and "message" not in each.seen:
            each.note("message", is_seen=True)
            assert_explained(each.place, each.incident)
        reasons = {event["reason"] for event in each.place.events(name)}
        each.note("event", is_seen=(symptoms.event or symptoms.reason) in reasons)

    def report(self) -> str:
        """When each symptom was first seen, and what is shown now."""
        lines = []
        for each in self.staged:
            seen = ", ".join(f"{kind} {took:.0f} s" for kind, took in each.seen.items())
            lines += [f"{each.incident.name}: {seen}", f"    {each.shown}"]
        return "\n".join([*lines, ""])


def table(text: str) -> list[dict[str, str]]:
    """What kubectl prints as columns."""
    header, *rows = text.splitlines()
    columns = list(re.finditer(r"\S+", header))
    names, starts = [column[0] for column in columns], [column.start() for column in columns]
    ends = [*starts[1:], None]
    return [
        {name: row[start:end].strip() for name, start, end in zip(names, starts, ends, strict=True)} for row in rows
    ]


def twp(place: Place, *arguments: str) -> Result:
    """Run `twp` for the namespace of a place, as the admin."""
    where = ["--namespace", place.namespace, "--kubeconfig", str(place.cluster.kubeconfig)]
    return CliRunner().invoke(app, [*arguments, *where])


def lacks(output: str, *words: str) -> list[str]:
    """The words that an output has not, wherever its lines break."""
    text = " ".join(output.split())
    return [word for word in words if word not in text]


def assert_explained(place: Place, incident: Incident) -> None:
    """`twp explain` gives the cause in the words of the condition."""
    result = twp(place, "explain", incident.name)
    assert result.exit_code == 0, result.output
    assert lacks(result.output, *incident.symptoms.words) == [], result.output
