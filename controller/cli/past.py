"""What was decided at an earlier time: by the operator's page, a recording, or what status and Events still have."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, cast
from urllib.parse import quote

import aiohttp
import typer

from controller.api.model import written
from controller.api.status import DecisionStep, ScaleActionStatus
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import PoolRecord
from controller.cli.pool_text import changes_of, decision_from, limits, queue_sentence
from controller.cli.story import Story
from controller.cluster.fields import Fields
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.recording import RecordingError, Replayed, replay
from controller.scaling.text import counted, does, duration, number
from controller.scaling.what_if import next_change

OperatorUrl = Annotated[
    str | None,
    typer.Option("--operator-url", help="The operator's page, such as http://localhost:8081; it knows each step."),
]

REQUEST_SECONDS: Final = 10.0

GAP_SECONDS: Final = 120.0
"""Between two decisions of an operator that runs there is less: the longest polling interval, and a retry."""


def from_status(pool: PoolRecord, at: float) -> Story | None:
    """By the scale actions that status has: who set the replicas of that time, and why; `None` if it is not known."""
    actions = pool.status.scale_actions
    during = next((action for action in actions if _began(action) <= at < action.time.timestamp()), None)
    if during is not None:
        return _during(pool, during, at)
    before = [action for action in actions if action.time.timestamp() <= at]
    after = next((action for action in actions if action.time.timestamp() > at), None)
    if not before:
        return None
    last = before[-1]
    return Story(
        f"{pool.namespace}/{pool.name}",
        last.time.timestamp(),
        _decision(last),
        notes=(
            f"{counted(last.to, 'replica')} at {written(at)}, set {_when(last)}; {_until(after)}.",
            "The operator's page (--operator-url) and recordings (--recording) know all steps of that moment.",
        ),
    )


def _during(pool: PoolRecord, action: ScaleActionStatus, at: float) -> Story:
    """A time between the first and the last of several changes that status has as one."""
    began, ended = written(_began(action)), written(action.time.timestamp())
    note = (
        f"{written(at)} was amid {action.count} changes from {began} until {ended}: "
        f"{action.from_} replicas before, {action.to} after. The operator's page (--operator-url) and recordings "
        "(--recording) know each."
    )
    return Story(f"{pool.namespace}/{pool.name}", action.time.timestamp(), _decision(action), notes=(note,))


def _began(action: ScaleActionStatus) -> float:
    return (action.first_time or action.time).timestamp()


def known_since(pool: PoolRecord) -> float | None:
    """The time of the oldest scale action that status has."""
    return next((_began(action) for action in pool.status.scale_actions), None)


async def from_operator(url: str, pool: str, at: float) -> Story:
    """By the operator's page, such as at the end of `kubectl port-forward`.

    Raises:
        CliError: It does not answer, or does not know the moment; the text is the operator's.
    """
    return of_answer(pool, await _asked(url, pool, at=at))


async def last_of_operator(url: str, pool: str) -> Replayed:
    """The last decision, with all that it was made from, by the operator's page.

    Raises:
        CliError: It does not answer, or is of another version.
    """
    answer = await _asked(url, f"{pool}/situation")
    try:
        return next(replay(json.dumps(answer.get(kind)) for kind in ("start", "poll")))
    except (RecordingError, StopIteration) as error:
        what = f"{url}: its last decision can't be read by this version of twp: {error}; use the operator's version"
        raise CliError(what, ExitStatus.USAGE) from error


async def _asked(url: str, path: str, **query: float) -> Mapping[str, Any]:
    """What the operator's page answers about a pool."""
    place = f"{url.rstrip('/')}/api/pools/{'/'.join(quote(part, safe='') for part in path.split('/'))}"
    try:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(place, params=query) as answer:
            body = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        what = str(error) or type(error).__name__
        hint = "check --operator-url, and that the operator serves its page"
        raise CliError(f"could not ask {place}: {what}; {hint}", ExitStatus.UNREACHABLE) from error
    if answer.status >= 400:
        refused = Fields(body).text("error") or f"HTTP {answer.status}"
        raise CliError(f"{place}: {refused}", ExitStatus.NOT_FOUND)
    return Fields(body).raw


