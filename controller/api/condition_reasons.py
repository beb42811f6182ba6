"""The reasons of each condition, with what each means and what to do; docs/conditions.md is generated from them.

They are the words of the HorizontalPodAutoscaler if it has one. Reasons are API: people alert on them, so renaming one
is a breaking change.
"""

from typing import Final

from controller.api.conditions import FALSE, TRUE, UNKNOWN, ConditionReason, ConditionType


class Ready(ConditionReason, condition=ConditionType.READY):
    """The operator reads the task queues of this pool and scales its Deployment."""

    AUTOSCALING = (
        "Autoscaling",
        TRUE,
        "The operator reads the task queues and sets the replicas of the Deployment.",
    )
    INVALID_SPEC = (
        "InvalidSpec",
        FALSE,
        (
            "The operator can't read the spec, so it doesn't scale the pool: the CRD of the cluster and the operator "
            "are of different versions."
        ),
        "Apply the CRD of the operator's version, and correct the field that the message names.",
    )
    RECONCILE_ERROR = (
        "ReconcileError",
        FALSE,
        "The last reconcile of the pool ended in an unexpected error.",
        "Retried within 60 s; if the error stays, report it with the operator's log.",
    )

    TASKS_LATE = (
        "TasksLate",
        TRUE,
        "Tasks start late although every requested replica is ready, and the operator knows no cause but the load.",
        "Nothing to do while the backlog falls; see the condition ObjectiveMet.",
    )
    CRD_OUTDATED = (
        "CRDOutdated",
        TRUE,
        "The CRD in the cluster is older than the operator: new fields are dropped. The pool is scaled all the same.",
        "Apply the CRD of the operator's version with the command in the message.",
    )
    CRD_NEWER = (
        "CRDNewer",
        TRUE,
        "The CRD in the cluster is newer than the operator, which ignores fields that it does not know.",
        "Run the operator of the CRD's version with the command in the message.",
    )


class Stalled(ConditionReason, condition=ConditionType.STALLED):
    """The pool can't go on until a person changes something; Ready has the cause. Absent until that was so once."""

    ACTION_REQUIRED = (
        "ActionRequired",
        TRUE,
        "What Ready names has lasted for 120 s, does not end by itself, and no rollout of the Deployment runs.",
        "Do what the message of Ready says.",
    )
    NOT_STALLED = (
        "NotStalled",
        FALSE,
        "The pool works, or what is in its way may end by itself.",
        "Nothing to do.",
    )


