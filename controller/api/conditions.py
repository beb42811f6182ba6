"""The conditions of a `TemporalWorkerPool` and the closed set of their reasons.

Words are those of the HorizontalPodAutoscaler where it has them. `Ready` is the summary: it is `True` with
`Autoscaling` or `RecommendOnly`, and otherwise takes status and reason from the condition that is in the way, in the
order in which `ConditionType` lists them. Together with `observedGeneration` that is what kstatus (`kubectl wait`,
Argo CD, Flux) expects.

Reasons are API: people alert on them, so renaming one is a breaking change.
"""

from enum import StrEnum
from typing import Self

from controller.api.status import ConditionStatus

_TRUE, _FALSE, _UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN


class ConditionType(StrEnum):
    """The aspects of a pool's state."""

    READY = "Ready"
    """The operator sees the work of this pool and acts on it."""
    CONNECTED = "Connected"
    """Temporal answers, and the Temporal namespace is there."""
    CERTIFICATE_CURRENT = "CertificateCurrent"
    """The certificates that the connection uses are valid for at least 14 more days."""
    TARGET_FOUND = "TargetFound"
    """The Deployment and its worker container are there."""
    SCALING_ACTIVE = "ScalingActive"
    """There is a number of replicas to want, computed from what was read."""
    ANNOTATIONS_VALID = "AnnotationsValid"
    """The annotations by which an on-call engineer overrides the pool can be read."""
    OVERRIDDEN = "Overridden"
    """An annotation gives the number of replicas, or pauses the pool."""
    ABLE_TO_SCALE = "AbleToScale"
    """Replicas can be read and set, and nothing holds them back."""
    SCALING_LIMITED = "ScalingLimited"
    """The number wanted was cut by minReplicas, maxReplicas or behavior."""
    CAPACITY_AVAILABLE = "CapacityAvailable"
    """Every pod that was ordered is ready or on its way."""
    OBJECTIVE_REACHABLE = "ObjectiveReachable"
    """New replicas can help within objective.scheduleToStartSeconds."""
    IN_FLIGHT_KNOWN = "InFlightKnown"
    """It is known how many tasks the workers are running."""
    SLOTS_EFFECTIVE = "SlotsEffective"
    """The slots that the pool names are those of the worker container."""
    WORKERS_POLLING = "WorkersPolling"
    """The ready pods poll every task queue of the pool for tasks of every type that it lists."""
    TARGET_SAFE = "TargetSafe"
    """The Deployment gives a worker that is asked to stop the time to finish, and has what safe scaling needs."""