def of_answer(pool: str, answer: Mapping[str, Any]) -> Story:
    """The story of an answer of the operator's page."""
    decision, numbers = Fields(answer).part("decision"), Fields(answer).part("numbers")
    steps = [DecisionStep.from_manifest(step.raw) for step in decision.items("steps")]
    made = decision_from(steps, steps[-1].after if steps else None)
    at = float(decision.raw.get("at") or answer.get("at") or 0.0)
    until = decision.raw.get("until")
    notes = [f"It stood until {written(float(until))}."] if until else []
    if not steps:
        notes.append("The reconcile of that moment ended without a decision.")
    changes = tuple(change.text for change in limits(made))
    return Story(pool, at, made, _numbers(numbers.raw), changes=changes, notes=tuple(notes))


def from_recording(place: Path, pool: str, at: float) -> Story:
    """By a recording of `twp operator run --record`: its file, or the folder with one for each pool.

    Raises:
        CliError: It can't be read, or has nothing of that time.
    """
    file = place / f"{pool.replace('/', '.')}.jsonl" if place.is_dir() else place
    older = file.with_suffix(".1.jsonl")
    try:
        found = _last_before(older, at) if older.is_file() else None
        found = _last_before(file, at) or found
    except (RecordingError, OSError, UnicodeDecodeError) as error:
        raise CliError(f"{file}: {error}", ExitStatus.USAGE) from error
    if found is None:
        raise CliError(f"{file} has no decision of {written(at)} or before", ExitStatus.NOT_FOUND)
    return of_recording(found, at)


def of_recording(found: Replayed, at: float) -> Story:
    """The story of a recorded decision, with what would have changed it."""
    # Only here, because these take longer to import than another command to answer.
    from controller.operator.report.next_change import next_change_status  # noqa: PLC0415
    from controller.operator.report.status import task_queues  # noqa: PLC0415

    situation, decision = found.situation, found.decision
    queues = [(queue.name, task) for queue in task_queues(situation.observation) for task in queue.tasks]
    change = next_change_status(next_change(situation, decision, decision.memory))
    waiting = {(name, str(task.type)): task.backlog for name, task in queues}
    gap = at - found.now
    notes = (
        (f"The recording has no decision of the {duration(gap)} before that time: it ended.",)
        if gap > GAP_SECONDS
        else ()
    )
    return Story(
        found.pool,
        found.now,
        decision,
        tuple(queue_sentence(name, task) for name, task in queues),
        changes=tuple(each.text for each in (*(changes_of(change, waiting, at) if change else ()), *limits(decision))),
        notes=notes,
    )


def _last_before(file: Path, at: float) -> Replayed | None:
    found = None
    with file.open(encoding="utf-8") as lines:
        for replayed in replay(lines):
            if replayed.now > at:
                break
            found = replayed
    return found


def _decision(action: ScaleActionStatus) -> Decision:
    """What a scale action says of its decision: the step that decided."""
    rule = Rule.OTHERS if action.by else Rule.DEMAND
    step = Step(rule, cast("StepReason", action.reason), action.message, action.from_, action.to)
    return Decision(action.from_, action.to, (step,), Memory())


def _when(action: ScaleActionStatus) -> str:
    return f"at {written(action.time.timestamp())} by {action.by or 'the operator'}"


def _until(after: ScaleActionStatus | None) -> str:
    if after is None:
        return "nothing changed them since"
    return f"the next change, {after.from_} → {after.to}, was made {_when(after)}"


def _numbers(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    """What was read at that moment, all queues together."""
    backlog, oldest, used = numbers.get("backlog"), numbers.get("backlogAgeSeconds"), numbers.get("slotsUsed")
    requested, ready, slots = numbers.get("requested"), numbers.get("ready"), numbers.get("slots")
    lines = []
    if backlog is not None:
        waited = f", the oldest for {duration(oldest)}" if backlog and oldest else ""
        lines.append(f"{does(backlog, 'task', 'wait')}{waited}")
    if used is not None:
        of = f" of {number(slots)}" if slots is not None else ""
        lines.append(f"{number(used)}{of} slots in use")
    if requested is not None:
        lines.append(f"{counted(requested, 'replica')} requested{'' if ready is None else f', {ready} ready'}")
    return tuple(lines)
