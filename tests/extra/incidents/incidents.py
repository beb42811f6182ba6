"""The incidents that are staged beside one another, each with what people must see of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from controller.api.overrides import PAUSED_UNTIL
from tests.extra.incidents.connections import CONNECTED, certificates
from tests.extra.incidents.incident import Incident, Symptoms
from tests.extra.incidents.staging import freeze, start_work, worker_pool, workers
from tests.system.load import limit_rate
from tests.system.place import Object, Place
from tests.system.relay import Relay, relay_to
from tests.system.workloads import deployment, pool

POLLING = "WorkersPolling", "Polling", ""
REPORTED = "InFlightKnown", "HeartbeatsFound", "1 of 1 running pod"


@contextmanager
def incidents(place: Place) -> Iterator[list[Incident]]:
    """All of them; inside the `with` block the relays to Temporal that some need are there."""
    with (
        relay_to(place.temporal_address) as hanging,
        relay_to(place.temporal_address) as killed,
        certificates(place) as about_certificates,
    ):
        hanging.open()
        killed.open()
        yield [
            _behind(
                hanging,
                "temporal-hangs",
                Symptoms("False", "TimedOut", ("the server did not answer in time",), 60, alerts=("ConnectionLost",)),
            ),
            _behind(
                killed,
                "temporal-is-killed",
                Symptoms("False", "ConnectionRefused", ("the connection was refused",), 45, alerts=("ConnectionLost",)),
            ),
            *_about_workers(),
            *_about_capacity(),
            *_about_people(),
            *about_certificates,
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
        Symptoms(
            *("False", "NotPolling", ("The pods poll orders; the pool lists wrong-queue.",), 150),
            alerts=("NotPolling",),
        ),
    )
    yield Incident(
        "froze-with-a-probe",
        lambda place, name: [*workers(place, name), worker_pool(place, name)],
        Symptoms("True", "PodsNotReady", ("no longer ready: froze-with-a-probe-",), 120, alerts=("CapacityMissing",)),
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
            *workers(place, name),
            worker_pool(place, name, maxReplicas=1, objective={"scheduleToStartSeconds": 10}, behavior=None),
        ],
        Symptoms(*("False", "AtMaxReplicas", ("maxReplicas",), 90), alerts=("AtMaxReplicas", "ObjectiveBurnRateHigh")),
        healthy=POLLING,
        happen=lambda place, name: start_work(place, name, 40, 10.0),
    )
    yield Incident(
        "rate-limited",
        lambda place, name: [
            *workers(place, name),
            worker_pool(place, name, objective={"scheduleToStartSeconds": 10}, behavior=None),
        ],
        Symptoms("False", "RateLimited", ("Raise the limit in Temporal",), 120, alerts=("ObjectiveBurnRateHigh",)),
        healthy=POLLING,
        happen=work_beyond_a_limit,
    )


def work_beyond_a_limit(place: Place, name: str) -> None:
    """Let the server hand out an activity each 2 s, and start 80 at once."""
    limit_rate(place, name, 0.5)
    start_work(place, name, 80, 0.2)


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
        Symptoms("False", "CrashLoopBackOff", ("exit code 1",), 60, alerts=("CapacityMissing",)),
    )
    yield Incident(
        "over-quota",
        refused,
        Symptoms(
            "False", "FailedCreate", ("exceeded quota",), 60, alerts=("CapacityMissing",), alerts_later=("NotPolling",)
        ),
    )


def _about_people() -> Iterator[Incident]:
    yield Incident(
        "scaled-by-hpa",
        lambda place, name: [
            _hpa(name),
            deployment(name),
            pool(place, name, minReplicas=1, taskQueues=_one_queue(name)),
        ],
        Symptoms(*("False", "TargetContested", ("HorizontalPodAutoscaler scaled-by-hpa",), 30), alerts=("Contested",)),
    )
    yield Incident(
        "scaled-by-a-person",
        lambda place, name: [deployment(name), pool(place, name, taskQueues=_one_queue(name))],
        Symptoms("True", "ScaledByOther", ("kubectl",), 30, log="scaled_by_other", alerts_later=("NotPolling",)),
        healthy=CONNECTED,
        happen=lambda place, name: person_scales(place, name, 2),
    )
    yield Incident(
        "paused-and-forgotten",
        lambda place, name: [deployment(name), _paused(pool(place, name, minReplicas=1, taskQueues=_one_queue(name)))],
        Symptoms("True", "Paused", ("Paused, until",), 30, event="LongOverride", alerts=("PausedTooLong",)),
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