class Reason(StrEnum):
    """Why a condition has its status. Events use the same words.

    Attributes:
        condition: The condition that the reason belongs to; `Ready` may repeat it.
        status: The status that the condition then has.
        cause: What is the case.
        remedy: What to do about it; empty where nothing needs to be done.
    """

    condition: ConditionType
    status: ConditionStatus
    cause: str
    remedy: str

    def __new__(
        cls, value: str, condition: ConditionType, status: ConditionStatus, cause: str, remedy: str = ""
    ) -> Self:
        """Make one member of a row: its word, condition, status, cause and remedy."""
        reason = str.__new__(cls, value)
        reason._value_ = value
        reason.condition, reason.status, reason.cause, reason.remedy = condition, status, cause, remedy
        return reason

    AUTOSCALING = (
        "Autoscaling",
        ConditionType.READY,
        _TRUE,
        "The operator reads the task queues and sets the replicas of the Deployment.",
    )
    INVALID_SPEC = (
        "InvalidSpec",
        ConditionType.READY,
        _FALSE,
        "The operator can't read the spec: the CRD of the cluster and the operator are of different versions.",
        "Apply the CRD that belongs to the operator's version, and correct the field that the message names.",
    )
    RECONCILE_ERROR = (
        "ReconcileError",
        ConditionType.READY,
        _FALSE,
        "A pass over the pool ended in an error that the operator does not expect.",
        "Nothing was changed and it is tried again; report the error with the operator's log if it stays.",
    )

    CONNECTED = (
        "Connected",
        ConditionType.CONNECTED,
        _TRUE,
        "Temporal answered, and the Temporal namespace is there.",
    )
    READS_SLOWED = (
        "ReadsSlowed",
        ConditionType.CONNECTED,
        _TRUE,
        "The pools of this Temporal namespace want more reads than the operator's budget: all are read less often.",
        "Raise --temporal-reads-per-second of the operator if the server can bear it, or pollingIntervalSeconds.",
    )
    NAME_NOT_RESOLVED = (
        "NameNotResolved",
        ConditionType.CONNECTED,
        _FALSE,
        "The host name of the Temporal server has no address.",
        "Correct the host in the connection's address; from another namespace it is SERVICE.NAMESPACE.svc.",
    )
    CONNECTION_REFUSED = (
        "ConnectionRefused",
        ConditionType.CONNECTED,
        _FALSE,
        "The host of the Temporal server is there, and nothing listens on that port.",
        "Correct the port in the connection's address (a frontend's is 7233), or start the server.",
    )
    TIMED_OUT = (
        "TimedOut",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server did not answer in time.",
        "Let the operator's pod reach the address (NetworkPolicy, firewall), and look at the server's load.",
    )
    SERVER_UNREACHABLE = (
        "ServerUnreachable",
        ConditionType.CONNECTED,
        _FALSE,
        "No connection to the Temporal server for another reason, which the message has.",
        "Check that the connection's address is a Temporal frontend, and that the operator's pod may reach it.",
    )
    TLS_MISMATCH = (
        "TLSMismatch",
        ConditionType.CONNECTED,
        _FALSE,
        "One side of the connection speaks TLS and the other does not.",
        "Set tls.enabled in a TemporalConnection, or remove tls where the server is plaintext.",
    )
    SERVER_CERTIFICATE_NOT_TRUSTED = (
        "ServerCertificateNotTrusted",
        ConditionType.CONNECTED,
        _FALSE,
        "The server's certificate comes from an authority that the connection does not trust, or is not valid now.",
        "Put the authority's certificate where tls.caRef points, or renew the server's certificate.",
    )
    SERVER_NAME_MISMATCH = (
        "ServerNameMismatch",
        ConditionType.CONNECTED,
        _FALSE,
        "The server's certificate is for another host name.",
        "Set tls.serverName to one of the names in the message, or correct the address.",
    )
    CLIENT_CERTIFICATE_REFUSED = (
        "ClientCertificateRefused",
        ConditionType.CONNECTED,
        _FALSE,
        "The server wants a client certificate, and got none or one that it does not accept.",
        "Set tls.clientCertSecretRef, or renew the certificate: from an authority that the server trusts.",
    )
    CONNECTION_NOT_FOUND = (
        "ConnectionNotFound",
        ConditionType.CONNECTED,
        _FALSE,
        "The namespace of the pool has no TemporalConnection of that name.",
        "Create the TemporalConnection, or correct connectionRef.name.",
    )
    CREDENTIALS_NOT_FOUND = (
        "CredentialsNotFound",
        ConditionType.CONNECTED,
        _FALSE,
        "A Secret or ConfigMap that the TemporalConnection names is not there, or lacks the key.",
        "Create it, or correct the reference; the message names it.",
    )
    CREDENTIALS_NOT_LABELLED = (
        "CredentialsNotLabelled",
        ConditionType.CONNECTED,
        _FALSE,
        "The Secret's owner has not allowed its use for connections, so the operator does not use it.",
        "Label the Secret: kubectl label secret NAME workerpools.dev/connection=true.",
    )
    CREDENTIALS_NOT_READABLE = (
        "CredentialsNotReadable",
        ConditionType.CONNECTED,
        _FALSE,
        "The Kubernetes API server did not give the operator the TemporalConnection or what it refers to.",
        "Bind the ClusterRole temporal-worker-pools-connections in the namespace; the message has the command.",
    )
    CREDENTIALS_INVALID = (
        "CredentialsInvalid",
        ConditionType.CONNECTED,
        _FALSE,
        "A Secret or ConfigMap of the TemporalConnection does not hold what it should.",
        "Put a certificate, key or API key there; the message says which, and what is wrong.",
    )
    TEMPORAL_NAMESPACE_NOT_FOUND = (
        "TemporalNamespaceNotFound",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server has no such Temporal namespace.",
        "Correct temporalNamespace, or register the namespace.",
    )
    UNAUTHENTICATED = (
        "Unauthenticated",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server wants credentials, and the operator gave none that it accepts.",
        "Set apiKeySecretRef in a TemporalConnection, or renew the API key.",
    )
    PERMISSION_DENIED = (
        "PermissionDenied",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server does not let the operator read this Temporal namespace.",
        "Give the operator read access to the Temporal namespace.",
    )
    THROTTLED = (
        "Throttled",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal namespace has used up its requests per second.",
        "Raise the server's limit (frontend.namespaceRPS) or pollingIntervalSeconds of its pools.",
    )
    SERVER_TOO_OLD = (
        "ServerTooOld",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server does not know the request, or answers without the statistics that were asked for.",
        "Upgrade the Temporal server to 1.25 or later, and check that the address is its frontend.",
    )
    REQUEST_FAILED = (
        "RequestFailed",
        ConditionType.CONNECTED,
        _FALSE,
        "The Temporal server refused a request for another reason; the message has its status code and words.",
        "Do what the server's answer asks for.",
    )

    CERTIFICATE_CURRENT = (
        "CertificateCurrent",
        ConditionType.CERTIFICATE_CURRENT,
        _TRUE,
        "The certificates that the connection uses are valid for at least 14 more days.",
    )
    NO_CERTIFICATE = (
        "NoCertificate",
        ConditionType.CERTIFICATE_CURRENT,
        _TRUE,
        "The connection uses no certificate of its own.",
    )
    CERTIFICATE_EXPIRING = (
        "CertificateExpiring",
        ConditionType.CERTIFICATE_CURRENT,
        _FALSE,
        "A certificate that the connection uses expires within 14 days.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )
    CERTIFICATE_EXPIRED = (
        "CertificateExpired",
        ConditionType.CERTIFICATE_CURRENT,
        _FALSE,
        "A certificate that the connection uses has expired, or is not valid yet.",
        "Renew it in the Secret or ConfigMap that the message names; it is used with the next poll.",
    )

    TARGET_FOUND = (
        "TargetFound",
        ConditionType.TARGET_FOUND,
        _TRUE,
        "The Deployment and its worker container are there.",
    )
    TARGET_NOT_FOUND = (
        "TargetNotFound",
        ConditionType.TARGET_FOUND,
        _FALSE,
        "The namespace of the pool has no Deployment of that name.",
        "Create the Deployment, or correct scaleTargetRef.name.",
    )
    CONTAINER_NOT_FOUND = (
        "ContainerNotFound",
        ConditionType.TARGET_FOUND,
        _FALSE,
        "The Deployment's pod has no container of that name.",
        "Correct containerName; the message lists the containers.",
    )
    CONTAINER_NAME_REQUIRED = (
        "ContainerNameRequired",
        ConditionType.TARGET_FOUND,
        _FALSE,
        "The Deployment's pod has several containers, and the pool does not say which one is the worker.",
        "Set containerName; the message lists the containers.",
    )

    VALID_METRIC_FOUND = (
        "ValidMetricFound",
        ConditionType.SCALING_ACTIVE,
        _TRUE,
        "Every task queue was read, and a number of replicas was computed from it.",
    )
    RECOMMEND_ONLY = (
        "RecommendOnly",
        ConditionType.SCALING_ACTIVE,
        _TRUE,
        "The mode is Recommend: the decision is written to status, and the Deployment is left as it is.",
        "Set mode to Auto to let the operator act.",
    )
    FAILED_GET_BACKLOG = (
        "FailedGetBacklog",
        ConditionType.SCALING_ACTIVE,
        _FALSE,
        "A task queue could not be read; replicas are held, since unknown is not zero.",
        "See the condition Connected.",
    )
    SLOTS_UNKNOWN = (
        "SlotsUnknown",
        ConditionType.SCALING_ACTIVE,
        _FALSE,
        "The tasks that one replica runs at once are not known; replicas are not lowered.",
        "See the condition SlotsEffective, or set slots.",
    )

    READY_FOR_NEW_SCALE = (
        "ReadyForNewScale",
        ConditionType.ABLE_TO_SCALE,
        _TRUE,
        "The replicas are those wanted, and they can be changed at any time.",
    )
    SUCCEEDED_RESCALE = (
        "SucceededRescale",
        ConditionType.ABLE_TO_SCALE,
        _TRUE,
        "The operator has just set the replicas to the number wanted.",
    )
    SCALE_DOWN_STABILIZED = (
        "ScaleDownStabilized",
        ConditionType.ABLE_TO_SCALE,
        _TRUE,
        "More replicas were wanted a short while ago, so the number is kept for the stabilization window.",
    )
    SCALE_UP_STABILIZED = (
        "ScaleUpStabilized",
        ConditionType.ABLE_TO_SCALE,
        _TRUE,
        "Fewer replicas were wanted a short while ago, so the number is kept for the stabilization window.",
    )
    REPLICAS_BUSY = (
        "ReplicasBusy",
        ConditionType.ABLE_TO_SCALE,
        _TRUE,
        "Fewer replicas are wanted, and those that are left run tasks that a stop could cut short: they are kept.",
        "Nothing; to let busy ones finish within their grace period see disruption and the condition TargetSafe.",
    )
    FAILED_RANK_PODS = (
        "FailedRankPods",
        ConditionType.ABLE_TO_SCALE,
        _FALSE,
        "The Kubernetes API server refused to mark the pods that may go first.",
        "Check the operator's permission to patch pods, and admission policies; until then busy replicas are kept.",
    )
    FAILED_GET_SCALE = (
        "FailedGetScale",
        ConditionType.ABLE_TO_SCALE,
        _FALSE,
        "The Kubernetes API server did not give the Deployment's scale.",
        "Check the operator's permissions in the namespace: get on deployments/scale.",
    )
    FAILED_UPDATE_SCALE = (
        "FailedUpdateScale",
        ConditionType.ABLE_TO_SCALE,
        _FALSE,
        "The Kubernetes API server refused the new number of replicas.",
        "Check the operator's permission to patch deployments/scale, and admission policies; the message says which.",
    )

    TARGET_CONTESTED = (
        "TargetContested",
        ConditionType.ABLE_TO_SCALE,
        _FALSE,
        "Something else scales the Deployment, too; the operator leaves it alone.",
        "Remove one of the two; the message names the other one. mode: Recommend runs beside it.",
    )
    REPLICAS_REVERSED = (
        "ReplicasReversed",
        ConditionType.ABLE_TO_SCALE,
        _FALSE,
        "Somebody set the replicas back three times within five minutes; the operator stands back for a while.",
        (
            "Leave spec.replicas out of the manifest (Flux, kubectl apply); with Argo CD set ignoreDifferences on "
            "/spec/replicas and the sync option RespectIgnoreDifferences=true."
        ),
    )

    ANNOTATIONS_VALID = (
        "AnnotationsValid",
        ConditionType.ANNOTATIONS_VALID,
        _TRUE,
        "Every annotation that overrides the pool can be read.",
    )
    INVALID_ANNOTATION = (
        "InvalidAnnotation",
        ConditionType.ANNOTATIONS_VALID,
        _FALSE,
        "An annotation that overrides the pool can't be read, and is ignored.",
        "Correct or remove it; the message says how it should look.",
    )
    PAUSED = (
        "Paused",
        ConditionType.OVERRIDDEN,
        _TRUE,
        "The annotation workerpools.dev/paused-until leaves the Deployment as it is until a time.",
        "Remove the annotation to end the pause now.",
    )
    REPLICAS_FIXED = (
        "ReplicasFixed",
        ConditionType.OVERRIDDEN,
        _TRUE,
        "The annotation workerpools.dev/override gives the number of replicas until a time.",
        "Remove the annotation to let the work decide now.",
    )
    NOT_OVERRIDDEN = (
        "NotOverridden",
        ConditionType.OVERRIDDEN,
        _FALSE,
        "No annotation overrides the pool, or those that did have ended.",
    )

    DESIRED_WITHIN_RANGE = (
        "DesiredWithinRange",
        ConditionType.SCALING_LIMITED,
        _FALSE,
        "The number of replicas wanted lies within minReplicas, maxReplicas and behavior.",
    )
    TOO_FEW_REPLICAS = (
        "TooFewReplicas",
        ConditionType.SCALING_LIMITED,
        _TRUE,
        "Fewer replicas are wanted than minReplicas.",
        "Lower minReplicas if the work needs so few.",
    )
    TOO_MANY_REPLICAS = (
        "TooManyReplicas",
        ConditionType.SCALING_LIMITED,
        _TRUE,
        "More replicas are wanted than maxReplicas.",
        "Raise maxReplicas, or accept that tasks wait.",
    )
    SCALE_UP_LIMIT = (
        "ScaleUpLimit",
        ConditionType.SCALING_LIMITED,
        _TRUE,
        "behavior.scaleUp does not let replicas rise to the number wanted at once.",
        "Widen the policies of behavior.scaleUp if the rise is too slow.",
    )
    SCALE_DOWN_LIMIT = (
        "ScaleDownLimit",
        ConditionType.SCALING_LIMITED,
        _TRUE,
        "behavior.scaleDown does not let replicas fall to the number wanted at once.",
        "Widen the policies of behavior.scaleDown if the fall is too slow.",
    )

    START_UP_IN_TIME = (
        "StartUpInTime",
        ConditionType.OBJECTIVE_REACHABLE,
        _TRUE,
        "A new replica starts within objective.scheduleToStartSeconds, so it can help the tasks that wait for it.",
    )
    START_UP_TOO_SLOW = (
        "StartUpTooSlow",
        ConditionType.OBJECTIVE_REACHABLE,
        _FALSE,
        (
            "A new replica takes longer to start than objective.scheduleToStartSeconds: only replicas that are already "
            "there can hold it."
        ),
        "Raise minReplicas, add a schedule, raise the objective, or make the pods start faster.",
    )

    HEARTBEATS_FOUND = (
        "HeartbeatsFound",
        ConditionType.IN_FLIGHT_KNOWN,
        _TRUE,
        "The workers report the tasks they are running by their heartbeats.",
    )
    POD_METRICS_FOUND = (
        "PodMetricsFound",
        ConditionType.IN_FLIGHT_KNOWN,
        _TRUE,
        "The tasks that the workers are running are read from the metrics that their pods serve.",
    )
    POD_METRICS_MISSING = (
        "PodMetricsMissing",
        ConditionType.IN_FLIGHT_KNOWN,
        _FALSE,
        "No pod has ever served metrics that say which tasks it is running.",
        "Let the SDK serve its metrics for Prometheus, and set inFlight.podMetrics to their port and path.",
    )
    POD_METRICS_LOST = (
        "PodMetricsLost",
        ConditionType.IN_FLIGHT_KNOWN,
        _UNKNOWN,
        "Pods whose metrics said which tasks they are running can't be read now; replicas are not lowered.",
        "Look at the pods, and whether a NetworkPolicy lets the operator reach them.",
    )
    SOURCE_SWITCHED_OFF = (
        "SourceSwitchedOff",
        ConditionType.IN_FLIGHT_KNOWN,
        _FALSE,
        "inFlight.source is None: nobody is asked what the workers are running.",
        "Set inFlight.source to Auto.",
    )
    NO_REPLICAS = (
        "NoReplicas",
        ConditionType.IN_FLIGHT_KNOWN,
        _TRUE,
        "There is no replica, so no task is running.",
    )
    HEARTBEATS_MISSING = (
        "HeartbeatsMissing",
        ConditionType.IN_FLIGHT_KNOWN,
        _FALSE,
        "No worker has ever reported the tasks it is running.",
        "Use a Temporal server of 1.30 or later and an SDK with worker heartbeats, and leave heartbeats switched on.",
    )
    HEARTBEATS_LOST = (
        "HeartbeatsLost",
        ConditionType.IN_FLIGHT_KNOWN,
        _UNKNOWN,
        "Workers that reported the tasks they are running no longer do; replicas are not lowered.",
        "Look at the workers' logs and at the condition Connected.",
    )

    POLLING = (
        "Polling",
        ConditionType.WORKERS_POLLING,
        _TRUE,
        "Each task queue and type of the pool is polled by its pods, or they have not been ready for long.",
    )
    NOT_POLLING = (
        "NotPolling",
        ConditionType.WORKERS_POLLING,
        _FALSE,
        "Pods are ready, and none of them has ever polled a task queue that the pool lists; no more are added for it.",
        "Compare task queue, task type, Temporal namespace and address of the pool with those of the workers' code.",
    )
    NOBODY_TO_POLL = (
        "NobodyToPoll",
        ConditionType.WORKERS_POLLING,
        _UNKNOWN,
        "No replica is ready, so it can't be seen whether the workers poll the task queues that the pool lists.",
        "Nothing, if the pool is meant to be at zero; else see why no pod gets ready.",
    )

    PODS_COMING = (
        "PodsComing",
        ConditionType.CAPACITY_AVAILABLE,
        _TRUE,
        "Every pod that was ordered is ready or on its way.",
    )
    PROVISIONING = (
        "Provisioning",
        ConditionType.CAPACITY_AVAILABLE,
        _UNKNOWN,
        "Pods fit on no node so far; for provisioningDeadlineSeconds they count as coming.",
        "Nothing, if a cluster autoscaler brings nodes; else add nodes or lower what the pods request.",
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        ConditionType.CAPACITY_AVAILABLE,
        _FALSE,
        "Pods have found no node for provisioningDeadlineSeconds, and don't count as coming any more.",
        "Add nodes, raise the cluster autoscaler's limit, lower what the pods request, or loosen their nodeSelector.",
    )
    FAILED_CREATE = (
        "FailedCreate",
        ConditionType.CAPACITY_AVAILABLE,
        _FALSE,
        "Pods that were ordered can't be created: a quota or an admission policy refuses them.",
        "Raise the quota or mend the policy that the message names, or lower maxReplicas to what fits.",
    )
    IMAGE_PULL_BACK_OFF = (
        "ImagePullBackOff",
        ConditionType.CAPACITY_AVAILABLE,
        _FALSE,
        "The image of new pods can't be pulled.",
        "Correct image or imagePullSecrets in the Deployment, or mend the registry.",
    )
    CRASH_LOOP_BACK_OFF = (
        "CrashLoopBackOff",
        ConditionType.CAPACITY_AVAILABLE,
        _FALSE,
        "A container of new pods ends again and again before it is ready.",
        "See why with `kubectl logs --previous POD`.",
    )
    CONTAINER_NOT_CREATED = (
        "ContainerNotCreated",
        ConditionType.CAPACITY_AVAILABLE,
        _FALSE,
        "A container of new pods can't be created or started.",
        "Correct what the message names in the Deployment: a ConfigMap, a Secret, the command.",
    )

    SLOTS_IN_FORCE = (
        "SlotsInForce",
        ConditionType.SLOTS_EFFECTIVE,
        _TRUE,
        "The slots that the pool names are those of the worker container.",
    )
    SLOTS_PENDING = (
        "SlotsPending",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The slots of the pool differ from the Deployment's; they are written when that restarts no running pod.",
        "Wait until replicas are 0 or a rollout runs, or start one with `kubectl rollout restart`.",
    )
    SLOTS_CONFLICT = (
        "SlotsConflict",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The slot variable belongs to another manager of the Deployment, and the operator does not take it away.",
        "Remove the variable from that manager's manifest to hand it over, or remove slots from the pool.",
    )
    SLOTS_VALUE_FROM = (
        "SlotsValueFrom",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The slot variable takes its value from a reference (valueFrom), which the operator neither reads nor writes.",
        "Give the variable a plain value, or set slots without slotsEnvVar.",
    )
    SLOTS_VARIABLE_NOT_FOUND = (
        "SlotsVariableNotFound",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The worker container has no such variable, and the pool names no slots to write to it.",
        "Add the variable to the Deployment, or set slots.",
    )
    SLOTS_VARIABLE_DUPLICATE = (
        "SlotsVariableDuplicate",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The worker container lists the slot variable more than once.",
        "Leave one entry of that name in the Deployment.",
    )
    SLOTS_VARIABLE_INVALID = (
        "SlotsVariableInvalid",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The value of the slot variable is not a whole number of at least 1.",
        "Correct the value in the Deployment, or set slots.",
    )
    SLOTS_DIFFER = (
        "SlotsDiffer",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The workers report another number of slots than the pool or the Deployment names; what they report counts.",
        "Correct slots, or let the image read the variable that slotsEnvVar names.",
    )
    FAILED_UPDATE_SLOTS = (
        "FailedUpdateSlots",
        ConditionType.SLOTS_EFFECTIVE,
        _FALSE,
        "The Kubernetes API server refused the new slot variable.",
        "Check the operator's permission to patch deployments, and admission policies; the message says which.",
    )

    TARGET_SAFE = (
        "TargetSafe",
        ConditionType.TARGET_SAFE,
        _TRUE,
        "As far as the Deployment and the length of the tasks are known, a worker that is asked to stop can finish.",
    )
    GRACE_PERIOD_TOO_SHORT = (
        "GracePeriodTooShort",
        ConditionType.TARGET_SAFE,
        _FALSE,
        "The longest task takes longer than the pods' terminationGracePeriodSeconds: a stop would cut it short.",
        "Raise terminationGracePeriodSeconds as the message says; until then only idle replicas are removed.",
    )
    PRE_STOP_TOO_LONG = (
        "PreStopTooLong",
        ConditionType.TARGET_SAFE,
        _FALSE,
        "The preStop hook takes so much of the grace period that the longest task does not fit into the rest.",
        "Shorten the hook, or raise terminationGracePeriodSeconds as the message says.",
    )
    RECREATE_STRATEGY = (
        "RecreateStrategy",
        ConditionType.TARGET_SAFE,
        _FALSE,
        "The Deployment's strategy is Recreate: a rollout stops every worker at once.",
        "Set strategy.type to RollingUpdate.",
    )
    NO_READINESS_PROBE = (
        "NoReadinessProbe",
        ConditionType.TARGET_SAFE,
        _FALSE,
        "The worker container has no readinessProbe: its pod counts as ready before the worker polls.",
        "Add a readinessProbe that asks the worker.",
    )
    NO_RESOURCE_REQUESTS = (
        "NoResourceRequests",
        ConditionType.TARGET_SAFE,
        _FALSE,
        "The worker container requests no CPU or no memory: it may land on a full node, and is evicted first.",
        "Set resources.requests of the container.",
    )