class Connected(ConditionReason, condition=ConditionType.CONNECTED):
    """Temporal answers, and the Temporal namespace exists."""

    CONNECTED = (
        "Connected",
        TRUE,
        "Temporal answered, and the Temporal namespace exists.",
    )
    READS_SLOWED = (
        "ReadsSlowed",
        TRUE,
        (
            "Temporal API budget: the pools of this Temporal namespace ask for more reads per second than the budget "
            "allows, so this pool is polled less often."
        ),
        (
            "Raise --temporal-reads-per-second of the operator if the server can take more reads, or raise "
            "pollingIntervalSeconds."
        ),
    )
    NAME_NOT_RESOLVED = (
        "NameNotResolved",
        FALSE,
        "DNS has no address for the host of the Temporal server.",
        "Correct the host in the connection's address; for a Service in another namespace it is SERVICE.NAMESPACE.svc.",
    )
    CONNECTION_REFUSED = (
        "ConnectionRefused",
        FALSE,
        "The host of the Temporal server refuses connections to this port.",
        "Correct the port in the connection's address (a Temporal frontend has 7233 by default), or start the server.",
    )
    TIMED_OUT = (
        "TimedOut",
        FALSE,
        "The Temporal server did not answer in time.",
        "Let the operator's pod reach the address (NetworkPolicy, firewall), and check the load of the server.",
    )
    SERVER_UNREACHABLE = (
        "ServerUnreachable",
        FALSE,
        "The operator can't connect to the Temporal server, for the cause in the message.",
        "Check that the connection's address is a Temporal frontend, and that the operator's pod can reach it.",
    )
    TLS_MISMATCH = (
        "TLSMismatch",
        FALSE,
        "One side of the connection uses TLS and the other does not.",
        "Set tls.enabled to true in a TemporalConnection, or remove tls if the server uses plaintext.",
    )
    SERVER_CERTIFICATE_NOT_TRUSTED = (
        "ServerCertificateNotTrusted",
        FALSE,
        "The server's certificate is not valid now, or is not signed by an authority that the connection trusts.",
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
        "The server requires a client certificate, and got none or one that it does not accept.",
        "Set tls.clientCertSecretRef, or renew the certificate with an authority that the server trusts.",
    )
    CONNECTION_NOT_FOUND = (
        "ConnectionNotFound",
        FALSE,
        "The namespace of the pool has no TemporalConnection with the name in connectionRef.",
        "Create the TemporalConnection, or correct connectionRef.name.",
    )
    CREDENTIALS_NOT_FOUND = (
        "CredentialsNotFound",
        FALSE,
        "A Secret or ConfigMap that the TemporalConnection refers to does not exist, or lacks the key.",
        "Create it, or correct the reference; the message names both.",
    )
    CREDENTIALS_NOT_LABELLED = (
        "CredentialsNotLabelled",
        FALSE,
        "The Secret lacks the label by which its owner allows its use in connections, so the operator does not use it.",
        "Label the Secret: `kubectl label secret NAME workerpools.dev/connection=true`.",
    )
    CREDENTIALS_NOT_READABLE = (
        "CredentialsNotReadable",
        FALSE,
        "The Kubernetes API server did not return the TemporalConnection or an object that it refers to.",
        "Run the command in the message, or grant the operator's account the permission that the message names.",
    )
    CREDENTIALS_INVALID = (
        "CredentialsInvalid",
        FALSE,
        (
            "The TemporalConnection is not valid, or a Secret or ConfigMap of it holds no usable certificate, key or "
            "API key."
        ),
        "Correct the field or value that the message names.",
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
        "The Temporal server requires credentials, and got none or some that it does not accept.",
        "Set apiKeySecretRef in a TemporalConnection, or renew the API key.",
    )
    PERMISSION_DENIED = (
        "PermissionDenied",
        FALSE,
        "The Temporal server does not allow the operator to read this Temporal namespace.",
        "Grant the operator read access to the Temporal namespace.",
    )
    THROTTLED = (
        "Throttled",
        FALSE,
        (
            "The requests per second of the Temporal namespace are used up: those that the server allows, or those of "
            "the operator's budget."
        ),
        "Raise the limit that the message names, or raise pollingIntervalSeconds of the pools.",
    )
    SERVER_TOO_OLD = (
        "ServerTooOld",
        FALSE,
        "The Temporal server does not know the request, or answers without the statistics.",
        (
            "Upgrade the Temporal server to 1.27 or the version that the message names, and check that the address is "
            "its frontend."
        ),
    )
    REQUEST_FAILED = (
        "RequestFailed",
        FALSE,
        "The Temporal server refused a request; the message has its status code and text.",
        "Do what the server's answer asks for.",
    )


class CertificateCurrent(ConditionReason, condition=ConditionType.CERTIFICATE_CURRENT):
    """The certificates of the connection are valid for at least 14 more days."""

    CERTIFICATE_CURRENT = (
        "CertificateCurrent",
        TRUE,
        "The certificates of the connection are valid for at least 14 more days.",
    )
    NO_CERTIFICATE = (
        "NoCertificate",
        TRUE,
        "The connection uses no certificate of its own.",
    )
    CERTIFICATE_EXPIRING = (
        "CertificateExpiring",
        FALSE,
        "A certificate of the connection expires within 14 days.",
        "Renew it in the Secret or ConfigMap that the message names; the next poll uses the new one.",
    )
    CERTIFICATE_EXPIRED = (
        "CertificateExpired",
        FALSE,
        "A certificate of the connection has expired, or is not valid yet.",
        "Renew it in the Secret or ConfigMap that the message names; the next poll uses the new one.",
    )


