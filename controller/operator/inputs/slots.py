"""What the decision gets to know of the slot variables of a Deployment."""

from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.workload import SlotVariableProblem, read_slots
from controller.operator.passes import Target
from controller.operator.slots import is_free_moment
from controller.scaling.observation import SlotVariables


def is_tuned(spec: TemporalWorkerPoolSpec) -> bool:
    """Whether the pool lets the operator choose slots."""
    return any(task.tuning for queue in spec.task_queues for task in queue.tasks)


def slot_variables(spec: TemporalWorkerPoolSpec, target: Target, unsafe: str | None) -> SlotVariables:
    """The variables that the pool names, as they are.

    Args:
        spec: The pool.
        target: Its Deployment and container.
        unsafe: Why a restart may cost work; `None` if nothing is known to.
    """
    deployment, container = target.deployment, target.container
    names = {task.slots_env_var for queue in spec.task_queues for task in queue.tasks if task.slots_env_var}
    read = {name: read_slots(container, name) for name in names}
    refused = {n: v.message for n, v in read.items() if isinstance(v, SlotVariableProblem) and not v.writable}
    if owner := deployment.owner:
        undone = f"{owner.kind} {owner.name} owns the Deployment and would undo a change: make it there"
        refused |= dict.fromkeys(names, undone)
    return SlotVariables(
        values={name: value for name, value in read.items() if isinstance(value, int)},
        owned=frozenset(name for owner, name in deployment.applied_env if owner == container.name),
        refused=refused,
        rolling_out=deployment.rolling_out,
        is_free_moment=is_free_moment(deployment),
        unsafe=unsafe,
    )
