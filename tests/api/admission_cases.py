"""Every limit of the spec with a value on either side of it, and every CEL rule likewise.

`{at}` in a message is the field, as the API server writes it.
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.api.pools import ABSENT, DEADLINE, FULL, SMALLEST, TUNED, changed, changed_at

BY_REFERENCE: Final = changed(SMALLEST, connection=ABSENT, connectionRef={"name": "cloud"})
"""The smallest spec, with a TemporalConnection."""


@dataclass(frozen=True)
class Bound:
    """A limit that the schema sets."""

    path: str
    keyword: str
    admitted: Any
    refused: Any
    message: str

    @property
    def base(self) -> dict[str, Any]:
        """A spec in which the value at the path does not meet another limit or rule first."""
        if self.path.startswith("connectionRef"):
            return BY_REFERENCE
        if self.path == "objective.scheduleToStartSeconds":
            return DEADLINE
        if ".tuning." in self.path:
            return TUNED
        return SMALLEST if self.path.startswith("taskQueues") else FULL

    @property
    def refusal(self) -> str:
        """The message with the field as the API server names it."""
        return self.message.format(at=f"spec.{self.path}".replace("[]", "[0]"))


def minimum(path: str, bound: int) -> Bound:
    """A number that must not be smaller."""
    message = f"{{at}}: Invalid value: {bound - 1}: {{at}} in body should be greater than or equal to {bound}"
    return Bound(path, "minimum", bound, bound - 1, message)


def maximum(path: str, bound: int) -> Bound:
    """A number that must not be larger."""
    message = f"{{at}}: Invalid value: {bound + 1}: {{at}} in body should be less than or equal to {bound}"
    return Bound(path, "maximum", bound, bound + 1, message)


def min_length(path: str) -> Bound:
    """A text that must not be empty."""
    return Bound(path, "minLength", "x", "", '{at}: Invalid value: "": {at} in body should be at least 1 chars long')


def max_length(path: str, bound: int, text: str = "x") -> Bound:
    """A text that must not be longer."""
    longest = text.rjust(bound, "x")
    message = f"{{at}}: Too long: may not be more than {bound} bytes"
    return Bound(path, "maxLength", longest, "x" + longest, message)


def enumeration(path: str, *values: str) -> Bound:
    """A text that must be one of several."""
    supported = ", ".join(f'"{value}"' for value in values)
    message = f'{{at}}: Unsupported value: "Other": supported values: {supported}'
    return Bound(path, "enum", values[-1], "Other", message)


def required(path: str, value: Any) -> Bound:
    """A field that must be there."""
    return Bound(path, "required", value, ABSENT, "{at}: Required value")


def min_items(path: str, value: list[Any]) -> Bound:
    """A list that must not be empty."""
    return Bound(path, "minItems", value, [], "{at}: Invalid value: 0: {at} in body should have at least 1 items")


def max_items(path: str, items: list[Any]) -> Bound:
    """A list that must not have more items than all but the last of these."""
    message = f"{{at}}: Too many: {len(items)}: must have at most {len(items) - 1} items"
    return Bound(path, "maxItems", items[:-1], items, message)


def queues(number: int) -> list[Any]:
    """So many task queues of different names."""
    return [{"name": f"queue-{index}", "tasks": [{"type": "Activity", "slots": 10}]} for index in range(number)]


ACTIVITY: Final = {"type": "Activity", "slots": 10}
WORKFLOW: Final = {"type": "Workflow", "slots": 20}
NEXUS: Final = {"type": "Nexus", "slots": 30}
NIGHT: Final = {"cron": "0 22 * * *", "durationSeconds": 3600, "minReplicas": 1}
PODS: Final = {"type": "Pods", "value": 4, "periodSeconds": 15}


def scaling_bounds(direction: str) -> list[Bound]:
    """The limits of one direction of behavior."""
    path = f"behavior.{direction}"
    return [
        minimum(f"{path}.stabilizationWindowSeconds", 0),
        maximum(f"{path}.stabilizationWindowSeconds", 3600),
        enumeration(f"{path}.selectPolicy", "Max", "Min", "Disabled"),
        min_items(f"{path}.policies", [PODS]),
        max_items(f"{path}.policies", [PODS] * 17),
        required(f"{path}.policies[].type", "Pods"),
        enumeration(f"{path}.policies[].type", "Pods", "Percent"),
        required(f"{path}.policies[].value", 1),
        minimum(f"{path}.policies[].value", 1),
        required(f"{path}.policies[].periodSeconds", 1),
        minimum(f"{path}.policies[].periodSeconds", 1),
        maximum(f"{path}.policies[].periodSeconds", 1800),
        minimum(f"{path}.tolerance", 0),
    ]


BOUNDS: Final = [
    required("scaleTargetRef", {"name": "worker"}),
    enumeration("scaleTargetRef.apiVersion", "apps/v1"),
    enumeration("scaleTargetRef.kind", "Deployment"),
    required("scaleTargetRef.name", "worker"),
    max_length("scaleTargetRef.name", 253),
    max_length("containerName", 63),
    required("connection.address", "temporal:7233"),
    max_length("connection.address", 300, ":7233"),
    required("connectionRef.name", "cloud"),
    max_length("connectionRef.name", 253),
    enumeration("connectionRef.kind", "TemporalConnection"),
    min_length("temporalNamespace"),
    max_length("temporalNamespace", 1000),
    required("taskQueues", queues(1)),
    min_items("taskQueues", queues(1)),
    max_items("taskQueues", queues(17)),
    Bound(
        "taskQueues",
        "x-kubernetes-list-map-keys",
        queues(2),
        queues(1) * 2,
        'spec.taskQueues[1]: Duplicate value: {{"name":"queue-0"}}',
    ),
    required("taskQueues[].name", "orders"),
    min_length("taskQueues[].name"),
    max_length("taskQueues[].name", 1000),
    required("taskQueues[].tasks", [ACTIVITY]),
    min_items("taskQueues[].tasks", [ACTIVITY]),
    max_items("taskQueues[].tasks", [ACTIVITY, WORKFLOW, NEXUS, ACTIVITY]),
    Bound(
        "taskQueues[].tasks",
        "x-kubernetes-list-map-keys",
        [ACTIVITY, WORKFLOW],
        [ACTIVITY, ACTIVITY],
        '{at}[1]: Duplicate value: {{"type":"Activity"}}',
    ),
    required("taskQueues[].tasks[].type", "Activity"),
    enumeration("taskQueues[].tasks[].type", "Workflow", "Activity", "Nexus"),
    minimum("taskQueues[].tasks[].slots", 1),
    maximum("taskQueues[].tasks[].slots", 100_000),
    max_length("taskQueues[].tasks[].slotsEnvVar", 253),
    required("taskQueues[].tasks[].tuning.minSlots", 1),
    minimum("taskQueues[].tasks[].tuning.minSlots", 1),
    maximum("taskQueues[].tasks[].tuning.minSlots", 100_000),
    required("taskQueues[].tasks[].tuning.maxSlots", 1),
    minimum("taskQueues[].tasks[].tuning.maxSlots", 1),
    maximum("taskQueues[].tasks[].tuning.maxSlots", 100_000),
    required("workerDeployment.name", "orders"),
    min_length("workerDeployment.name"),
    max_length("workerDeployment.name", 1000),
    required("workerDeployment.buildId", "v7"),
    min_length("workerDeployment.buildId"),
    max_length("workerDeployment.buildId", 1000),
    enumeration("inFlight.source", "Auto", "Heartbeats", "PodMetrics", "None"),
    required("inFlight.podMetrics.port", 9464),
    minimum("inFlight.podMetrics.port", 1),
    maximum("inFlight.podMetrics.port", 65_535),
    Bound(
        "inFlight.podMetrics.path",
        "maxLength",
        "/".ljust(1024, "x"),
        "/".ljust(1025, "x"),
        "{at}: Too long: may not be more than 1024 bytes",
    ),
    minimum("minReplicas", 0),
    required("maxReplicas", 5),
    minimum("maxReplicas", 1),
    required("objective", {"backlogPerReplica": 5}),
    minimum("objective.backlogPerReplica", 1),
    minimum("objective.activationBacklog", 0),
    minimum("objective.scheduleToStartSeconds", 1),
    maximum("objective.scheduleToStartSeconds", 86_400),
    *scaling_bounds("scaleUp"),
    *scaling_bounds("scaleDown"),
    minimum("scaleToZero.idleSeconds", 0),
    maximum("scaleToZero.idleSeconds", 86_400),
    max_items("schedules", [NIGHT] * 33),
    required("schedules[].cron", "0 8 * * 1-5"),
    Bound(
        "schedules[].cron",
        "minLength",
        "* * * * *",
        "* * * *",
        '{at}: Invalid value: "* * * *": {at} in body should be at least 9 chars long',
    ),
    max_length("schedules[].cron", 200, " 8 * * 1-5"),
    min_length("schedules[].timeZone"),
    max_length("schedules[].timeZone", 64),
    required("schedules[].durationSeconds", 60),
    minimum("schedules[].durationSeconds", 60),
    maximum("schedules[].durationSeconds", 604_800),
    required("schedules[].minReplicas", 0),
    minimum("schedules[].minReplicas", 0),
    minimum("fallback.afterSeconds", 0),
    maximum("fallback.afterSeconds", 86_400),
    enumeration("fallback.behavior", "Hold", "ReplicasIfHigher"),
    minimum("fallback.replicas", 0),
    minimum("pollingIntervalSeconds", 5),
    maximum("pollingIntervalSeconds", 3600),
    enumeration("disruption", "Graceful", "IdleOnly"),
    minimum("provisioningDeadlineSeconds", 0),
    maximum("provisioningDeadlineSeconds", 86_400),
    enumeration("mode", "Auto", "Recommend"),
]


@dataclass(frozen=True)
class Rule:
    """A CEL rule, with specs that keep it and specs that break it."""

    name: str
    admitted: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    field: str
    message: str


def queue(*tasks: dict[str, Any], name: str = "orders") -> dict[str, Any]:
    """A task queue."""
    return {"name": name, "tasks": list(tasks)}


def at(path: str, *values: Any) -> list[dict[str, Any]]:
    """The smallest spec with each of the values at a path."""
    return [changed_at(SMALLEST, path, value) for value in values]


def tuned(low: int, high: int, **fields: Any) -> dict[str, Any]:
    """Activities whose slots, in variable A, are tuned within a range."""
    return {"type": "Activity", "slotsEnvVar": "A", "tuning": {"minSlots": low, "maxSlots": high}} | fields


def with_queues(*task_queues: dict[str, Any], **others: Any) -> dict[str, Any]:
    """The smallest spec with other task queues."""
    return changed(SMALLEST, taskQueues=list(task_queues), **others)


OBJECT_NAME: Final = "lower-case letters, digits, '-' and '.', with a letter or digit first and last"
ADDRESS: Final = (
    "address must be host:port with a port from 1 to 65535 and no scheme, such as temporal-frontend.temporal.svc:7233"
)


def with_metrics(**fields: Any) -> dict[str, Any]:
    """The smallest spec with pod metrics as the source."""
    return changed(SMALLEST, inFlight={"source": "PodMetrics", "podMetrics": {"port": 9464, **fields}})


def nightly(cron: str) -> dict[str, Any]:
    """The smallest spec with a schedule of another time."""
    return changed(SMALLEST, schedules=[NIGHT | {"cron": cron}])


RULES: Final = [
    Rule(
        "a Deployment's name",
        at("scaleTargetRef.name", "w", "worker-2", "0.worker"),
        at("scaleTargetRef.name", "", "Worker", "worker_2", "-worker", "worker."),
        "spec.scaleTargetRef.name",
        "name must be the name of a Deployment: lower-case letters, "
        "digits, '-' and '.', with a letter or digit first and last",
    ),
    Rule(
        "a container's name",
        at("containerName", "w", "worker-2", "0worker"),
        at("containerName", "", "Worker", "worker.2", "worker-"),
        "spec.containerName",
        "containerName must be the name of a container: lower-case "
        "letters, digits and '-', with a letter or digit first and last",
    ),
    Rule(
        "one objective",
        [DEADLINE, SMALLEST],
        [
            changed(SMALLEST, objective={}),
            changed(SMALLEST, objective={"scheduleToStartSeconds": 10, "backlogPerReplica": 5}),
        ],
        "spec.objective",
        "set exactly one of scheduleToStartSeconds (the time within which tasks should start) and "
        "backlogPerReplica (the number of waiting tasks for each replica)",
    ),
    Rule(
        "activationBacklog with backlogPerReplica",
        [changed(SMALLEST, objective={"backlogPerReplica": 5, "activationBacklog": 0})],
        [changed(SMALLEST, objective={"scheduleToStartSeconds": 10, "activationBacklog": 2})],
        "spec.objective.activationBacklog",
        "activationBacklog works only with backlogPerReplica: remove it, since with scheduleToStartSeconds "
        "every waiting task wakes the pool",
    ),
    Rule(
        "a typical duration up to the longest",
        at("taskDurationSeconds", {"typical": 9}, {"max": 9}, {"typical": 9, "max": 9}),
        at("taskDurationSeconds", {"typical": 9.5, "max": 9}),
        "spec.taskDurationSeconds.typical",
        "typical must not exceed max: lower typical or raise max",
    ),
    Rule(
        "a typical duration of some time",
        at("taskDurationSeconds", {"typical": 0.001}),
        at("taskDurationSeconds", {"typical": 0}, {"typical": -0.5}),
        "spec.taskDurationSeconds.typical",
        "typical must be more than 0 seconds, such as 0.5",
    ),
    Rule(
        "a longest duration of some time",
        at("taskDurationSeconds", {"max": 0.001}),
        at("taskDurationSeconds", {"max": 0}),
        "spec.taskDurationSeconds.max",
        "max must be more than 0 seconds, such as 0.5",
    ),
    Rule(
        "five fields of a cron expression",
        [nightly(cron) for cron in ("*/5 * * * *", "0 8 * JAN-MAR MON,FRI", "0 0 L * *")],
        [nightly(cron) for cron in ("0 8 * * 1-5 *", "@midnight", "0 8 ** 1-5", "eight o'clock")],
        "spec.schedules[0].cron",
        "cron must have five fields (minute, hour, day of month, month, day of week), such as 0 8 * * 1-5",
    ),
    Rule(
        "a schedule within maxReplicas",
        [changed(SMALLEST, schedules=[NIGHT | {"minReplicas": 5}])],
        [changed(SMALLEST, schedules=[NIGHT, NIGHT | {"minReplicas": 6}])],
        "spec.schedules",
        "minReplicas of a schedule must not exceed maxReplicas: lower it or raise maxReplicas",
    ),
    Rule(
        "a fallback to some replicas",
        [
            changed(SMALLEST, fallback={"behavior": "ReplicasIfHigher", "replicas": 3}),
            changed(SMALLEST, fallback={"behavior": "Hold"}),
        ],
        [changed(SMALLEST, fallback={"behavior": "ReplicasIfHigher"})],
        "spec.fallback.replicas",
        "set replicas (the lowest number while the task queues can't be read), or set behavior to Hold",
    ),
    Rule(
        "a fallback's replicas that would have no effect",
        [changed(SMALLEST, fallback={"behavior": "ReplicasIfHigher", "replicas": 0})],
        [
            changed(SMALLEST, fallback={"replicas": 3}),
            changed(SMALLEST, fallback={"behavior": "Hold", "replicas": 3}),
        ],
        "spec.fallback.replicas",
        "replicas works only with behavior ReplicasIfHigher: set behavior to it, or remove replicas",
    ),
    Rule(
        "host and port",
        at("connection.address", "temporal:7233", "10.0.0.1:1", "[::1]:65535", "temporal.svc.cluster.local.:7233"),
        at("connection.address", "", "temporal", "temporal:", "temporal:0", "temporal:65536", "http://temporal:80"),
        "spec.connection.address",
        ADDRESS,
    ),
    Rule(
        "a TemporalConnection's name",
        [changed_at(BY_REFERENCE, "connectionRef.name", name) for name in ("c", "cloud.eu-1")],
        [changed_at(BY_REFERENCE, "connectionRef.name", name) for name in ("", "Cloud", "cloud-", "a_b")],
        "spec.connectionRef.name",
        f"name must be the name of a TemporalConnection: {OBJECT_NAME}",
    ),
    Rule(
        "one connection",
        [SMALLEST, BY_REFERENCE],
        [changed(BY_REFERENCE, connection=SMALLEST["connection"]), changed(SMALLEST, connection=ABSENT)],
        "spec.connection",
        "set exactly one of connection (an address, plaintext) and connectionRef (a TemporalConnection)",
    ),
    Rule(
        "no reserved task queue",
        at("taskQueues[].name", "_sys", "sys/orders", "Bestellungen für heute"),
        at("taskQueues[].name", "/_sys/orders/1"),
        "spec.taskQueues[0].name",
        "name must not start with /_sys/, which Temporal reserves: name the queue as the workers' code does",
    ),
    Rule(
        "no space around a task queue",
        at("taskQueues[].name", "a b", 'it\'s "q"\\', "a:b/c d"),
        at("taskQueues[].name", " q ", "q ", "\tq", "q\r", " "),
        "spec.taskQueues[0].name",
        "name must not begin or end with white space: Temporal would take it for another queue",
    ),
    Rule(
        "an environment variable's name",
        at("taskQueues[].tasks[].slotsEnvVar", "_", "MAX_2", "worker.max-tasks"),
        at("taskQueues[].tasks[].slotsEnvVar", "", "2MAX", "A B", "A=B", "$(A)"),
        "spec.taskQueues[0].tasks[0].slotsEnvVar",
        "slotsEnvVar must be the name of an "
        "environment variable: letters, digits, '_', '-' and '.', not starting with a digit, such as "
        "MAX_CONCURRENT_ACTIVITIES",
    ),
    Rule(
        "a range of slots",
        [with_queues(queue(tuned(5, 5))), with_queues(queue(tuned(5, 40)))],
        [with_queues(queue(tuned(6, 5)))],
        "spec.taskQueues[0].tasks[0].tuning.minSlots",
        "minSlots must not exceed maxSlots: lower minSlots or raise maxSlots",
    ),
    Rule(
        "tuning needs a variable",
        [with_queues(queue(tuned(5, 40)))],
        [
            with_queues(queue(ACTIVITY | {"tuning": {"minSlots": 5, "maxSlots": 40}})),
            with_queues(queue(ACTIVITY | {"tuning": {"minSlots": 5, "maxSlots": 40}}, WORKFLOW | {"slotsEnvVar": "B"})),
        ],
        "spec.taskQueues[0].tasks[0].tuning",
        "tuning needs slotsEnvVar: name the variable from which the image reads its number of slots",
    ),
    Rule(
        "slots within the range",
        [with_queues(queue(tuned(5, 40, slots=slots))) for slots in (5, 40)],
        [with_queues(queue(tuned(5, 40, slots=slots))) for slots in (4, 41)],
        "spec.taskQueues[0].tasks[0].slots",
        "slots, with which tuning starts, must lie within minSlots and maxSlots: correct slots or remove it",
    ),
    Rule(
        "one range for one variable",
        [
            with_queues(queue(tuned(5, 40)), queue(tuned(5, 40), name="other")),
            with_queues(queue(tuned(5, 40)), queue(tuned(1, 2, slotsEnvVar="B"), name="other")),
        ],
        [
            with_queues(queue(tuned(5, 40)), queue(tuned(5, 41), name="other")),
            with_queues(queue(tuned(5, 40)), queue(tuned(4, 40), name="other")),
            with_queues(queue(tuned(5, 40)), queue({"type": "Activity", "slotsEnvVar": "A"}, name="other")),
        ],
        "spec.taskQueues",
        "tasks that share a slotsEnvVar must have the same tuning, since the variable has one value: "
        "make minSlots and maxSlots equal or use another variable",
    ),
    Rule(
        "the path of metrics",
        [with_metrics(path="/"), with_metrics(path="/worker/metrics-2"), with_metrics()],
        [with_metrics(path=path) for path in ("", "metrics", "/metrics?all", "/a b", "http://pod/metrics")],
        "spec.inFlight.podMetrics.path",
        "path must be the path of a URL, such as /metrics",
    ),
    Rule(
        "pod metrics need a port",
        [changed(SMALLEST, inFlight={"source": "Auto"}), with_metrics()],
        [changed(SMALLEST, inFlight={"source": "PodMetrics"})],
        "spec.inFlight.podMetrics",
        "source PodMetrics needs podMetrics: set the port on which the pods serve the SDK's metrics",
    ),
    Rule(
        "min and max replicas",
        [changed(SMALLEST, minReplicas=5), changed(SMALLEST, minReplicas=0)],
        [changed(SMALLEST, minReplicas=6)],
        "spec.minReplicas",
        "minReplicas must not exceed maxReplicas: lower minReplicas or raise maxReplicas",
    ),
    Rule(
        "scale to zero needs zero",
        [changed(SMALLEST, minReplicas=0, scaleToZero={})],
        [changed(SMALLEST, minReplicas=1, scaleToZero={}), changed(SMALLEST, scaleToZero={"idleSeconds": 60})],
        "spec.scaleToZero",
        "scaleToZero works only with minReplicas 0: set minReplicas to 0 or remove scaleToZero",
    ),
    Rule(
        "Nexus needs a replica",
        [with_queues(queue(NEXUS), minReplicas=1), with_queues(queue(ACTIVITY, WORKFLOW), minReplicas=0)],
        [with_queues(queue(ACTIVITY, name="other"), queue(WORKFLOW, NEXUS), minReplicas=0)],
        "spec.minReplicas",
        "minReplicas must be at least 1 where taskQueues lists Nexus tasks: Temporal "
        "never counts them as backlog, so nothing would wake the pool; raise minReplicas or move Nexus to a pool of "
        "its own",
    ),
    Rule(
        "one value for one variable",
        [
            with_queues(queue(ACTIVITY | {"slotsEnvVar": "A"}), queue(ACTIVITY | {"slotsEnvVar": "A"}, name="other")),
            with_queues(queue(ACTIVITY | {"slotsEnvVar": "A"}, WORKFLOW | {"slotsEnvVar": "B"})),
            with_queues(queue({"type": "Activity", "slotsEnvVar": "A"}, {"type": "Workflow", "slotsEnvVar": "A"})),
        ],
        [
            with_queues(queue(ACTIVITY | {"slotsEnvVar": "A"}, WORKFLOW | {"slotsEnvVar": "A"})),
            with_queues(queue(ACTIVITY | {"slotsEnvVar": "A"}), queue(NEXUS | {"slotsEnvVar": "A"}, name="other")),
            with_queues(queue(ACTIVITY | {"slotsEnvVar": "A"}, {"type": "Workflow", "slotsEnvVar": "A"})),
        ],
        "spec.taskQueues",
        "tasks that share a slotsEnvVar must have the same slots, since the variable "
        "has one value: make slots equal or use another variable",
    ),
]