class TargetFound(ConditionReason, condition=ConditionType.TARGET_FOUND):
    """The Deployment and its worker container exist."""

    TARGET_FOUND = (
        "TargetFound",
        TRUE,
        "The Deployment and its worker container exist.",
    )
    TARGET_NOT_FOUND = (
        "TargetNotFound",
        FALSE,
        "The namespace of the pool has no Deployment with the name in scaleTargetRef.",
        "Create the Deployment, or correct scaleTargetRef.name.",
    )
    CONTAINER_NOT_FOUND = (
        "ContainerNotFound",
        FALSE,
        "The pods of the Deployment have no container with the name in containerName.",
        "Correct containerName; the message lists the containers.",
    )
    CONTAINER_NAME_REQUIRED = (
        "ContainerNameRequired",
        FALSE,
        "The pods of the Deployment have several containers, and the pool does not say which one is the worker.",
        "Set containerName; the message lists the containers.",
    )
    TARGET_NOT_ALLOWED = (
        "TargetNotAllowed",
        FALSE,
        "The Deployment lacks a label without which the operator scales no Deployment (its option --target-label).",
        "Label the Deployment with the command in the message, if it may be scaled.",
    )
    TARGET_UNREADABLE = (
        "TargetUnreadable",
        UNKNOWN,
        "The operator can't read fields of the Deployment that scaling needs, so it does not change the Deployment.",
        "Check the fields that the message names with `kubectl get deployment NAME -o yaml`, and what wrote them.",
    )


class ScalingActive(ConditionReason, condition=ConditionType.SCALING_ACTIVE):
    """The operator computes the number of replicas from the task queues."""

    VALID_METRIC_FOUND = (
        "ValidMetricFound",
        TRUE,
        "The operator read every task queue and computed the number of replicas from them.",
    )
    RECOMMEND_ONLY = (
        "RecommendOnly",
        TRUE,
        "mode is Recommend: the operator writes its decision to status and does not change the Deployment.",
        "Set mode to Auto to let the operator scale the Deployment.",
    )
    FAILED_GET_BACKLOG = (
        "FailedGetBacklog",
        FALSE,
        (
            "The operator could not read a task queue. It does not lower the replicas, because an unknown backlog is "
            "not zero."
        ),
        "See the condition Connected.",
    )
    SLOTS_UNKNOWN = (
        "SlotsUnknown",
        FALSE,
        "The operator does not know how many tasks one replica runs at once. It does not lower the replicas.",
        "Set slots, or see the condition SlotsEffective.",
    )


class AnnotationsValid(ConditionReason, condition=ConditionType.ANNOTATIONS_VALID):
    """The operator can read the annotations that override the pool."""

    ANNOTATIONS_VALID = (
        "AnnotationsValid",
        TRUE,
        "The operator can read every annotation that overrides the pool.",
    )
    INVALID_ANNOTATION = (
        "InvalidAnnotation",
        FALSE,
        "The operator can't read an annotation that overrides the pool, and ignores it.",
        "Correct or remove the annotation.",
    )
    UNKNOWN_ANNOTATION = (
        "UnknownAnnotation",
        FALSE,
        "An annotation has the prefix workerpools.dev and a name that the operator does not know: it has no effect.",
        "Correct the name of the annotation, or remove it.",
    )


class Overridden(ConditionReason, condition=ConditionType.OVERRIDDEN):
    """An annotation sets the number of replicas, or the least one, or pauses the pool."""

    PAUSED = (
        "Paused",
        TRUE,
        (
            "The annotation workerpools.dev/paused-until pauses the pool: the operator does not change the Deployment "
            "until that time."
        ),
        "Remove the annotation to end the pause now.",
    )
    REPLICAS_FIXED = (
        "ReplicasFixed",
        TRUE,
        "The annotation workerpools.dev/override sets the number of replicas until the time that it names.",
        "Remove the annotation to scale by the task queues again now.",
    )
    MIN_REPLICAS_RAISED = (
        "MinReplicasRaised",
        TRUE,
        "The annotation workerpools.dev/override sets the least number of replicas until the time that it names.",
        "Remove the annotation to let the replicas fall again now.",
    )
    NOT_OVERRIDDEN = (
        "NotOverridden",
        FALSE,
        "No annotation overrides the pool.",
    )


class SchedulesValid(ConditionReason, condition=ConditionType.SCHEDULES_VALID):
    """The operator can read cron and timeZone of every schedule."""

    SCHEDULES_VALID = (
        "SchedulesValid",
        TRUE,
        "The operator can read every schedule of the pool.",
    )
    INVALID_SCHEDULE = (
        "InvalidSchedule",
        FALSE,
        "The operator can't read cron or timeZone of a schedule, and ignores that schedule.",
        "Correct the schedule that the message names.",
    )


