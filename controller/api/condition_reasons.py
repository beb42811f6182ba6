"""The reasons of each condition: what is the case, and what to do about it; docs/conditions.md is made from them.

Words are those of the HorizontalPodAutoscaler where it has them. Reasons are API: people alert on them, so renaming one
is a breaking change.
"""

from typing import Final

from controller.api.conditions import FALSE, TRUE, UNKNOWN, ConditionReason, ConditionType


class Ready(ConditionReason, condition=ConditionType.READY):
    """The operator sees the work of this pool and acts on it."""

    AUTOSCALING = (
        "Autoscaling",
        TRUE,
        "The operator reads the task queues and sets the replicas of the Deployment.",
    )
    INVALID_SPEC = (
        "InvalidSpec",
        FALSE,
        "The operator can't read the spec: the CRD of the cluster and the operator are of different versions.",
        "Apply the CRD that belongs to the operator's version, and correct the field that the message names.",
    )
    RECONCILE_ERROR = (
        "ReconcileError",
        FALSE,
        "A pass over the pool ended in an error that the operator does not expect.",
        "It is retried within a minute; report the error with the operator's log if it stays.",
    )


class Connected(ConditionReason, condition=ConditionType.CONNECTED):
    """Temporal answers, and the Temporal namespace is there."""

    CONNECTED = (
        "Connected",
        TRUE,
        "Temporal answered, and the Temporal namespace is there.",
    )
    READS_SLOWED = (
        "ReadsSlowed",
        TRUE,
        "Pools of this Temporal namespace ask for more reads than the budget allows: this one is polled less often.",
        "Raise --temporal-reads-per-second of the operator if the server can bear it, or pollingIntervalSeconds.",
    )
    NAME_NOT_RESOLVED = (
        "NameNotResolved",
        FALSE,
        "The host name of the Temporal server has no address.",
        "Correct the host in the connection's address; from another namespace it is SERVICE.NAMESPACE.svc.",
    )
    CONNECTION_REFUSED = (
        "ConnectionRefused",
        FALSE,
        "The host of the Temporal server is there, and nothing listens on that port.",
        "Correct the port in the connection's address (a frontend's is 7233), or start the server.",
    )
    TIMED_OUT = (
        "TimedOut",
        FALSE,
        "The Temporal server did not answer in time.",
        "Let the operator's pod reach the address (NetworkPolicy, firewall), and look at the server's load.",
    )
    SERVER_UNREACHABLE = (
        "ServerUnreachable",
        FALSE,
        "No connection to the Temporal server for another reason, which the message has.",
        "Check that the connection's address is a Temporal frontend, and that the operator's pod may reach it.",
    )
    TLS_MISMATCH = (
        "TLSMismatch",
        FALSE,
        "One side of the connection speaks TLS and the other does not.",
        "Set tls.enabled in a TemporalConnection, or remove tls where the server is plaintext.",
    )
    SERVER_CERTIFICATE_NOT_TRUSTED = (
        "ServerCertificateNotTrusted",
        FALSE,
        "The server's certificate comes from an authority that the connection does not trust, or is not valid now.",
        "Put the authority's certificate where tls.caRef points, or renew the server's certificate.",
    )
    SERVER_NAME_MISMATCH = (
        "ServerNameMismatch",
        FALSE,
        "The server's certificate is for another host name.",
        "Set tls.serverName to one of the names in the message, or correct the address.",
    )
    CLIENT_CERTIFICATE_REFUSED = (
        "ClientCertificateRefused",
        FALSE,
        "The server wants a client certificate, and got none or one that it does not accept.",
        "Set tls.clientCertSecretRef, or renew the certificate: from an authority that the server trusts.",
    )
    CONNECTION_NOT_FOUND = (
        "ConnectionNotFound",
        FALSE,
        "The namespace of the pool has no TemporalConnection of that name.",
        "Create the TemporalConnection, or correct connectionRef.name.",
    )
    CREDENTIALS_NOT_FOUND = (
        "CredentialsNotFound",
        FALSE,
        "A Secret or ConfigMap that the TemporalConnection names is not there, or lacks the key.",
        "Create it, or correct the reference; the message names it.",
    )
    CREDENTIALS_NOT_LABELLED = (
        "CredentialsNotLabelled",
        FALSE,
        "The Secret's owner has not allowed its use for connections, so the operator does not use it.",
        "Label the Secret: kubectl label secret NAME workerpools.dev/connection=true.",
    )
    CREDENTIALS_NOT_READABLE = (
        "CredentialsNotReadable",
        FALSE,
        "The Kubernetes API server did not give the operator the TemporalConnection or what it refers to.",
        "Run the command in the message, or give the operator's account the permission that it names.",
    )
    CREDENTIALS_INVALID = (
        "CredentialsInvalid",
        FALSE,
        "A Secret or ConfigMap of the TemporalConnection does not hold what it should.",
        "Put a certificate, key or API key there; the message says which, and what is wrong.",
    )
    TEMPORAL_NAMESPACE_NOT_FOUND = (
        "TemporalNamespaceNotFound",
        FALSE,
        "The Temporal server has no such Temporal namespace.",
        "Correct temporalNamespace, or register the namespace.",
    )
    UNAUTHENTICATED = (
        "Unauthenticated",
        FALSE,
        "The Temporal server wants credentials, and the operator gave none that it accepts.",
        "Set apiKeySecretRef in a TemporalConnection, or renew the API key.",
    )
    PERMISSION_DENIED = (
        "PermissionDenied",
        FALSE,
        "The Temporal server does not let the operator read this Temporal namespace.",
        "Give the operator read access to the Temporal namespace.",
    )
    THROTTLED = (
        "Throttled",
        FALSE,
        "The Temporal namespace has used up its requests per second.",
        "Raise the server's limit (frontend.namespaceRPS) or pollingIntervalSeconds of its pools.",
    )
    SERVER_TOO_OLD = (
        "ServerTooOld",
        FALSE,
        "The Temporal server does not know the request, or answers without the statistics that were asked for.",
        "Upgrade the Temporal server to 1.27 or later, and check that the address is its frontend.",
    )
    REQUEST_FAILED = (
        "RequestFailed",
        FALSE,
        "The Temporal server refused a request for another reason; the message has its status code and words.",
        "Do what the server's answer asks for.",
    )


