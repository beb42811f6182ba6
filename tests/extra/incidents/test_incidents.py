"""Trouble is seen within seconds where people look first: `kubectl get twp`, Events, the log, and `twp explain`."""

import time
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from controller.cli.main import app
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import OperatorProcess
from tests.extra.incidents.incident import Incident
from tests.extra.incidents.incidents import incidents, priority
from tests.system.operators import log_lines
from tests.system.place import Place

pytestmark = pytest.mark.long

DEADLINE_SECONDS = 240.0
"""How long all may take together, on a busy machine."""

REPORT = PROJECT_FOLDER / "out" / "incidents.txt"
"""Gets what was seen when."""


class Watch:
    """Lets incidents happen once their pools are well, and notes when each symptom is first seen."""

    def __init__(self, place: Place, operator: OperatorProcess, staged: list[Incident]) -> None:
        self.place = place
        self._operator = operator
        self.staged = staged
        self._happened: dict[str, float] = {}
        self.seen: dict[str, dict[str, float]] = {incident.name: {} for incident in staged}
        self.last: dict[str, str] = {}
        self._explained: set[str] = set()

    def is_over(self) -> bool:
        """Whether everything of all of them was seen."""
        return all(not self.missing(incident) for incident in self.staged)

    def missing(self, incident: Incident) -> list[str]:
        """What was not seen of one, or not in time."""
        seconds = self.seen[incident.name]
        late = [
            f"{kind} after {took:.0f} s" for kind, took in seconds.items() if took > incident.symptoms.within_seconds
        ]
        return [kind for kind in ("get", "message", "event", "log") if kind not in seconds] + late

    def turn(self) -> None:
        """Go over all of them once."""
        rows = {row["NAME"]: row for row in _table(self.place.kubectl("get", "twp"))}
        for incident in self.staged:
            if incident.name in rows:
                self._turn(incident, rows[incident.name])

    def _turn(self, incident: Incident, row: dict[str, str]) -> None:
        conditions = self.place.conditions(incident.name)
        if incident.name not in self._happened:
            if incident.healthy:
                type_, reason, words = incident.healthy
                found = conditions.get(type_, {"reason": "", "message": ""})
                if found["reason"] != reason or words not in found["message"]:
                    return
            incident.happen(self.place, incident.name)
            self._happened[incident.name] = time.monotonic()
        symptoms, message = incident.symptoms, conditions.get("Ready", {}).get("message", "")
        self.last[incident.name] = f"{row['READY']} {row['REASON']}: {message}"
        shown = (row["READY"], row["REASON"]) == (symptoms.ready, symptoms.reason)
        self._note(incident, "get", shown)
        self._note(incident, "message", shown and all(word in message for word in symptoms.words))
        if "message" in self.seen[incident.name] and incident.name not in self._explained:
            self._explained.add(incident.name)
            assert_explained(self.place, incident)
        self._note(
            incident,
            "event",
            (symptoms.event or symptoms.reason) in {e["reason"] for e in self.place.events(incident.name)},
        )
        logged = (line for line in log_lines(self._operator) if line.get("pool") == incident.name)
        self._note(incident, "log", any((symptoms.log or symptoms.reason) in line.values() for line in logged))

    def _note(self, incident: Incident, kind: str, is_seen: bool) -> None:  # noqa: FBT001 - what was seen
        if is_seen:
            self.seen[incident.name].setdefault(kind, time.monotonic() - self._happened[incident.name])

    def report(self) -> str:
        """When each symptom was first seen, and what is shown now."""
        lines = []
        for incident in self.staged:
            seen = ", ".join(f"{kind} {took:.0f} s" for kind, took in self.seen[incident.name].items())
            lines += [f"{incident.name}: {seen}", f"    {self.last.get(incident.name, 'it never happened')}"]
        return "\n".join(lines)


def _table(text: str) -> list[dict[str, str]]:
    """What kubectl prints as columns."""
    header, *rows = text.splitlines()
    names = header.split()
    starts = [header.index(name) for name in names]
    ends = [*starts[1:], None]
    return [
        {name: row[start:end].strip() for name, start, end in zip(names, starts, ends, strict=True)} for row in rows
    ]


def assert_explained(place: Place, incident: Incident) -> None:
    """`twp explain` gives the cause in the words of the condition, wherever its lines break."""
    where = ["--namespace", place.namespace, "--kubeconfig", str(place.cluster.kubeconfig)]
    result = CliRunner().invoke(app, ["explain", incident.name, *where])
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert [word for word in incident.symptoms.words if word not in told] == [], result.output


@pytest.fixture
def staged(place: Place, operator: OperatorProcess) -> Iterator[Watch]:
    """All incidents, applied."""
    assert operator.get("/readyz") == "ok"
    with incidents(place) as all_of_them:
        for incident in all_of_them:
            place.apply(*incident.manifests(place, incident.name))
        yield Watch(place, operator, all_of_them)
    place.kubectl("delete", "priorityclass", priority(place))


def test_trouble_is_seen_where_people_look(staged: Watch) -> None:
    """Each incident by its own cause, whatever else is wrong beside it."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not staged.is_over() and time.monotonic() < deadline:
        staged.turn()
        time.sleep(0.5)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(staged.report())
    missing = {i.name: staged.missing(i) for i in staged.staged if staged.missing(i)}
    assert missing == {}, staged.report()