class AbleToScale(ConditionReason, condition=ConditionType.ABLE_TO_SCALE):
    """The operator can change the replicas of the Deployment."""

    READY_FOR_NEW_SCALE = (
        "ReadyForNewScale",
        TRUE,
        "No restriction on scaling.",
    )
    SUCCEEDED_RESCALE = (
        "SucceededRescale",
        TRUE,
        "The operator has just set the replicas to the desired number.",
    )
    SCALE_DOWN_STABILIZED = (
        "ScaleDownStabilized",
        TRUE,
        "scaleDown stabilization: the replicas stay at the highest recommendation of the stabilization window.",
    )
    SCALE_UP_STABILIZED = (
        "ScaleUpStabilized",
        TRUE,
        "scaleUp stabilization: the replicas rise only to the lowest recommendation of the stabilization window.",
    )
    SCALED_BY_OTHER = (
        "ScaledByOther",
        TRUE,
        (
            "A person set the replicas within the last 5 minutes: there are not fewer, and not more until tasks run "
            "late, as far as minReplicas and maxReplicas allow."
        ),
        "Nothing to do; to keep the number for longer, use workerpools.dev/override.",
    )
    REPLICAS_BUSY = (
        "ReplicasBusy",
        TRUE,
        "Scale-down delayed: the surplus replicas run tasks that a stop could cut short.",
        (
            "Nothing to do: they are removed when they are idle. To let busy replicas finish within their grace "
            "period, see disruption and the condition TargetSafe."
        ),
    )
    FAILED_SET_DELETION_COSTS = (
        "FailedRankPods",
        FALSE,
        "The Kubernetes API server refused to set pod-deletion-cost, by which idle pods are removed first.",
        "Check the operator's permission to patch pods, and admission policies; until then busy replicas are kept.",
    )
    FAILED_GET_SCALE = (
        "FailedGetScale",
        FALSE,
        "The Deployment was deleted or replaced while the operator set its replicas.",
        "Nothing to do: the next reconcile reads the Deployment again.",
    )
    FAILED_UPDATE_SCALE = (
        "FailedUpdateScale",
        FALSE,
        (
            "The operator could not set the replicas: the Kubernetes API server refused, or the replicas changed at "
            "each try."
        ),
        (
            "Check the operator's permission to patch deployments/scale, admission policies, and other scalers; the "
            "message names the cause."
        ),
    )
    TARGET_CONTESTED = (
        "TargetContested",
        FALSE,
        "Another scaler also scales the Deployment, so the operator does not.",
        (
            "Delete one of the two; the message names the other one. `twp adopt` pauses it; with mode: Recommend the "
            "pool can stay beside it."
        ),
    )
    REPLICAS_REVERSED = (
        "ReplicasReversed",
        FALSE,
        (
            "A field manager set the replicas back three times within 5 minutes, so the operator backs off: for 5 "
            "minutes first, for an hour at most."
        ),
        (
            "Follow the steps in the message. Removing spec.replicas from the field manager's manifest is not enough: "
            "that alone sets 1 replica. If it scales at times on purpose, use workerpools.dev/paused-until or "
            "schedules."
        ),
    )


class ScalingLimited(ConditionReason, condition=ConditionType.SCALING_LIMITED):
    """minReplicas, maxReplicas or behavior limits the recommended replicas."""

    DESIRED_WITHIN_RANGE = (
        "DesiredWithinRange",
        FALSE,
        "The recommended replicas are within minReplicas, maxReplicas and behavior.",
    )
    TOO_FEW_REPLICAS = (
        "TooFewReplicas",
        TRUE,
        "Raised to minReplicas, of the pool or of a schedule: fewer replicas would meet the objective.",
        "Lower minReplicas if fewer replicas are enough.",
    )
    TOO_MANY_REPLICAS = (
        "TooManyReplicas",
        TRUE,
        "Limited to maxReplicas: more replicas would meet the objective.",
        "Raise maxReplicas, or accept that tasks wait longer.",
    )
    SCALE_UP_LIMIT = (
        "ScaleUpLimit",
        TRUE,
        "behavior.scaleUp limits how fast the replicas rise to the recommended number.",
        "Allow more in the policies of behavior.scaleUp if the scale-up is too slow.",
    )
    SCALE_DOWN_LIMIT = (
        "ScaleDownLimit",
        TRUE,
        "behavior.scaleDown limits how fast the replicas fall to the recommended number.",
        "Allow more in the policies of behavior.scaleDown if the scale-down is too slow.",
    )