class CertificateCurrent(ConditionReason, condition=ConditionType.CERTIFICATE_CURRENT):
    """The certificates that the connection uses are valid for at least 14 more days."""

    CERTIFICATE_CURRENT = (
        "CertificateCurrent",
        TRUE,
        "The certificates that the connection uses are valid for at least 14 more days.",
    )
    NO_CERTIFICATE = (
        "NoCertificate",
        TRUE,
        "The connection uses no certificate of its own.",
    )
    CERTIFICATE_EXPIRING = (
        "CertificateExpiring",
        FALSE,
        "A certificate that the connection uses expires within 14 days.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )
    CERTIFICATE_EXPIRED = (
        "CertificateExpired",
        FALSE,
        "A certificate that the connection uses has expired, or is not valid yet.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )


class TargetFound(ConditionReason, condition=ConditionType.TARGET_FOUND):
    """The Deployment and its worker container are there."""

    TARGET_FOUND = (
        "TargetFound",
        TRUE,
        "The Deployment and its worker container are there.",
    )
    TARGET_NOT_FOUND = (
        "TargetNotFound",
        FALSE,
        "The namespace of the pool has no Deployment of that name.",
        "Create the Deployment, or correct scaleTargetRef.name.",
    )
    CONTAINER_NOT_FOUND = (
        "ContainerNotFound",
        FALSE,
        "The Deployment's pod has no container of that name.",
        "Correct containerName; the message lists the containers.",
    )
    CONTAINER_NAME_REQUIRED = (
        "ContainerNameRequired",
        FALSE,
        "The Deployment's pod has several containers, and the pool does not say which one is the worker.",
        "Set containerName; the message lists the containers.",
    )
    TARGET_UNREADABLE = (
        "TargetUnreadable",
        UNKNOWN,
        "The Deployment is there, and fields that are needed to scale it can't be read; it is left as it is.",
        "Look at the fields that the message names with `kubectl get deployment -o yaml`, and at what wrote them.",
    )


class ScalingActive(ConditionReason, condition=ConditionType.SCALING_ACTIVE):
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


class AnnotationsValid(ConditionReason, condition=ConditionType.ANNOTATIONS_VALID):
    """The annotations by which an on-call engineer overrides the pool can be read."""

    ANNOTATIONS_VALID = (
        "AnnotationsValid",
        TRUE,
        "Every annotation that overrides the pool can be read.",
    )
    INVALID_ANNOTATION = (
        "InvalidAnnotation",
        FALSE,
        "An annotation that overrides the pool can't be read, and is ignored.",
        "Correct or remove it; the message says how it should look.",
    )


class Overridden(ConditionReason, condition=ConditionType.OVERRIDDEN):
    """An annotation gives the number of replicas, or pauses the pool."""

    PAUSED = (
        "Paused",
        TRUE,
        "The annotation workerpools.dev/paused-until leaves the Deployment as it is until a time.",
        "Remove the annotation to end the pause now.",
    )
    REPLICAS_FIXED = (
        "ReplicasFixed",
        TRUE,
        "The annotation workerpools.dev/override gives the number of replicas until a time.",
        "Remove the annotation to let the work decide now.",
    )
    NOT_OVERRIDDEN = (
        "NotOverridden",
        FALSE,
        "No annotation overrides the pool, or those that did have ended.",
    )


class AbleToScale(ConditionReason, condition=ConditionType.ABLE_TO_SCALE):
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


class ScalingLimited(ConditionReason, condition=ConditionType.SCALING_LIMITED):
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


class CapacityAvailable(ConditionReason, condition=ConditionType.CAPACITY_AVAILABLE):
    """Every pod that was ordered is ready or on its way."""

    PODS_COMING = (
        "PodsComing",
        TRUE,
        "Every pod that was ordered is ready or on its way.",
    )
    PROVISIONING = (
        "Provisioning",
        UNKNOWN,
        "Pods fit on no node so far; for provisioningDeadlineSeconds they count as coming.",
        "Nothing, if a cluster autoscaler brings nodes; else add nodes or lower what the pods request.",
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        FALSE,
        "Pods have found no node for provisioningDeadlineSeconds, and don't count as coming any more.",
        "Add nodes, raise the cluster autoscaler's limit, lower what the pods request, or loosen their nodeSelector.",
    )
    FAILED_CREATE = (
        "FailedCreate",
        FALSE,
        "Pods that were ordered can't be created: a quota or an admission policy refuses them.",
        "Raise the quota or mend the policy that the message names, or lower maxReplicas to what fits.",
    )
    IMAGE_PULL_BACK_OFF = (
        "ImagePullBackOff",
        FALSE,
        "The image of new pods can't be pulled.",
        "Correct image or imagePullSecrets in the Deployment, or mend the registry.",
    )
    CRASH_LOOP_BACK_OFF = (
        "CrashLoopBackOff",
        FALSE,
        "A container of new pods ends again and again before it is ready.",
        "See why with `kubectl logs POD --previous --container CONTAINER`; the message names both.",
    )
    CONTAINER_NOT_CREATED = (
        "ContainerNotCreated",
        FALSE,
        "A container of new pods can't be created or started.",
        "Correct what the message names in the Deployment: a ConfigMap, a Secret, the command.",
    )


class ObjectiveMet(ConditionReason, condition=ConditionType.OBJECTIVE_MET):
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
    CAUSE_UNKNOWN = (
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


class InFlightKnown(ConditionReason, condition=ConditionType.IN_FLIGHT_KNOWN):
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


class SlotsEffective(ConditionReason, condition=ConditionType.SLOTS_EFFECTIVE):
    """The slots that the pool names are those of the worker container."""

    SLOTS_IN_FORCE = (
        "SlotsInForce",
        TRUE,
        "The slots that the pool names are those of the worker container.",
    )
    SLOTS_PENDING = (
        "SlotsPending",
        FALSE,
        "The slots of the pool differ from the Deployment's; they are written when that restarts no running pod.",
        "Wait until replicas are 0 or a rollout runs, or start one with `kubectl rollout restart`.",
    )
    SLOTS_CONFLICT = (
        "SlotsConflict",
        FALSE,
        "The slot variable belongs to another manager of the Deployment, and the operator does not take it away.",
        "Give the variable the pool's value in that manager's manifest, too, or remove slots from the pool.",
    )
    SLOTS_VALUE_FROM = (
        "SlotsValueFrom",
        FALSE,
        "The slot variable takes its value from a reference (valueFrom), which the operator neither reads nor writes.",
        "Give the variable a plain value, or set slots without slotsEnvVar.",
    )
    SLOTS_VARIABLE_NOT_FOUND = (
        "SlotsVariableNotFound",
        FALSE,
        "The worker container has no such variable, and the pool names no slots to write to it.",
        "Add the variable to the Deployment, or set slots.",
    )
    SLOTS_VARIABLE_DUPLICATE = (
        "SlotsVariableDuplicate",
        FALSE,
        "The worker container lists the slot variable more than once.",
        "Leave one entry of that name in the Deployment.",
    )
    SLOTS_VARIABLE_INVALID = (
        "SlotsVariableInvalid",
        FALSE,
        "The value of the slot variable is not a whole number of at least 1.",
        "Correct the value in the Deployment, or set slots.",
    )
    SLOTS_DIFFER = (
        "SlotsDiffer",
        FALSE,
        "The workers report another number of slots than the pool or the Deployment names; what they report counts.",
        "Correct slots, or let the image read the variable that slotsEnvVar names.",
    )
    FAILED_UPDATE_SLOTS = (
        "FailedUpdateSlots",
        FALSE,
        "The Kubernetes API server refused the new slot variable.",
        "Check the operator's permission to patch deployments, and admission policies; the message says which.",
    )


class WorkersPolling(ConditionReason, condition=ConditionType.WORKERS_POLLING):
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


class TargetSafe(ConditionReason, condition=ConditionType.TARGET_SAFE):
    """The Deployment gives a worker that is asked to stop the time to finish, and has what safe scaling needs."""

    TARGET_SAFE = (
        "TargetSafe",
        TRUE,
        "As far as the Deployment and the length of the tasks are known, a worker that is asked to stop can finish.",
    )
    GRACE_PERIOD_TOO_SHORT = (
        "GracePeriodTooShort",
        FALSE,
        "The longest task takes longer than the pods' terminationGracePeriodSeconds: a stop would cut it short.",
        "Raise terminationGracePeriodSeconds as the message says; until then only idle replicas are removed.",
    )
    PRE_STOP_TOO_LONG = (
        "PreStopTooLong",
        FALSE,
        "The preStop hook takes so much of the grace period that the longest task does not fit into the rest.",
        "Shorten the hook, or raise terminationGracePeriodSeconds as the message says.",
    )
    RECREATE_STRATEGY = (
        "RecreateStrategy",
        FALSE,
        "The Deployment's strategy is Recreate: a rollout stops every worker at once.",
        "Set strategy.type to RollingUpdate.",
    )
    NO_READINESS_PROBE = (
        "NoReadinessProbe",
        FALSE,
        "The worker container has no readinessProbe: its pod counts as ready before the worker polls.",
        "Add a readinessProbe that asks the worker.",
    )
    NO_RESOURCE_REQUESTS = (
        "NoResourceRequests",
        FALSE,
        "The worker container requests no CPU or no memory: it may land on a full node, and is evicted first.",
        "Set resources.requests of the container.",
    )


class ObjectsReadable(ConditionReason, condition=ConditionType.OBJECTS_READABLE):
    """Every field of the Deployment, its pods and other scalers that the operator looks at can be read."""

    OBJECTS_READABLE = (
        "ObjectsReadable",
        TRUE,
        "Every field of the Deployment, its pods and other scalers that the operator looks at can be read.",
    )
    OBJECT_UNREADABLE = (
        "ObjectUnreadable",
        FALSE,
        "A field of the Deployment, of a pod or of another scaler can't be read: what it says is unknown.",
        "See the object with `kubectl get -o yaml`, and what wrote the field that the message names.",
    )


CONDITIONS: Final[tuple[type[ConditionReason], ...]] = (
    Ready,
    Connected,
    CertificateCurrent,
    TargetFound,
    ScalingActive,
    AnnotationsValid,
    Overridden,
    AbleToScale,
    ScalingLimited,
    CapacityAvailable,
    ObjectiveMet,
    InFlightKnown,
    SlotsEffective,
    WorkersPolling,
    TargetSafe,
    ObjectsReadable,
)
"""The reasons of each condition, in the order of `ConditionType`."""

REASONS: Final = tuple(reason for condition in CONDITIONS for reason in condition)
"""All reasons there are."""
