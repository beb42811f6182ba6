"""What work the workers do: the task queues that they poll, and how many tasks of a type at once."""

from pydantic import ConfigDict, Field

from controller.api.model import ApiModel, TaskType, list_map, rule, validations


class Tuning(ApiModel):
    """The range within which the operator chooses how many tasks of this type one replica runs at once."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "self.minSlots <= self.maxSlots",
                "minSlots must not exceed maxSlots: lower minSlots or raise maxSlots",
                ".minSlots",
            )
        )
    )

    min_slots: int = Field(ge=1, le=100_000)
    """Fewest tasks of this type that one replica may be set to run at once. Required."""
    max_slots: int = Field(ge=1, le=100_000)
    """Most tasks of this type that one replica may be set to run at once: what its CPU and memory, and what stands
    behind the tasks, can bear. Required."""


class Task(ApiModel):
    """Tasks of one type that the workers poll from the task queue, and how many of them one replica runs at once."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "!has(self.tuning) || has(self.slotsEnvVar)",
                "tuning needs slotsEnvVar: name the variable from which the image reads its number of slots",
                ".tuning",
            ),
            rule(
                "!has(self.tuning) || !has(self.slots) || "
                "(self.tuning.minSlots <= self.slots && self.slots <= self.tuning.maxSlots)",
                "slots, with which tuning starts, must lie within minSlots and maxSlots: correct slots or remove it",
                ".slots",
            ),
        )
    )

    type: TaskType
    """Task type: Workflow, Activity or Nexus. List only what the workers poll: a worker without workflows lists only
    Activity. Temporal never counts Queries or Nexus tasks as backlog, so a pool at zero replicas does not wake for
    them; Nexus therefore needs minReplicas of at least 1."""
    slots: int | None = Field(default=None, ge=1, le=100_000)
    """Number of tasks of this type that one replica runs at once. Alone it declares what the image does; with
    slotsEnvVar the operator writes it to that variable of the worker's container. What the workers report counts
    more, and a difference is told. Default: the value that slotsEnvVar has in the Deployment, else what the workers
    report."""
    slots_env_var: str | None = Field(
        default=None,
        max_length=253,
        json_schema_extra=validations(
            rule(
                "self.matches('^[-._a-zA-Z][-._a-zA-Z0-9]*$')",
                "slotsEnvVar must be the name of an environment variable: letters, digits, '_', '-' and '.', "
                "not starting with a digit, such as MAX_CONCURRENT_ACTIVITIES",
            )
        ),
    )
    """Environment variable from which the worker's image reads its number of slots, such as
    MAX_CONCURRENT_ACTIVITIES. With slots, the operator writes it; without, the operator reads it from the
    Deployment. A change waits until it restarts no running pod: until replicas are 0, or a rollout is under way
    anyway. Default: none, nothing is written."""
    tuning: Tuning | None = None
    """Lets the operator choose the number within a range, and write it to slotsEnvVar: more when maxReplicas run,
    tasks still start too late and the hosts are underused; fewer when the hosts are saturated. It starts with slots,
    else with what is in force. Running pods are restarted for it only if that is worth it. Default: none."""


class TaskQueue(ApiModel):
    """A Temporal task queue that the workers poll, and the task types they poll from it."""

    name: str = Field(
        min_length=1,
        max_length=1000,
        json_schema_extra=validations(
            rule(
                "!self.startsWith('/_sys/')",
                "name must not start with /_sys/, which Temporal reserves: name the queue as the worker's code does",
            )
        ),
    )
    """Name of the task queue, at most 1000 characters, exactly as the worker's code has it: Temporal answers zeros,
    not an error, for a queue that nobody uses."""
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=3, json_schema_extra=list_map("type"))
    """Task types that the workers poll from this queue, each at most once."""


class WorkerDeployment(ApiModel):
    """One version of Worker Versioning."""

    name: str = Field(min_length=1, max_length=1000)
    """Name of the Worker Deployment in Temporal."""
    build_id: str = Field(min_length=1, max_length=1000)
    """Build ID of the version that the Deployment runs."""