class CapacityAvailable(ConditionReason, condition=ConditionType.CAPACITY_AVAILABLE):
    """Every requested pod is ready or starting."""

    PODS_COMING = (
        "PodsComing",
        TRUE,
        "Every requested pod is ready or starting.",
    )
    PROVISIONING = (
        "Provisioning",
        UNKNOWN,
        "Pods fit on no node yet; they count as starting for provisioningDeadlineSeconds.",
        "Nothing to do if a cluster autoscaler adds nodes; else add nodes, or lower the resource requests of the pods.",
    )
    PODS_NOT_READY = (
        "PodsNotReady",
        FALSE,
        (
            "Pods that were ready have not been for more than a minute, and Kubernetes names no cause: their workers "
            "may hang. They don't count as starting; tasks that they may run still count."
        ),
        (
            "Find the cause with `kubectl describe pod POD` and `kubectl logs POD`; the message names the pod. "
            "Delete it to replace it: tasks that it runs then start again elsewhere."
        ),
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        FALSE,
        "Pods have had no node for provisioningDeadlineSeconds, so they no longer count as starting.",
        (
            "Add nodes, raise the limit of the cluster autoscaler, lower the resource requests of the pods, or loosen "
            "their nodeSelector."
        ),
    )
    FAILED_CREATE = (
        "FailedCreate",
        FALSE,
        "Pods can't be created: a quota or an admission policy refuses them.",
        "Raise the quota or change the policy that the message names, or lower maxReplicas to what fits.",
    )
    IMAGE_PULL_BACK_OFF = (
        "ImagePullBackOff",
        FALSE,
        "The image of new pods can't be pulled.",
        "Correct image or imagePullSecrets in the Deployment, or fix the registry.",
    )
    CRASH_LOOP_BACK_OFF = (
        "CrashLoopBackOff",
        FALSE,
        (
            "A container of the pods ends again and again. That is one finding, also where it becomes ready in "
            "between: it is over once the pods have run for 300 s."
        ),
        "Find the cause with `kubectl logs POD --previous --container CONTAINER`; the message names both.",
    )
    CONTAINER_NOT_CREATED = (
        "ContainerNotCreated",
        FALSE,
        "A container of new pods can't be created or started.",
        "Correct what the message names in the Deployment, such as a ConfigMap, a Secret or the command.",
    )


class ObjectiveMet(ConditionReason, condition=ConditionType.OBJECTIVE_MET):
    """No task is late now, and 95 % of the tasks of the last hour started within objective.scheduleToStartSeconds."""

    STARTED_IN_TIME = (
        "StartedInTime",
        TRUE,
        "No task is late now, and at least 95 % of the tasks of the last hour started in time.",
    )
    AT_MAX_REPLICAS = (
        "AtMaxReplicas",
        FALSE,
        "Tasks start late because they need more replicas than maxReplicas.",
        "Raise maxReplicas to the number in the message, or raise objective.scheduleToStartSeconds.",
    )
    RATE_LIMITED = (
        "RateLimited",
        FALSE,
        "Tasks start late because a rate limit of the task queue delays them.",
        "Raise the limit in Temporal or in the workers if what the tasks use can take more.",
    )
    CAPACITY_MISSING = (
        "CapacityMissing",
        FALSE,
        "Tasks start late because requested replicas can't start, or are no longer ready.",
        "Do what the condition CapacityAvailable says.",
    )
    STARTING = (
        "Starting",
        FALSE,
        "Tasks start late because the replicas for them are still starting.",
        "Nothing to do; if it happens often, raise minReplicas or add a schedule.",
    )
    PAUSED = (
        "Paused",
        FALSE,
        "Tasks start late because the operator does not scale the Deployment now.",
        "End the pause or override, set mode to Auto, or do what the condition AbleToScale says.",
    )
    START_UP_TOO_SLOW = (
        "StartUpTooSlow",
        FALSE,
        (
            "Tasks start late because a replica takes longer to start than objective.scheduleToStartSeconds: only "
            "replicas that already run can start them in time."
        ),
        "Raise minReplicas, add a schedule, raise objective.scheduleToStartSeconds, or make the pods start faster.",
    )
    CAUSE_UNKNOWN = (
        "Unknown",
        FALSE,
        "Tasks start late, and the operator knows no cause.",
        (
            "See status.lastDecision for what each rule did, and the condition WorkersPolling for which workers take "
            "the tasks."
        ),
    )
    STATISTICS_UNKNOWN = (
        "StatisticsUnknown",
        UNKNOWN,
        "The operator can't read a task queue, so it does not know whether its tasks start in time.",
        "Do what the conditions Connected and ScalingActive say.",
    )


