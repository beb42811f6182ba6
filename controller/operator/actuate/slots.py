"""Writing slot variables: what is due, and whether this is the moment.

A change of a slot variable changes the pod template and so restarts every pod. It is therefore written only in a free
moment: while there are no replicas, or while pods of an older template are being replaced anyway; or where the decision
says that it pays off.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace

from controller.api.condition_reasons import SlotsEffective
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ForbiddenError, RejectedError
from controller.cluster.objects import Container, EnvVar, Owner
from controller.cluster.workload import EnvConflict, SlotVariableProblem, apply_slots, read_slots
from controller.operator.actuate.slot_question import SlotQuestion
from controller.operator.passes import ConditionUpdate, Inputs, SlotPlan, Target
from controller.operator.slots import is_free_moment, stated_slots
from controller.scaling.decision import Decision


def plan_slots(spec: TemporalWorkerPoolSpec, target: Target, desired: Mapping[str, int]) -> SlotPlan:
    """Compares the slots that were decided on with the container's variables."""
    deployment, container = target.deployment, target.container
    in_force = stated_slots(spec, container)
    for problem in _problems(spec, container):
        return SlotPlan(in_force, {}, due=False, problem=ConditionUpdate(problem.reason, problem.message))
    differing = {name: value for name, value in desired.items() if read_slots(container, name) != value}
    stale = {name for owner, name in deployment.applied_env if owner == container.name} - desired.keys()
    if not differing and not stale:
        return SlotPlan(in_force, desired, due=False)
    changes = ", ".join(
        [*(f"{name}={value}" for name, value in differing.items()), *(f"{name} removed" for name in sorted(stale))]
    )
    if deployment.owner:
        return SlotPlan(in_force, {}, due=False, problem=_owned(deployment.owner, container, changes))
    return SlotPlan(in_force, desired, due=True, problem=_pending(spec, container, changes), changes=changes)


async def write_slots(
    cluster: Cluster, inputs: Inputs, decision: Decision, asked: SlotQuestion | None
) -> tuple[Target, SlotPlan, SlotQuestion | None]:
    """Writes the slot variables if they differ and the moment is free, or the decision finds that a restart pays off.

    Else it only asks whether it could, once for the same slots and the same Deployment; after a refusal ever later.
    While Temporal can't be read nothing is written or asked.

    Returns:
        Target and plan as they are afterwards, and the question that was asked last.
    """
    spec, target = inputs.spec, inputs.target
    plan = plan_slots(spec, target, decision.slots)
    if not plan.due:
        return target, plan, asked
    is_time = decision.restarts or is_free_moment(target.deployment)
    dry_run = spec.mode == Mode.RECOMMEND or decision.suspended is not None or not is_time
    question = SlotQuestion.of(target, plan)
    known = asked if asked == question else None
    if inputs.reading.failure or (known and known.is_answered(_elapsed(), dry_run=dry_run)):
        return target, known.answered(plan) if known else plan, asked
    try:
        result = await apply_slots(cluster, target.deployment, target.container.name, plan.desired, dry_run=dry_run)
    except (ForbiddenError, RejectedError) as error:
        question = question.refused(str(error), known, _elapsed())
        return target, question.answered(plan), question
    except ClusterError as error:
        failure = ConditionUpdate(SlotsEffective.FAILED_UPDATE_SLOTS, str(error))
        return target, replace(plan, problem=failure), asked
    if dry_run or isinstance(result, EnvConflict):
        question = replace(question, conflict=result.message if isinstance(result, EnvConflict) else None)
        return target, question.answered(plan), question
    written = _written(target, plan.desired, result.resource_version)
    return written, replace(plan_slots(spec, written, decision.slots), written=plan.changes), asked


def _elapsed() -> float:
    """Seconds of a clock that never steps."""
    return asyncio.get_running_loop().time()


def _written(target: Target, variables: Mapping[str, int], resource_version: str) -> Target:
    """The target once exactly these variables are the operator's own."""
    container = target.container
    given_up = {name for owner, name in target.deployment.applied_env if owner == container.name}
    kept = tuple(entry for entry in container.env if entry.name not in given_up | variables.keys())
    own = tuple(EnvVar(name, str(slots)) for name, slots in variables.items())
    deployment = replace(
        target.deployment,
        resource_version=resource_version,
        generation=target.deployment.generation + 1,
        template_generation=target.deployment.generation + 1,
        applied_env=frozenset((container.name, name) for name in variables),
    )
    return Target(deployment, replace(container, env=kept + own))


def _problems(spec: TemporalWorkerPoolSpec, container: Container) -> Iterator[SlotVariableProblem]:
    """What keeps a variable from being read, or from being written where the pool gives a number."""
    for queue in spec.task_queues:
        for task in queue.tasks:
            value = read_slots(container, task.slots_env_var) if task.slots_env_var else None
            if isinstance(value, SlotVariableProblem) and not (value.writable and (task.slots or task.tuning)):
                yield value


def _pending(spec: TemporalWorkerPoolSpec, container: Container, changes: str) -> ConditionUpdate:
    if spec.mode == Mode.RECOMMEND:
        message = f"Recommended for container {container.name}: {changes}. mode is Recommend, so nothing is written."
        return ConditionUpdate(SlotsEffective.SLOTS_PENDING, message)
    message = (
        f"Waiting to write {changes} to container {container.name}: that restarts pods, so it is done while replicas "
        "are 0 or a rollout runs. `kubectl rollout restart` starts one."
    )
    return ConditionUpdate(SlotsEffective.SLOTS_PENDING, message)


def _owned(owner: Owner, container: Container, changes: str) -> ConditionUpdate:
    message = (
        f"Not writing {changes} to container {container.name}: {owner.kind} {owner.name} owns the Deployment and would "
        "undo it. Change it there, or remove slots or slotsEnvVar from the pool."
    )
    return ConditionUpdate(SlotsEffective.SLOTS_CONFLICT, message)
