"""`twp compare`: the score of whatever scaled a Deployment and of its pool, over the same recorded hours."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from controller.api.model import written
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.migrate.hours import ASSUMED_SECONDS, Hours, longest, stretches
from controller.cli.migrate.rerun import as_it_was, as_recommended
from controller.cli.output import NOT_KNOWN, as_json, table
from controller.scaling.recording import Change, RecordingError, replay
from controller.scaling.text import duration
from controller.simulator.outcome import Outcome

EXAMPLE = "Example: twp compare orders --recording recordings/"

MOST_TASKS: Final = 300_000
"""Tasks that are simulated: some minutes."""

LARGEST_ERROR: Final = 0.1
LARGEST_ERROR_OF_COST: Final = 0.15
"""Of the simulator against what was measured: share in time, pod-seconds. Beyond them it proves nothing."""


class Format(StrEnum):
    """The formats of `-o`."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Score:
    """What one scaler did; `None` for what is not known."""

    share: float | None
    """Share of the tasks that started within the objective."""
    pod_seconds: float
    at_risk: int | None
    """Tasks that ran on pods when these were asked to stop, because replicas were lowered."""
    cut_short: int | None
    """Those of them that did not end within the grace period."""
    mean: float
    """Replicas on average."""
    most: int

    @property
    def json(self) -> Mapping[str, Any]:
        """For programs."""
        return {
            "startedInTimePercent": None if self.share is None else round(100 * self.share, 1),
            "podSeconds": round(self.pod_seconds),
            "attemptsAtRisk": self.at_risk,
            "attemptsCutShort": self.cut_short,
            "meanReplicas": round(self.mean, 2),
            "mostReplicas": self.most,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """All scores of the same hours."""

    hours: Hours
    tasks: int
    there: Score
    recommended: Score
    there_again: Score | None
    pool_again: Score | None
    notes: tuple[str, ...]

    @property
    def is_reproduced(self) -> bool:
        """Whether the simulator shows of what was there what was measured."""
        again = self.there_again
        if again is None or self.there.share is None or again.share is None:
            return False
        cost = abs(again.pod_seconds - self.there.pod_seconds) / max(1.0, self.there.pod_seconds)
        return abs(again.share - self.there.share) <= LARGEST_ERROR and cost <= LARGEST_ERROR_OF_COST


def compare(
    name: Annotated[str, typer.Argument(metavar="POOL", help="Name of the pool.")],
    recording: Annotated[
        Path, typer.Option("--recording", help="File of `twp operator run --record`, or the folder of all pools.")
    ],
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Kubernetes namespace, where several have such a pool.")
    ] = None,
    objective: Annotated[
        int | None, typer.Option("--schedule-to-start", min=1, help="Seconds; default: the objective of the pool.")
    ] = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="How it is printed.")] = Format.TABLE,
) -> None:
    """Score what scaled a Deployment, and what its pool recommended, over the same recorded hours.

    The pool has mode Recommend meanwhile, and the operator records it (`--record`). The longest stretch without a gap
    counts. What was there is measured. What would have been with the pool in charge was never there: the hours are
    simulated, once with the replicas that were there and once with the pool, and the first shows how far the simulator
    can be relied on.

    Ends with status 0; with 3 where the simulator does not show what was measured (more than 10 points of the share in
    time, or 15 % of the pod-seconds), so that nothing is known of the pool; with 2 where the recording can't be read.
    """
    found = comparison(_lines(recording, namespace, name), objective)
    typer.echo(as_json(_json(found)) if output == Format.JSON else _text(found))
    raise typer.Exit(ExitStatus.OK if found.is_reproduced else ExitStatus.UNKNOWN)


def comparison(lines: list[str], objective: int | None = None) -> Comparison:
    """Both scores, of the lines of a recording.

    Raises:
        CliError: They can't be read, or say too little.
    """
    spec = _spec(lines)
    seconds = objective or spec.objective.schedule_to_start_seconds
    if seconds is None:
        raise CliError(
            "the objective of the pool is a backlog, which no task keeps or misses; say within how many seconds tasks "
            "should start with --schedule-to-start",
            ExitStatus.USAGE,
        )
    # What comes and how long it takes is learned only with a time as objective.
    change = Change(fields=(("objective", {"scheduleToStartSeconds": seconds}),)) if _needs(spec) else None
    try:
        every = list(stretches(replay(lines, change), spec, seconds))
    except RecordingError as error:
        raise CliError(f"the recording can't be read: {error}", ExitStatus.USAGE) from error
    hours = longest(every)
    if hours is None or hours.seconds <= 0:
        raise CliError("the recording has no two polls without a gap; record for longer", ExitStatus.USAGE)
    return _compared(hours, sum(each.seconds for each in every) - hours.seconds)


def _compared(hours: Hours, left_out_seconds: float) -> Comparison:
    tasks = len(hours.tasks())
    there = _measured(hours)
    recommended = Score(None, hours.seconds_of("recommended"), None, None, *_replicas(hours, "recommended"))
    can_simulate = bool(hours.kinds) and 0 < tasks <= MOST_TASKS
    there_again = _simulated(as_it_was(hours)) if can_simulate else None
    pool_again = _simulated(as_recommended(hours)) if can_simulate else None
    found = Comparison(hours, tasks, there, recommended, there_again, pool_again, ())
    return Comparison(hours, tasks, there, recommended, there_again, pool_again, tuple(_notes(found, left_out_seconds)))


def _measured(hours: Hours) -> Score:
    return Score(hours.share, hours.seconds_of("pods"), hours.at_risk, None, *_replicas(hours, "replicas"))


def _replicas(hours: Hours, count: str) -> tuple[float, int]:
    return hours.seconds_of(count) / hours.seconds, max(int(getattr(poll, count)) for poll in hours.polls)


