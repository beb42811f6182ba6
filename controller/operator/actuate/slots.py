"""How many tasks a replica takes at once: what is in force, what is to be written, and when writing is free.

A change of a slot variable changes the pod template and so restarts every pod. It is therefore written only in a free
moment: while there are no replicas, or while pods of an older template are being replaced anyway; or where the decision
says that it is worth the restart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from controller.api.condition_reasons import SlotsEffective
from controller.api.spec import Mode, Task, TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment, Owner
from controller.cluster.workload import SlotVariableProblem, read_slots
from controller.operator.findings import Finding
from controller.operator.inputs.learned import Key
from controller.scaling.observation import Observation, SlotVariables, TaskQueueObservation, Unknown, UnknownCause


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The slots of a pool's task types, and the variables that should be written."""

    in_force: Mapping[Key, int | Unknown]
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    wanted: Mapping[str, int]
    """Every variable that the operator is to own, with its value."""
    due: bool
    """Whether the Deployment differs from `wanted`."""
    finding: Finding
    changes: str = ""
    """What is due, in words, such as `SLOTS=12`."""
    written: str = ""
    """What was written in this pass, likewise."""


def stated_slots(spec: TemporalWorkerPoolSpec, container: Container) -> dict[Key, int | Unknown]:
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    return {(queue.name, task.type): _stated(task, container) for queue in spec.task_queues for task in queue.tasks}


def is_tuned(spec: TemporalWorkerPoolSpec) -> bool:
    """Whether the pool lets the operator choose slots."""
    return any(task.tuning for queue in spec.task_queues for task in queue.tasks)


def slot_variables(
    spec: TemporalWorkerPoolSpec, deployment: Deployment, container: Container, unsafe: str | None
) -> SlotVariables:
    """What the decision gets to know of the variables.

    Args:
        spec: The pool.
        deployment: Its target.
        container: The worker's in it.
        unsafe: Why a restart may cost work; `None` if nothing is known to.
    """
    names = {task.slots_env_var for queue in spec.task_queues for task in queue.tasks if task.slots_env_var}
    read = {name: read_slots(container, name) for name in names}
    refused = {n: v.message for n, v in read.items() if isinstance(v, SlotVariableProblem) and not v.writable}
    if owner := deployment.owner:
        undone = f"the Deployment belongs to {owner.kind} {owner.name}, which would undo a change: make it there"
        refused |= dict.fromkeys(names, undone)
    return SlotVariables(
        values={name: value for name, value in read.items() if isinstance(value, int)},
        owned=frozenset(name for owner, name in deployment.applied_env if owner == container.name),
        refused=refused,
        rolling_out=deployment.rolling_out,
        is_free_moment=is_free_moment(deployment),
        unsafe=unsafe,
    )


def plan_slots(
    spec: TemporalWorkerPoolSpec, deployment: Deployment, container: Container, wanted: Mapping[str, int]
) -> SlotPlan:
    """Compares the slots that were decided on with the container's variables."""
    in_force = stated_slots(spec, container)
    problems = list(_problems(spec, container))
    if problems:
        return SlotPlan(in_force, {}, due=False, finding=Finding(problems[0].reason, problems[0].message))
    differing = {name: value for name, value in wanted.items() if read_slots(container, name) != value}
    stale = {name for owner, name in deployment.applied_env if owner == container.name} - wanted.keys()
    if not differing and not stale:
        return SlotPlan(in_force, wanted, due=False, finding=Finding(SlotsEffective.SLOTS_IN_FORCE, _listed(in_force)))
    changes = ", ".join(
        [*(f"{name}={value}" for name, value in differing.items()), *(f"{name} removed" for name in sorted(stale))]
    )
    if deployment.owner:
        return SlotPlan(in_force, {}, due=False, finding=_owned(deployment.owner, container, changes))
    return SlotPlan(in_force, wanted, due=True, finding=_pending(spec, container, changes), changes=changes)


def is_free_moment(deployment: Deployment) -> bool:
    """Whether a change of the template restarts no pod that would not be restarted anyway."""
    nobody_there = deployment.replicas == 0 and deployment.total_replicas == 0
    being_replaced = deployment.updated_replicas < deployment.total_replicas
    return nobody_there or being_replaced


def _stated(task: Task, container: Container) -> int | Unknown:
    """What the container says, else what the pool declares."""
    value = read_slots(container, task.slots_env_var) if task.slots_env_var else task.slots
    if isinstance(value, int):
        return value
    if task.slots is not None:
        return task.slots
    if isinstance(value, SlotVariableProblem):
        return Unknown(UnknownCause.LOST, value.message)
    return Unknown(UnknownCause.NEVER_THERE, "the slots of a replica are not declared, and no worker has reported them")


def _problems(spec: TemporalWorkerPoolSpec, container: Container) -> Iterator[SlotVariableProblem]:
    """What keeps a variable from being read, or from being written where the pool gives a number."""
    for queue in spec.task_queues:
        for task in queue.tasks:
            value = read_slots(container, task.slots_env_var) if task.slots_env_var else None
            if isinstance(value, SlotVariableProblem) and not (value.writable and (task.slots or task.tuning)):
                yield value


def _pending(spec: TemporalWorkerPoolSpec, container: Container, changes: str) -> Finding:
    if spec.mode == Mode.RECOMMEND:
        message = f"Container {container.name} would be given {changes}; mode is Recommend, so nothing is written."
        return Finding(SlotsEffective.SLOTS_PENDING, message)
    message = (
        f"Container {container.name} waits for {changes}: written when replicas are 0 or a rollout runs, "
        "so that no running pod is restarted; `kubectl rollout restart` brings it about now."
    )
    return Finding(SlotsEffective.SLOTS_PENDING, message)


def _owned(owner: Owner, container: Container, changes: str) -> Finding:
    message = (
        f"Container {container.name} is to be given {changes}, but the Deployment belongs to {owner.kind} "
        f"{owner.name}, which would undo it: make the change there, or remove slots or slotsEnvVar from the pool."
    )
    return Finding(SlotsEffective.SLOTS_CONFLICT, message)


def compare(plan: SlotPlan, observation: Observation, *, rolling_out: bool) -> Finding:
    """The finding about slots with what the workers report: a difference is told, unless it is about to go."""
    if plan.finding.reason != SlotsEffective.SLOTS_IN_FORCE:
        return plan.finding
    differing = [
        f"{queue.name} has {queue.slots_per_replica}, not {slots}"
        for queue in observation.task_queues
        if isinstance(slots := plan.in_force[queue.task_queue, queue.task_type], int)
        and queue.slots_per_replica != slots
    ]
    if differing and not rolling_out:
        message = f"The workers report other slots than the pool or the Deployment names: {'; '.join(differing)}."
        return Finding(
            SlotsEffective.SLOTS_DIFFER, f"{message} What they report counts. {SlotsEffective.SLOTS_DIFFER.remedy}"
        )
    listed = ", ".join(_in_words(queue) for queue in observation.task_queues)
    return Finding(SlotsEffective.SLOTS_IN_FORCE, f"Slots per replica: {listed}.")


def _in_words(queue: TaskQueueObservation) -> str:
    if isinstance(queue.slots_per_replica, Unknown):
        return f"{queue.name} not known until a worker reports them"
    source = " as reported" if queue.slots_reported == queue.slots_per_replica else ""
    return f"{queue.name} {queue.slots_per_replica}{source}"


def _listed(in_force: Mapping[Key, int | Unknown]) -> str:
    listed = ", ".join(f"{queue}/{task_type} {slots}" for (queue, task_type), slots in in_force.items())
    return f"Slots per replica: {listed}."
