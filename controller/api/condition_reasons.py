"""Which number of replicas is wanted, and what it is held back by."""

from controller.api.conditions.reason import FALSE, TRUE, ConditionType, Reason


class ScalingActive(Reason, condition=ConditionType.SCALING_ACTIVE):
    """There is a number of replicas to want, computed from what was read."""

    VALID_METRIC_FOUND = (
        "ValidMetricFound",
        TRUE,
        "Every task queue was read, and a number of replicas was computed from it.",
    )
    RECOMMEND_ONLY = (
        "RecommendOnly",
        TRUE,
        "The mode is Recommend: the decision is written to status, and the Deployment is left as it is.",
        "Set mode to Auto to let the operator act.",
    )
    FAILED_GET_BACKLOG = (
        "FailedGetBacklog",
        FALSE,
        "A task queue could not be read; replicas are held, since unknown is not zero.",
        "See the condition Connected.",
    )
    SLOTS_UNKNOWN = (
        "SlotsUnknown",
        FALSE,
        "The tasks that one replica runs at once are not known; replicas are not lowered.",
        "See the condition SlotsEffective, or set slots.",
    )


class AbleToScale(Reason, condition=ConditionType.ABLE_TO_SCALE):
    """Replicas can be read and set, and nothing holds them back."""

    READY_FOR_NEW_SCALE = (
        "ReadyForNewScale",
        TRUE,
        "The replicas are those wanted, and they can be changed at any time.",
    )
    SUCCEEDED_RESCALE = (
        "SucceededRescale",
        TRUE,
        "The operator has just set the replicas to the number wanted.",
    )
    SCALE_DOWN_STABILIZED = (
        "ScaleDownStabilized",
        TRUE,
        "More replicas were wanted a short while ago, so the number is kept for the stabilization window.",
    )
    SCALE_UP_STABILIZED = (
        "ScaleUpStabilized",
        TRUE,
        "Fewer replicas were wanted a short while ago, so the number is kept for the stabilization window.",
    )
    REPLICAS_BUSY = (
        "ReplicasBusy",
        TRUE,
        "Fewer replicas are wanted, and those that are left run tasks that a stop could cut short: they are kept.",
        "Nothing; to let busy ones finish within their grace period see disruption and the condition TargetSafe.",
    )
    FAILED_RANK_PODS = (
        "FailedRankPods",
        FALSE,
        "The Kubernetes API server refused to mark the pods that may go first.",
        "Check the operator's permission to patch pods, and admission policies; until then busy replicas are kept.",
    )
    FAILED_GET_SCALE = (
        "FailedGetScale",
        FALSE,
        "The Kubernetes API server did not give the Deployment's scale.",
        "Check the operator's permissions in the namespace: get on deployments/scale.",
    )
    FAILED_UPDATE_SCALE = (
        "FailedUpdateScale",
        FALSE,
        "The Kubernetes API server refused the new number of replicas.",
        "Check the operator's permission to patch deployments/scale, and admission policies; the message says which.",
    )
    TARGET_CONTESTED = (
        "TargetContested",
        FALSE,
        "Something else scales the Deployment, too; the operator leaves it alone.",
        "Remove one of the two; the message names the other one. mode: Recommend runs beside it.",
    )
    REPLICAS_REVERSED = (
        "ReplicasReversed",
        FALSE,
        "A field manager set the replicas back three times within five minutes; the operator stands back for a while.",
        (
            "Do what the message says for this field manager; leaving spec.replicas out of its manifest alone would "
            "set 1 replica. For one that scales at times, set workerpools.dev/paused-until or schedules."
        ),
    )


class ScalingLimited(Reason, condition=ConditionType.SCALING_LIMITED):
    """The number wanted was cut by minReplicas, maxReplicas or behavior."""

    DESIRED_WITHIN_RANGE = (
        "DesiredWithinRange",
        FALSE,
        "The number of replicas wanted lies within minReplicas, maxReplicas and behavior.",
    )
    TOO_FEW_REPLICAS = (
        "TooFewReplicas",
        TRUE,
        "Fewer replicas are wanted than minReplicas.",
        "Lower minReplicas if the work needs so few.",
    )
    TOO_MANY_REPLICAS = (
        "TooManyReplicas",
        TRUE,
        "More replicas are wanted than maxReplicas.",
        "Raise maxReplicas, or accept that tasks wait.",
    )
    SCALE_UP_LIMIT = (
        "ScaleUpLimit",
        TRUE,
        "behavior.scaleUp does not let replicas rise to the number wanted at once.",
        "Widen the policies of behavior.scaleUp if the rise is too slow.",
    )
    SCALE_DOWN_LIMIT = (
        "ScaleDownLimit",
        TRUE,
        "behavior.scaleDown does not let replicas fall to the number wanted at once.",
        "Widen the policies of behavior.scaleDown if the fall is too slow.",
    )


class ObjectiveMet(Reason, condition=ConditionType.OBJECTIVE_MET):
    """Tasks start within objective.scheduleToStartSeconds: none is late now, and 95 % of the last hour's were not."""

    STARTED_IN_TIME = (
        "StartedInTime",
        TRUE,
        "No task is late now, and at least 95 % of those of the last hour started in time.",
    )
    AT_MAX_REPLICAS = (
        "AtMaxReplicas",
        FALSE,
        "Tasks start late, and more replicas would help than maxReplicas allows.",
        "Raise maxReplicas to the number in the message, or raise the objective.",
    )
    RATE_LIMITED = (
        "RateLimited",
        FALSE,
        "Tasks start late because a rate limit of the task queue holds them back.",
        "Raise the limit in Temporal or in the workers if what the tasks use can take more.",
    )
    CAPACITY_MISSING = (
        "CapacityMissing",
        FALSE,
        "Tasks start late because replicas that were requested can't start.",
        "Do what the condition CapacityAvailable says.",
    )
    STARTING = (
        "Starting",
        FALSE,
        "Tasks start late, and the replicas for them are starting.",
        "Nothing; if it is often so, raise minReplicas or add a schedule.",
    )
    PAUSED = (
        "Paused",
        FALSE,
        "Tasks start late, and the Deployment is left as it is.",
        "End the pause or override, set mode: Auto, or do what AbleToScale says.",
    )
    START_UP_TOO_SLOW = (
        "StartUpTooSlow",
        FALSE,
        (
            "Tasks start late because a replica takes longer to start than objective.scheduleToStartSeconds: only "
            "replicas that are already there can hold it."
        ),
        "Raise minReplicas, add a schedule, raise the objective, or make the pods start faster.",
    )
    UNKNOWN = (
        "Unknown",
        FALSE,
        "Tasks start late, and nothing that the operator knows of is in the way.",
        "See status.lastDecision for what each rule said, and WorkersPolling for who takes the tasks.",
    )
    STATISTICS_UNKNOWN = (
        "StatisticsUnknown",
        UNKNOWN,
        "A task queue can't be read, so it is not known whether its tasks start in time.",
        "Do what the conditions Connected and ScalingActive say.",
    )
