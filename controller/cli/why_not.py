"""`twp why-not`: why a pool does not have some number of replicas, and what would make it so."""

import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import typer

from controller.api.model import written
from controller.cli.commands import CliError
from controller.cli.completion import pool_names
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Connection, Context, Kube, Kubeconfig, Namespace, PoolRecord, with_cluster
from controller.cli.output import Screen, show
from controller.cli.past import OperatorUrl, last_of_operator
from controller.cli.pool_text import decision_of, in_the_way, next_changes, readiness
from controller.scaling.decision import Decision, Situation, Step
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import counted, does
from controller.scaling.what_if import MOST_TASKS, way_to

EXAMPLE = "Example: twp why-not orders 12"

WAITS: Final[Mapping[str, str]] = {
    Rule.FRESHNESS: "Until the readings that the step names are there again.",
    Rule.WORKERS_POLLING: "Once a worker of the pool polls the task queues: check their names and the workers' log.",
    Rule.CAPACITY: "Once the pods that can't start do; `twp status` names what keeps them.",
    Rule.KEEP_TIME: "Once the keep time is over.",
    Rule.IN_FLIGHT: "Once the workers report their slots, or by one replica at a time.",
    Rule.RUNNING_WORK: "Once enough of the running tasks have ended.",
    Rule.ROLLOUT: "Once the rollout of the Deployment is done.",
    Rule.ZERO_GATE: "Once the pool has been idle for scaleToZero.idleSeconds.",
    "Grace": "Once the time is over for which the number stays that a person set, or tasks run late.",
    Rule.DISRUPTION: "Once tasks on the pods that should go have ended.",
    Rule.CONTENTION: "Once nothing else scales the Deployment.",
}
"""When a step stops standing between, where that is not a field of the spec."""