class InFlightKnown(ConditionReason, condition=ConditionType.IN_FLIGHT_KNOWN):
    """The operator knows how many tasks the workers run."""

    HEARTBEATS_FOUND = (
        "HeartbeatsFound",
        TRUE,
        "The workers report their running tasks by heartbeats.",
    )
    POD_METRICS_FOUND = (
        "PodMetricsFound",
        TRUE,
        "The operator reads the running tasks from the metrics of the pods.",
    )
    POD_METRICS_MISSING = (
        "PodMetricsMissing",
        FALSE,
        "No pod has ever served the metrics that count its running tasks.",
        "Let the SDK serve its metrics for Prometheus, and set inFlight.podMetrics to their port and path.",
    )
    POD_METRICS_LOST = (
        "PodMetricsLost",
        UNKNOWN,
        "The operator can no longer read the metrics of pods; their slots count as full.",
        "Check the pods, and whether a NetworkPolicy lets the operator reach them.",
    )
    SOURCE_SWITCHED_OFF = (
        "SourceSwitchedOff",
        FALSE,
        "inFlight.source is None: the operator does not read what the workers run.",
        "Set inFlight.source to Auto.",
    )
    NO_REPLICAS = (
        "NoReplicas",
        TRUE,
        "No replica is ready, so none takes tasks.",
    )
    HEARTBEATS_MISSING = (
        "HeartbeatsMissing",
        FALSE,
        "No worker has ever reported its running tasks.",
        (
            "Do what the message says: turn heartbeats on in the SDK or in the Temporal server (1.30 or later), or set "
            "inFlight.podMetrics."
        ),
    )
    WORKERS_NOT_MATCHED = (
        "WorkersNotMatched",
        FALSE,
        "No ready pod reports its tasks, while at least as many workers poll with host names that match no pod.",
        "Give each worker the name of its pod as identity, an option of the SDK's client.",
    )
    WORKERS_NOT_POLLING = (
        "WorkersNotPolling",
        UNKNOWN,
        "The ready pods poll none of the task queues of the pool, so it is unknown what they run.",
        "Do what the condition WorkersPolling says: it has the cause.",
    )
    HEARTBEATS_LOST = (
        "HeartbeatsLost",
        UNKNOWN,
        "Workers that reported their running tasks no longer do; their slots count as full.",
        "Check the logs of the workers, and the condition Connected.",
    )


class SlotsEffective(ConditionReason, condition=ConditionType.SLOTS_EFFECTIVE):
    """The worker container has the slots that the pool sets."""

    SLOTS_IN_FORCE = (
        "SlotsInForce",
        TRUE,
        "The worker container has the slots that the pool sets.",
    )
    SLOTS_PENDING = (
        "SlotsPending",
        FALSE,
        "The slots of the pool are not in the Deployment yet: they are written when that restarts no running pod.",
        "Wait until replicas are 0 or a rollout runs, or start one with `kubectl rollout restart`.",
    )
    SLOTS_CONFLICT = (
        "SlotsConflict",
        FALSE,
        "Another field manager or a controller owns the slot variable, so the operator does not write it.",
        "Set the pool's value in the owner's manifest too, or remove slots from the pool.",
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
        "The worker container does not have the variable that slotsEnvVar names, and the pool sets no slots.",
        "Add the variable to the Deployment, or set slots.",
    )
    SLOTS_VARIABLE_DUPLICATE = (
        "SlotsVariableDuplicate",
        FALSE,
        "The worker container lists the slot variable more than once.",
        "Keep one entry of that name in the Deployment.",
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
        "The workers report other slots than the pool or the Deployment sets; the reported ones count.",
        "Correct slots, or let the image read the variable that slotsEnvVar names.",
    )
    FAILED_UPDATE_SLOTS = (
        "FailedUpdateSlots",
        FALSE,
        "The Kubernetes API server refused the new value of the slot variable.",
        "Check the operator's permission to patch deployments, and admission policies; the message names the cause.",
    )


