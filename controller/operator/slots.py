"""How many tasks a replica takes at once: what is in force, what the pool wants written, and when writing is free.

A change of a slot variable changes the pod template and so restarts every pod. It is therefore written only in a free
moment: while there are no replicas, or while pods of an older template are being replaced anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controller.api.conditions import Reason
from controller.api.model import TaskType
from controller.api.worker_pool import Mode, Task, TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment, Owner
from controller.cluster.slots import SlotVariableProblem, slots_of
from controller.operator.findings import Finding
from controller.scaling.observation import Observation, TaskQueueObservation, Unknown, UnknownCause


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The slots of a pool's task types, and the variables that should be written."""

    in_force: dict[tuple[str, TaskType], int | Unknown]
    """Tasks that one replica runs at once, by task queue and type."""
    wanted: dict[str, int]
    """Every variable that the operator is to own, with its value."""
    due: bool
    """Whether the Deployment differs from `wanted`."""
    finding: Finding


def plan_slots(spec: TemporalWorkerPoolSpec, deployment: Deployment, container: Container) -> SlotPlan:
    """Compares the slots that the pool names with the container's variables."""
    tasks = [(queue.name, task) for queue in spec.task_queues for task in queue.tasks]
    in_force = {(queue, task.type): _in_force(task, container) for queue, task in tasks}
    problems = list(_problems(spec, container))
    wanted = {t.slots_env_var: t.slots for _, t in tasks if t.slots_env_var and t.slots}
    if problems:
        return SlotPlan(in_force, {}, due=False, finding=Finding(problems[0].reason, problems[0].message))
    differing = {name: value for name, value in wanted.items() if slots_of(container, name) != value}
    stale = {name for owner, name in deployment.applied_env if owner == container.name} - wanted.keys()
    if not differing and not stale:
        return SlotPlan(in_force, wanted, due=False, finding=Finding(Reason.SLOTS_IN_FORCE, _listed(spec, in_force)))
    changes = ", ".join(
        [*(f"{name}={value}" for name, value in differing.items()), *(f"{name} removed" for name in sorted(stale))]
    )
    if deployment.owner:
        return SlotPlan(in_force, {}, due=False, finding=_owned(deployment.owner, container, changes))
    return SlotPlan(in_force, wanted, due=True, finding=_pending(spec, container, changes))


def is_free_moment(deployment: Deployment) -> bool:
    """Whether a change of the template restarts no pod that would not be restarted anyway."""
    nobody_there = deployment.replicas == 0 and deployment.total_replicas == 0
    being_replaced = deployment.updated_replicas < deployment.total_replicas
    return nobody_there or being_replaced


def _in_force(task: Task, container: Container) -> int | Unknown:
    """What the container says, else what the pool declares."""
    value = slots_of(container, task.slots_env_var) if task.slots_env_var else task.slots
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
            value = slots_of(container, task.slots_env_var) if task.slots_env_var else None
            if isinstance(value, SlotVariableProblem) and not (value.writable and task.slots is not None):
                yield value


def _pending(spec: TemporalWorkerPoolSpec, container: Container, changes: str) -> Finding:
    if spec.mode == Mode.RECOMMEND:
        message = f"Container {container.name} would be given {changes}; mode is Recommend, so nothing is written."
        return Finding(Reason.SLOTS_PENDING, message)
    message = (
        f"Container {container.name} waits for {changes}: written when replicas are 0 or a rollout runs, "
        "so that no running pod is restarted; `kubectl rollout restart` brings it about now."
    )
    return Finding(Reason.SLOTS_PENDING, message)


def _owned(owner: Owner, container: Container, changes: str) -> Finding:
    message = (
        f"Container {container.name} is to be given {changes}, but the Deployment belongs to {owner.kind} "
        f"{owner.name}, which would undo it: make the change there, or remove slots or slotsEnvVar from the pool."
    )
    return Finding(Reason.SLOTS_CONFLICT, message)


def compare(plan: SlotPlan, observation: Observation, *, rolling_out: bool) -> Finding:
    """The finding about slots with what the workers report: a difference is told, unless it is about to go."""
    if plan.finding.reason != Reason.SLOTS_IN_FORCE:
        return plan.finding
    differing = [
        f"{queue.name} has {queue.slots_per_replica}, not {stated}"
        for queue in observation.task_queues
        if isinstance(stated := plan.in_force[queue.task_queue, queue.task_type], int)
        and queue.slots_per_replica != stated
    ]
    if differing and not rolling_out:
        message = f"The workers report other slots than the pool or the Deployment names: {'; '.join(differing)}."
        return Finding(Reason.SLOTS_DIFFER, f"{message} What they report counts. {Reason.SLOTS_DIFFER.remedy}")
    listed = ", ".join(_in_words(queue) for queue in observation.task_queues)
    return Finding(Reason.SLOTS_IN_FORCE, f"Slots per replica: {listed}.")


def _in_words(queue: TaskQueueObservation) -> str:
    if isinstance(queue.slots_per_replica, Unknown):
        return f"{queue.name} not known until a worker reports them"
    source = " as reported" if queue.slots_reported == queue.slots_per_replica else ""
    return f"{queue.name} {queue.slots_per_replica}{source}"


def _listed(spec: TemporalWorkerPoolSpec, in_force: dict[tuple[str, TaskType], int | Unknown]) -> str:
    listed = ", ".join(
        f"{queue.name}/{task.type} {in_force[queue.name, task.type]}"
        for queue in spec.task_queues
        for task in queue.tasks
    )
    return f"Slots per replica: {listed}."
