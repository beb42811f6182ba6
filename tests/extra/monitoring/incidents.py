"""Pools in trouble, each with a cause of its own, in one namespace of one cluster."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from tests.extra.incidents.staging import worker_pool, workers
from tests.support.certificates import authority_pem, pair
from tests.support.temporal_proxy import tls_proxy
from tests.system.load import running_stream
from tests.system.place import Object, Place
from tests.system.workloads import deployment, pool

NAMESPACE: Final = "shop"

ALERTS: Final = {
    ("TemporalWorkerPoolObjectiveBurnRateHigh", "orders"),
    ("TemporalWorkerPoolAtMaxReplicas", "orders"),
    ("TemporalWorkerPoolNotPolling", "invoices"),
    ("TemporalWorkerPoolContested", "reports"),
    ("TemporalWorkerPoolConnectionLost", "payments"),
    ("TemporalWorkerPoolPausedTooLong", "billing"),
    ("TemporalWorkerPoolCapacityMissing", "exports"),
    ("TemporalWorkerPoolCertificateExpiring", "ledger"),
}
"""Each alert about a pool, with the pool that has its cause."""

LOAD: Final = BurstPlan(200, Batch(4, 1.0), timeout_seconds=900)
LOAD_SECONDS: Final = 600.0
"""Four tasks of a second each 3 s: more than the one replica that `orders` may have at first can run; four can."""

CLOSED_PORT: Final = "127.0.0.1:1"

EXPIRES_IN: Final = timedelta(days=5)


@dataclass(frozen=True)
class Scene:
    """The incidents, while they last."""

    place: Place
    variables: Mapping[str, str]
    """What runbooks call what has another name in every installation."""


@contextmanager
def staged(place: Place, folder: Path) -> Iterator[Scene]:
    """Pools with every cause of an alert, until the block ends; mitigations remove the causes before."""
    authority = trustme.CA()
    with ExitStack() as stack:
        tls = stack.enter_context(tls_proxy(place.temporal_address, authority.issue_cert("localhost"), authority))
        place.apply(*_orders(place), *_invoices(place), *_exports(place), *_without_work(place))
        place.apply(*_ledger(place, tls, authority))
        place.kubectl(
            *("create", "rolebinding", "connections", "--clusterrole=temporal-worker-pools-connections"),
            "--serviceaccount=temporal-worker-pools:temporal-worker-pools",
        )
        stack.enter_context(running_stream(place, replace(TARGET, task_queue="orders"), LOAD, LOAD_SECONDS))
        renewed = pair(authority.issue_cert("operator@example"))
        (folder / "tls.crt").write_bytes(renewed.chain)
        (folder / "tls.key").write_bytes(renewed.key)
        yield Scene(place, {"TEMPORAL": place.temporal_address, "RENEWED": str(folder)})


def _orders(place: Place) -> list[Object]:
    late = worker_pool(place, "orders", objective={"scheduleToStartSeconds": 5}, maxReplicas=1, behavior=None)
    return [*workers(place, "orders", replicas=0), late]  # at zero its slots are written before a pod starts


def _invoices(place: Place) -> list[Object]:
    misspelt = worker_pool(place, "invoices")
    misspelt["spec"]["taskQueues"][0]["name"] = "invocies"
    return [*workers(place, "invoices"), misspelt]


def _exports(place: Place) -> list[Object]:
    config, worker = workers(place, "exports")
    (container,) = worker["spec"]["template"]["spec"]["containers"]
    container["env"].append({"name": "BUCKET", "valueFrom": {"configMapKeyRef": {"name": "exports", "key": "bucket"}}})
    return [config, worker, worker_pool(place, "exports")]


def _idle_pool(place: Place, name: str, **spec: object) -> Object:
    """A pool at zero, whose task queue has its name."""
    return pool(place, name, taskQueues=[{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}], **spec)


def _without_work(place: Place) -> list[Object]:
    paused = _idle_pool(place, "billing")
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    paused["metadata"]["annotations"] = {"workerpools.dev/paused-until": until}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "reports"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "reports"},
            "maxReplicas": 5,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                }
            ],
        },
    }
    lost = _idle_pool(place, "payments", connection={"address": CLOSED_PORT})
    names = ("billing", "reports", "payments")
    return [*(deployment(name) for name in names), paused, _idle_pool(place, "reports"), scaler, lost]


def _ledger(place: Place, address: str, authority: trustme.CA) -> list[Object]:
    ends = (datetime.now(UTC) + EXPIRES_IN).replace(tzinfo=None)
    client = pair(authority.issue_cert("operator@example", not_after=ends))
    encoded = {"tls.crt": client.chain, "tls.key": client.key}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": "ledger-client", "labels": {"workerpools.dev/connection": "true"}},
        "data": {key: base64.b64encode(value).decode() for key, value in encoded.items()},
    }
    authorities = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ledger-authorities"},
        "data": {"ca.crt": authority_pem(authority).decode()},
    }
    connection = {
        "apiVersion": "workerpools.dev/v1alpha1",
        "kind": "TemporalConnection",
        "metadata": {"name": "ledger"},
        "spec": {
            "address": address,
            "tls": {
                "caRef": {"kind": "ConfigMap", "name": "ledger-authorities"},
                "clientCertSecretRef": {"name": "ledger-client"},
            },
        },
    }
    by_connection = _idle_pool(place, "ledger", connection=None, connectionRef={"name": "ledger"})
    return [secret, authorities, connection, deployment("ledger"), by_connection]
