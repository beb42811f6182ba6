"""What the workers tell of themselves: what they run, and what they poll."""

from controller.api.conditions.reason import FALSE, TRUE, UNKNOWN, ConditionType, Reason


class InFlightKnown(Reason, condition=ConditionType.IN_FLIGHT_KNOWN):
    """It is known how many tasks the workers are running."""

    HEARTBEATS_FOUND = (
        "HeartbeatsFound",
        TRUE,
        "The workers report the tasks they are running by their heartbeats.",
    )
    POD_METRICS_FOUND = (
        "PodMetricsFound",
        TRUE,
        "The tasks that the workers are running are read from the metrics that their pods serve.",
    )
    POD_METRICS_MISSING = (
        "PodMetricsMissing",
        FALSE,
        "No pod has ever served metrics that say which tasks it is running.",
        "Let the SDK serve its metrics for Prometheus, and set inFlight.podMetrics to their port and path.",
    )
    POD_METRICS_LOST = (
        "PodMetricsLost",
        UNKNOWN,
        "Pods whose metrics said which tasks they are running can't be read now; replicas are not lowered.",
        "Look at the pods, and whether a NetworkPolicy lets the operator reach them.",
    )
    SOURCE_SWITCHED_OFF = (
        "SourceSwitchedOff",
        FALSE,
        "inFlight.source is None: nobody is asked what the workers are running.",
        "Set inFlight.source to Auto.",
    )
    NO_REPLICAS = (
        "NoReplicas",
        TRUE,
        "There is no replica, so no task is running.",
    )
    HEARTBEATS_MISSING = (
        "HeartbeatsMissing",
        FALSE,
        "No worker has ever reported the tasks it is running.",
        "Use a Temporal server of 1.30 or later and an SDK with worker heartbeats, and leave heartbeats switched on.",
    )
    WORKERS_NOT_MATCHED = (
        "WorkersNotMatched",
        FALSE,
        "Ready pods report nothing, and as many workers poll as there are such pods whose host names are no pod's.",
        "Give each worker its pod's name as identity, an option of the SDK's client.",
    )
    HEARTBEATS_LOST = (
        "HeartbeatsLost",
        UNKNOWN,
        "Workers that reported the tasks they are running no longer do; replicas are not lowered.",
        "Look at the workers' logs and at the condition Connected.",
    )


class WorkersPolling(Reason, condition=ConditionType.WORKERS_POLLING):
    """The ready pods poll every task queue of the pool for tasks of every type that it lists."""

    POLLING = (
        "Polling",
        TRUE,
        "Each task queue and type of the pool is polled by its pods, or they have not been ready for long.",
    )
    NOT_POLLING = (
        "NotPolling",
        FALSE,
        "Pods are ready, and none of them has ever polled a task queue that the pool lists; no more are added for it.",
        "Compare task queue, task type, Temporal namespace and address of the pool with those of the workers' code.",
    )
    NOBODY_TO_POLL = (
        "NobodyToPoll",
        UNKNOWN,
        "No replica is ready, so it can't be seen whether the workers poll the task queues that the pool lists.",
        "Nothing, if the pool is meant to be at zero; else see why no pod gets ready.",
    )