def why_not(
    pool: Annotated[str, typer.Argument(help="Name of the TemporalWorkerPool.", autocompletion=pool_names)],
    replicas: Annotated[int, typer.Argument(metavar="N", help="The number of replicas that you expected.", min=0)],
    operator_url: OperatorUrl = None,
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Show which step of the last decision stands between a pool and N replicas, and what would make it N.

    With --operator-url, the operator's page, also how many tasks would have to wait for N, or when it is N if nothing
    else changes.

    Needs the permission to get temporalworkerpools, nothing else.
    """
    connection = Connection(kubeconfig, context, namespace)
    lines = with_cluster(connection, lambda kube: _answer(kube, pool, replicas, operator_url))
    screen = Screen.of()
    typer.echo("\n".join(screen.paragraph(line, "  ", "") for line in lines))


async def _answer(kube: Kube, name: str, replicas: int, url: str | None) -> list[str]:
    pool, now = await kube.pool(name), time.time()
    lines = answer(pool, replicas, now)
    if url is None or replicas == pool.status.desired_replicas:
        return lines
    last = await last_of_operator(url, f"{pool.namespace}/{pool.name}")
    return [*lines, f"- {way(last.situation, last.decision, replicas)}"]


def way(situation: Situation, decision: Decision, replicas: int) -> str:
    """How many tasks, or how much time, would make it that number: by deciding on varied situations."""
    if replicas == decision.desired_replicas:
        return f"The operator desires {counted(replicas, 'replica')} by now."
    found = way_to(situation, decision, replicas)
    if found.up:
        tasks = does(found.up.backlog, "task", "wait")
        then = counted(found.up.replicas, "replica")
        return f"{then} once {tasks} in {found.up.task_queue}/{found.up.task_type}."
    if found.later:
        return f"{counted(found.later.replicas, 'replica')} at {written(found.later.at)}, if nothing else changes."
    if replicas > decision.desired_replicas:
        return f"No backlog of up to {MOST_TASKS} more tasks in one queue gives {counted(replicas, 'replica')}."
    return f"Time alone does not give {counted(replicas, 'replica')} within an hour."


def answer(pool: PoolRecord, expected: int, now: float) -> list[str]:
    """Why there are not so many replicas, the step that stands between, and what would make it so.

    Raises:
        CliError: There is no decision.
    """
    last = pool.status.last_decision
    if last is None or not last.steps:
        found = readiness(pool, now)
        raise CliError(f"no decision yet: {found.reason}: {found.message}", ExitStatus.UNKNOWN)
    decision = decision_of(last)
    if expected == decision.desired_replicas:
        return list(_as_desired(pool, expected, now))
    step = between(decision, expected)
    name = f"{pool.namespace}/{pool.name}"
    lines = [
        f"{name} should have {counted(decision.desired_replicas, 'replica')}, not {expected}: {_verb(step, expected)}."
    ]
    lines.append(f"{step.rule}/{step.reason}: {step.message}")
    notes = [f"Note: {note}" for note in in_the_way(pool, now)]
    return [*lines, *(f"- {way}" for way in ways(pool, decision, step, expected, now)), *notes]


def _as_desired(pool: PoolRecord, expected: int, now: float) -> Iterator[str]:
    """The decision is that number; what is there may be another."""
    found, status = readiness(pool, now), pool.status
    yield (
        f"{pool.namespace}/{pool.name} should have {counted(expected, 'replica')}: "
        f"{show(status.replicas)} requested, {show(status.ready_replicas)} ready."
    )
    if status.replicas != expected or status.ready_replicas != expected:
        yield f"{found.reason}: {found.message}"


def between(decision: Decision, expected: int) -> Step:
    """The step that stands between a decision and another number.

    The last one that led across that number, away from it; where none did, the number was never reached, and it is what
    the work asks for.
    """
    fewer = decision.desired_replicas < expected
    crossing = [step for step in decision.steps if _crosses(step, expected, fewer=fewer)]
    if crossing:
        return crossing[-1]
    return decision.step(Rule.DEMAND) or decision.step(Rule.FRESHNESS) or decision.deciding_step


def _crosses(step: Step, expected: int, *, fewer: bool) -> bool:
    if fewer:
        return step.replicas_before >= expected > step.replicas_after
    return step.replicas_before <= expected < step.replicas_after


def _verb(step: Step, expected: int) -> str:
    if _crosses(step, expected, fewer=True):
        return f"{step.rule} lowers {step.replicas_before} to {step.replicas_after}"
    if _crosses(step, expected, fewer=False):
        return f"{step.rule} raises {step.replicas_before} to {step.replicas_after}"
    return f"{step.rule} asks for {step.replicas_after}"


def ways(pool: PoolRecord, decision: Decision, step: Step, expected: int, now: float) -> Iterator[str]:
    """What would make it that number: what the step waits for or is set by, and the override for a while."""
    yield from _by_step(pool, step, expected)
    if step.rule in {Rule.DEMAND, Rule.BEHAVIOR, Rule.KEEP_TIME, Rule.ZERO_GATE, Rule.BACKLOG_SLOTS}:
        up = expected > decision.desired_replicas
        changes = next_changes(pool, now)
        yield from (change.text for change in changes if (change.replicas > decision.desired_replicas) == up)
    most = pool.spec.max_replicas if pool.spec else expected
    if expected > most:
        if step.rule != Rule.BOUNDS:
            yield f"More than maxReplicas {most} are never set: raise spec.maxReplicas, too."
    elif step.rule not in {Rule.OVERRIDE, Rule.PAUSE, Rule.CONTENTION}:
        command = f"twp override {pool.name} {expected} -n {pool.namespace} --for 1h"
        yield f"For a while, whatever the work asks for: `{command}`."


def _by_step(pool: PoolRecord, step: Step, expected: int) -> Iterator[str]:
    match step.rule, step.reason:
        case Rule.BOUNDS, StepReason.TOO_MANY_REPLICAS:
            yield f"Raise spec.maxReplicas to {expected}."
        case Rule.BOUNDS, StepReason.SCHEDULED:
            schedule = pool.status.schedule
            yield f"Once the schedule ends{f' ({schedule.next_change_time.isoformat()})' if schedule else ''}."
        case Rule.BOUNDS, _:
            yield f"Lower spec.minReplicas to {expected}."
        case Rule.BEHAVIOR, _:
            direction = "scaleUp" if step.replicas_after < step.replicas_before else "scaleDown"
            yield f"Once the window or policy allows it, or with other spec.behavior.{direction}."
        case ((Rule.OVERRIDE | Rule.PAUSE), _):
            yield f"`twp resume {pool.name} -n {pool.namespace}` ends it now."
        case rule, _:
            yield from [WAITS[rule]] if rule in WAITS else []