class WorkersPolling(ConditionReason, condition=ConditionType.WORKERS_POLLING):
    """The ready pods poll every task queue and task type of the pool."""

    POLLING = (
        "Polling",
        TRUE,
        "The pods poll every task queue and task type of the pool, or have been ready for less than 90 s.",
    )
    NOT_POLLING = (
        "NotPolling",
        FALSE,
        "Pods are ready, and none of them has polled a task queue of the pool: no replicas are added for it.",
        (
            "Compare task queue, task type, Temporal namespace and address of the pool with those in the code of the "
            "workers."
        ),
    )
    NO_POLLER = (
        "NobodyToPoll",
        UNKNOWN,
        "No replica is ready, so it is unknown whether the workers poll the task queues of the pool.",
        "Nothing to do if the pool is meant to be at zero; else find out why no pod becomes ready.",
    )
    NO_TASK_EVER_SEEN = (
        "NoTaskEverSeen",
        UNKNOWN,
        (
            "No replica is ready, and for more than an hour neither a task nor a worker was seen on a task queue: its "
            "name may be wrong. Temporal answers for a name that nothing uses as for a queue without work."
        ),
        "Compare the names in taskQueues with those in the code of the workers and of what starts the work.",
    )
    POLLERS_UNKNOWN = (
        "PollersUnknown",
        UNKNOWN,
        "The operator can't read a task queue, so it does not know whether the new pods poll it.",
        "Do what the conditions Connected and ScalingActive say.",
    )


class TargetSafe(ConditionReason, condition=ConditionType.TARGET_SAFE):
    """A worker that is asked to stop has time to finish its tasks, and the Deployment has what safe scaling needs."""

    TARGET_SAFE = (
        "TargetSafe",
        TRUE,
        (
            "A worker that is asked to stop can finish its tasks, as far as the Deployment and the task duration are "
            "known."
        ),
    )
    GRACE_PERIOD_TOO_SHORT = (
        "GracePeriodTooShort",
        FALSE,
        "The longest task takes longer than terminationGracePeriodSeconds of the pods: a stop would cut it short.",
        "Raise terminationGracePeriodSeconds to the number in the message; until then only idle replicas are removed.",
    )
    PRE_STOP_TOO_LONG = (
        "PreStopTooLong",
        FALSE,
        "The preStop hook takes so much of the grace period that the longest task does not fit into the rest.",
        "Shorten the hook, or raise terminationGracePeriodSeconds to the number in the message.",
    )
    RECREATE_STRATEGY = (
        "RecreateStrategy",
        FALSE,
        "The strategy of the Deployment is Recreate: a rollout stops all workers at once.",
        "Set strategy.type to RollingUpdate.",
    )
    NO_READINESS_PROBE = (
        "NoReadinessProbe",
        FALSE,
        "The worker container has no readinessProbe, so its pod counts as ready before the worker polls.",
        "Add a readinessProbe that checks the worker.",
    )
    NO_RESOURCE_REQUESTS = (
        "NoResourceRequests",
        FALSE,
        "The worker container requests no CPU or no memory: its node may have no room, and it is evicted first.",
        "Set resources.requests of the container.",
    )


class ObjectsReadable(ConditionReason, condition=ConditionType.OBJECTS_READABLE):
    """The operator can read every field that it uses of the Deployment, its pods and other scalers."""

    OBJECTS_READABLE = (
        "ObjectsReadable",
        TRUE,
        "The operator can read every field that it uses of the Deployment, its pods and other scalers.",
    )
    WATCH_FAILED = (
        "WatchFailed",
        FALSE,
        (
            "The operator can't watch Deployments, pods or other scalers, as without the permission: what it knows of "
            "them is of an earlier time. While that is of Deployments or pods, it does not lower the replicas."
        ),
        "Grant what the message names with the manifests of the installation; `twp check` lists what is missing.",
    )
    OBJECT_UNREADABLE = (
        "ObjectUnreadable",
        FALSE,
        (
            "The operator can't read a field of the Deployment, of a pod or of another scaler: its value counts as "
            "unknown."
        ),
        "Check the object with `kubectl get -o yaml`, and what wrote the field that the message names.",
    )


CONDITIONS: Final = tuple(ConditionReason.__subclasses__())
"""The reasons of each condition, in the order of `ConditionType`."""
