"""The incidents that are staged beside one another, each with what people must see of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from controller.api.overrides import PAUSED_UNTIL
from examples.unified.shared import TASK_QUEUE
from tests.extra.incidents.incident import Incident, Symptoms
from tests.extra.incidents.staging import freeze, start_work, worker_pool, workers
from tests.system.place import Object, Place
from tests.system.relay import Relay, relay_to
from tests.system.workloads import deployment, pool

CONNECTED = "Connected", "Connected", ""
POLLING = "WorkersPolling", "Polling", ""
REPORTED = "InFlightKnown", "HeartbeatsFound", "1 of 1 running pod"


@contextmanager
def incidents(place: Place) -> Iterator[list[Incident]]:
    """All of them; inside the `with` block the relays to Temporal that some need are there."""
    with relay_to(place.temporal_address) as hanging, relay_to(place.temporal_address) as killed:
        hanging.open()
        killed.open()
        yield [
            _behind(
                hanging,
                "temporal-hangs",
                Symptoms("False", "TimedOut", ("the server did not answer in time",), 60),
            ),
            _behind(
                killed,
                "temporal-is-killed",
                Symptoms("False", "ConnectionRefused", ("the connection was refused",), 45),
            ),
            *_about_workers(),
            *_about_capacity(),
            *_about_people(),
        ]


def _behind(relay: Relay, name: str, symptoms: Symptoms) -> Incident:
    """A pool that reaches Temporal by a relay, which then fails."""

    def manifests(place: Place, name: str) -> list[Object]:
        reached = {"address": relay.address}
        return [deployment(name), pool(place, name, connection=reached, taskQueues=_one_queue(name))]

    def happen(_place: Place, _name: str) -> None:
        relay.freeze() if name == "temporal-hangs" else relay.cut()

    return Incident(name, manifests, symptoms, healthy=CONNECTED, happen=happen)


def _about_workers() -> Iterator[Incident]:
    yield Incident(
        "wrong-queue",
        lambda place, name: [*workers(place, name, polls="orders"), worker_pool(place, name)],
        Symptoms("False", "NotPolling", ("The pods poll orders; the pool lists wrong-queue.",), 150),
    )
    yield Incident(
        "froze-with-a-probe",
        lambda place, name: [*workers(place, name), worker_pool(place, name)],
        Symptoms("True", "PodsNotReady", ("no longer ready: froze-with-a-probe-",), 120),
        healthy=REPORTED,
        happen=lambda _, name: freeze(name),
    )
    yield Incident(
        "froze-without-a-probe",
        lambda place, name: [*workers(place, name, probes=False), worker_pool(place, name)],
        Symptoms("True", "HeartbeatsLost", ("froze-without-a-probe-", "last reported"), 150),
        healthy=REPORTED,
        happen=lambda _, name: freeze(name),
    )
    yield Incident(
        "at-max-and-late",
        lambda place, name: [
            *workers(place, name, polls=TASK_QUEUE),
            worker_pool(
                place, name, TASK_QUEUE, maxReplicas=1, objective={"scheduleToStartSeconds": 10}, behavior=None
            ),
        ],
        Symptoms("False", "AtMaxReplicas", ("maxReplicas",), 90),
        healthy=POLLING,
        happen=lambda place, _: start_work(place, TASK_QUEUE, 40, 10.0),
    )


def _about_capacity() -> Iterator[Incident]:
    def crashes(place: Place, name: str) -> list[Object]:
        made = deployment(name)
        made["spec"]["template"]["spec"]["containers"][0]["command"] = ["false"]
        return [made, pool(place, name, minReplicas=1, taskQueues=_one_queue(name))]

    def refused(place: Place, name: str) -> list[Object]:
        made = deployment(name)
        made["spec"]["template"]["spec"]["priorityClassName"] = priority(place)
        return [
            _priority_class(place),
            _quota(place),
            made,
            pool(place, name, minReplicas=2, taskQueues=_one_queue(name)),
        ]

    yield Incident(
        "crashes",
        crashes,
        Symptoms("False", "CrashLoopBackOff", ("exit code 1",), 60),
    )
    yield Incident(
        "over-quota",
        refused,
        Symptoms("False", "FailedCreate", ("exceeded quota",), 60),
    )


def _about_people() -> Iterator[Incident]:
    yield Incident(
        "scaled-by-hpa",
        lambda place, name: [
            _hpa(name),
            deployment(name),
            pool(place, name, minReplicas=1, taskQueues=_one_queue(name)),
        ],
        Symptoms("False", "TargetContested", ("HorizontalPodAutoscaler scaled-by-hpa",), 30),
    )
    yield Incident(
        "scaled-by-a-person",
        lambda place, name: [deployment(name), pool(place, name, taskQueues=_one_queue(name))],
        Symptoms("True", "ScaledByOther", ("kubectl",), 30, log="scaled_by_other"),
        healthy=CONNECTED,
        happen=lambda place, name: person_scales(place, name, 2),
    )
    yield Incident(
        "paused-and-forgotten",
        lambda place, name: [deployment(name), _paused(pool(place, name, minReplicas=1, taskQueues=_one_queue(name)))],
        Symptoms("True", "Paused", ("Paused, until",), 30, event="LongOverride"),
    )


def person_scales(place: Place, name: str, replicas: int) -> None:
    """Set the replicas of a Deployment as a person does."""
    place.kubectl("scale", f"deployment/{name}", f"--replicas={replicas}")


def priority(place: Place) -> str:
    """Name of the priority class of the pods that a quota limits: quotas of a whole namespace would limit all."""
    return f"{place.namespace}-limited"


def _priority_class(place: Place) -> Object:
    metadata = {"name": priority(place)}
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": metadata, "value": 1}


def _quota(place: Place) -> Object:
    selected = {"scopeName": "PriorityClass", "operator": "In", "values": [priority(place)]}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [selected]}},
    }


def _hpa(name: str) -> Object:
    target = {"type": "Utilization", "averageUtilization": 50}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "maxReplicas": 3,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def _paused(made: Object) -> Object:
    until = datetime.now(UTC) + timedelta(days=400)
    made["metadata"]["annotations"] = {PAUSED_UNTIL: until.isoformat(timespec="seconds")}
    return made


def _one_queue(name: str) -> list[Object]:
    return [{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}]
