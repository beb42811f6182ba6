"""The slots that a Deployment or a pool states, and when changing them restarts no running pod."""

from collections.abc import Mapping

from controller.api.spec import Task, TemporalWorkerPoolSpec
from controller.cluster.objects import Container, Deployment
from controller.cluster.workload import SlotVariableProblem, read_slots
from controller.scaling.observation import Unknown, UnknownCause
from controller.temporal.reader import QueueKey


def stated_slots(spec: TemporalWorkerPoolSpec, container: Container) -> Mapping[QueueKey, int | Unknown]:
    """Tasks that one replica runs at once, as the Deployment or the pool says."""
    return {(queue.name, task.type): _stated(task, container) for queue in spec.task_queues for task in queue.tasks}


def is_free_moment(deployment: Deployment) -> bool:
    """Whether a change of the template restarts no pod that would not be restarted anyway."""
    has_no_pods = deployment.replicas == 0 and deployment.total_replicas == 0
    being_replaced = deployment.updated_replicas < deployment.total_replicas
    return has_no_pods or being_replaced


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
