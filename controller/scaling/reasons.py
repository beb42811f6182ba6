"""The closed set of reasons that a decision can give. They are API: people and dashboards match on them."""

from enum import StrEnum


class Rule(StrEnum):
    """The rules in the order in which they speak; each adds one step to the decision."""

    DEMAND = "Demand"
    RUNNING_WORK = "RunningWork"
    FRESHNESS = "Freshness"
    WORKERS_POLLING = "WorkersPolling"
    BEHAVIOR = "Behavior"
    ZERO_GATE = "ZeroGate"
    BOUNDS = "Bounds"


class Reason(StrEnum):
    """Why a rule left the number as it was, or changed it. HPA's words where it has them."""

    BACKLOG_PER_REPLICA = "BacklogPerReplica"
    """The largest backlog of a queue, divided by `objective.backlogPerReplica`."""
    NO_BACKLOG = "NoBacklog"
    """No task waits in any queue of the pool."""
    WITHIN_TOLERANCE = "WithinTolerance"
    """The need differs from the replicas that are there by no more than the tolerance."""

    RUNNING_WORK_FITS = "RunningWorkFits"
    """The tasks that run now fit into the replicas that would remain."""
    RUNNING_WORK = "RunningWork"
    """The tasks that run now need more replicas than the backlog alone."""

    FRESH = "Fresh"
    """Every reading is there and young enough to decide on."""
    READINGS_LOST = "ReadingsLost"
    """Something is not known: the number may rise on what is, and does not fall."""
    NOTHING_READ = "NothingRead"
    """No task queue could be read: the number is held."""

    NOT_POLLING = "NotPolling"
    """Tasks wait only where none of the ready pods has ever polled: no replica is added."""

    READY_FOR_NEW_SCALE = "ReadyForNewScale"
    """No window, policy or stabilization stands in the way."""
    SCALE_UP_STABILIZED = "ScaleUpStabilized"
    """A lower recommendation within `behavior.scaleUp.stabilizationWindowSeconds` wins."""
    SCALE_DOWN_STABILIZED = "ScaleDownStabilized"
    """A higher recommendation within `behavior.scaleDown.stabilizationWindowSeconds` wins."""
    SCALE_UP_LIMIT = "ScaleUpLimit"
    """The `behavior.scaleUp` policies allow fewer new replicas in their period."""
    SCALE_DOWN_LIMIT = "ScaleDownLimit"
    """The `behavior.scaleDown` policies allow fewer removals in their period."""

    NOT_ZERO = "NotZero"
    """The number is not zero, so nothing has to be proven."""
    WOKEN = "Woken"
    """A task waits while there are no replicas: at least one is needed."""
    ASLEEP = "Asleep"
    """There are no replicas and no task waits."""
    IDLE = "Idle"
    """Named evidence that nothing waits, runs or was dispatched for `scaleToZero.idleSeconds`."""
    NOT_IDLE_LONG_ENOUGH = "NotIdleLongEnough"
    """Nothing waits or runs, but not yet for `scaleToZero.idleSeconds`: one replica stays."""
    NO_IDLE_EVIDENCE = "NoIdleEvidence"
    """Something waits, runs, was dispatched lately or is unknown: one replica stays."""

    DESIRED_WITHIN_RANGE = "DesiredWithinRange"
    """The number lies between `minReplicas` and `maxReplicas`."""
    TOO_FEW_REPLICAS = "TooFewReplicas"
    """`minReplicas` raises the number."""
    TOO_MANY_REPLICAS = "TooManyReplicas"
    """`maxReplicas` limits the number."""
