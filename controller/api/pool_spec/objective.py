"""What the number of replicas is to achieve, and what the owner knows of the tasks."""

from pydantic import ConfigDict, Field

from controller.api.model import ApiModel, rule, validations


class Objective(ApiModel):
    """What the number of replicas is to achieve: a time within which tasks start, or a backlog per replica."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "has(self.scheduleToStartSeconds) != has(self.backlogPerReplica)",
                "set exactly one of scheduleToStartSeconds (the time within which tasks should start) and "
                "backlogPerReplica (waiting tasks for which one replica is wanted)",
            ),
            rule(
                "!has(self.activationBacklog) || has(self.backlogPerReplica)",
                "activationBacklog works only with backlogPerReplica: remove it, since with scheduleToStartSeconds "
                "every waiting task wakes the pool",
                ".activationBacklog",
            ),
        )
    )

    schedule_to_start_seconds: int | None = Field(default=None, ge=1, le=86_400)
    """Seconds within which 95 % of the tasks should start after they were scheduled. The operator learns how long
    tasks run and how fast they arrive, and keeps the fewest replicas that hold this. Where pods take longer than
    this to start, only replicas that are already there can hold it: raise minReplicas."""
    backlog_per_replica: int | None = Field(default=None, ge=1)
    """Number of waiting tasks for which one replica is wanted: a queue asks for its backlog divided by this, rounded
    up, all its task types together, and the queue that asks for most wins. Replicas never go below what running
    tasks occupy. This is KEDA's targetQueueSize."""
    activation_backlog: int | None = Field(default=None, ge=0)
    """Number of waiting tasks that a pool at zero replicas leaves waiting: it wakes when a queue has more than this.
    Only with backlogPerReplica. This is KEDA's activationTargetQueueSize. Default: 0."""


class TaskDurationSeconds(ApiModel):
    """How long the tasks run, as far as their owner knows."""

    model_config = ConfigDict(
        json_schema_extra=validations(
            rule(
                "!has(self.typical) || !has(self.max) || self.typical <= self.max",
                "typical must not exceed max: lower typical or raise max",
                ".typical",
            )
        )
    )

    typical: float | None = Field(
        default=None,
        json_schema_extra=validations(rule("self > 0.0", "typical must be more than 0 seconds, such as 0.5")),
    )
    """Seconds that a typical task runs: what the decision reckons with until it has measured it. It helps with the
    first burst. Default: a quarter of scheduleToStartSeconds."""
    max: float | None = Field(
        default=None,
        json_schema_extra=validations(rule("self > 0.0", "max must be more than 0 seconds, such as 0.5")),
    )
    """Seconds that the longest tasks run: while it is longer than the time that a pod has to stop (its termination
    grace period without what preStop takes of it), only replicas that run nothing are removed. Default: twice the mean
    that is measured."""