def _simulated(outcome: Outcome) -> Score:
    replicas = [sample.replicas for sample in outcome.samples]
    share = outcome.share_within_objective if outcome.waits else None
    return Score(
        share, outcome.pod_seconds, outcome.at_risk, outcome.cut_short, sum(replicas) / len(replicas), max(replicas)
    )


def _notes(found: Comparison, left_out_seconds: float) -> Iterator[str]:
    """What can't be known, and why."""
    hours = found.hours
    if hours.spec.mode != Mode.RECOMMEND:
        yield "mode was Auto: what was there was set by this pool itself."
    if left_out_seconds:
        yield f"{duration(left_out_seconds)} of the recording are left out: a gap or another mode lies between."
    if not hours.kinds:
        yield "The slots of a replica are not known, so nothing was simulated: set slots in the pool."
    elif not found.tasks:
        yield "No tasks came, so only the replicas can be compared."
    elif found.tasks > MOST_TASKS:
        yield f"{found.tasks:,} tasks are more than the {MOST_TASKS:,} that are simulated: compare a shorter recording."
    elif not found.is_reproduced:
        yield (
            "The simulator does not show what was measured (first and third column differ by more than 10 points or "
            "15 %): the last column proves nothing."
        )
    yield (
        "Simulated: tasks come evenly between two polls and take as long as their mean then; sticky workflow tasks, "
        "Queries and what other services allow are not in it."
    )
    yield from _assumptions(hours)


def _assumptions(hours: Hours) -> Iterator[str]:
    """What the simulation takes for given."""
    if unmeasured := [name for name in hours.kinds if hours.arrivals.get(name) and not hours.durations.get(name)]:
        yield f"No task of {', '.join(unmeasured)} was measured: each is taken to run for {ASSUMED_SECONDS:g} s."
    if not hours.start_ups:
        yield f"No pod started meanwhile: a start is taken to last {hours.start_up_seconds:.0f} s."
    if hours.spec.schedules:
        yield "Schedules of the pool are not simulated."
    if hours.at_risk is None:
        yield "What the pods ran is not known, so neither is what scale-downs put at risk."


def _text(found: Comparison) -> str:
    hours = found.hours
    head = f"{hours.pool}, {written(hours.since)} to {written(hours.until)} ({duration(hours.seconds)}): "
    head += f"{len(hours.polls):,} polls, {found.tasks:,} tasks"
    columns = (found.there, found.recommended, found.there_again, found.pool_again)
    rows = [
        [f"started within {hours.objective_seconds:g} s", *(_percent(each) for each in columns)],
        ["pod-seconds", *(_cell(each and f"{each.pod_seconds:,.0f}") for each in columns)],
        ["attempts at risk", *(_cell(each and each.at_risk) for each in columns)],
        ["of them cut short", *(_cell(each and each.cut_short) for each in columns)],
        ["replicas, mean", *(_cell(each and f"{each.mean:.1f}") for each in columns)],
        ["replicas, most", *(_cell(each and each.most) for each in columns)],
    ]
    header = ("", "THERE", "RECOMMENDED", "THERE, SIMULATED", "POOL, SIMULATED")
    return "\n".join([head, "", table(header, rows), "", *found.notes])


def _percent(score: Score | None) -> str:
    return NOT_KNOWN if score is None or score.share is None else f"{100 * score.share:.1f} %"


def _cell(value: object) -> str:
    return NOT_KNOWN if value is None else str(value)


def _json(found: Comparison) -> Mapping[str, Any]:
    hours = found.hours
    scores = {
        "there": found.there,
        "recommended": found.recommended,
        "thereSimulated": found.there_again,
        "poolSimulated": found.pool_again,
    }
    return {
        "pool": hours.pool,
        "since": written(hours.since),
        "until": written(hours.until),
        "polls": len(hours.polls),
        "tasks": found.tasks,
        "scheduleToStartSeconds": hours.objective_seconds,
        **{name: score.json if score else None for name, score in scores.items()},
        "reproduced": found.is_reproduced,
        "notes": list(found.notes),
    }


def _lines(place: Path, namespace: str | None, name: str) -> list[str]:
    """All lines of the recording of a pool, those that were set aside first."""
    file = _file(place, namespace, name)
    older = file.with_suffix(".1.jsonl")
    try:
        texts = [each.read_text(encoding="utf-8") for each in (older, file) if each.is_file() or each == file]
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{file} can't be read: {error}", ExitStatus.USAGE) from error
    return [line for text in texts for line in text.splitlines()]


def _file(place: Path, namespace: str | None, name: str) -> Path:
    if not place.is_dir():
        return place
    found = sorted(
        each for each in place.glob(f"{namespace or '*'}.{name}.jsonl") if not each.name.endswith(".1.jsonl")
    )
    if len(found) != 1:
        names = ", ".join(each.name for each in found)
        hint = f"choose a namespace with -n: {names}" if found else "is the pool recorded, and the folder right?"
        raise CliError(f"{place} has {len(found)} recordings of a pool {name}; {hint}", ExitStatus.USAGE)
    return found[0]


def _needs(spec: TemporalWorkerPoolSpec) -> bool:
    return spec.objective.schedule_to_start_seconds is None


def _spec(lines: list[str]) -> TemporalWorkerPoolSpec:
    """The pool as it was recorded last."""
    for line in reversed(lines):
        if line.startswith(('{"kind":"spec"', '{"kind":"start"')):
            try:
                return TemporalWorkerPoolSpec.from_manifest(json.loads(line)["spec"])
            except (ValueError, KeyError) as error:
                raise CliError(f"the recording has a pool that can't be read: {error}", ExitStatus.USAGE) from error
    raise CliError("the recording has no pool", ExitStatus.USAGE)
