"""A permission that a running operator loses is seen where people look, of the pools that it concerns and no others."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import pytest
import trustme

from localcluster.operator_process import ACCOUNT, OperatorProcess, running_operator
from tests.extra.incidents.connections import CONSENT, connected_by, consent
from tests.extra.incidents.incident import Act, Incident, Symptoms, nothing
from tests.extra.incidents.watch import Staged, Watch, lacks, twp
from tests.support.temporal_proxy import tls_proxy
from tests.support.waiting import wait_for
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

pytestmark = pytest.mark.long

DEADLINE_SECONDS: Final = 240.0

WATCHED_WITHIN_SECONDS: Final = 120.0
"""A watch lasts a minute, a refusal counts after 10 s, and then comes the next poll; 75 s on an idle machine."""

AT_ONCE_SECONDS: Final = 45.0
"""With the next poll; 10 s on an idle machine."""

WELL: Final = "Ready", "Autoscaling", ""


@dataclass(frozen=True)
class Right:
    """What is taken away in a namespace of its own."""

    resource: str
    """As rules name it."""
    verbs: frozenset[str]
    lacks: tuple[str, ...]
    """What `twp check` says of it."""
    symptoms: Symptoms
    then: Act = nothing
    """What shows it."""

    @property
    def name(self) -> str:
        """Of the pool."""
        return f"no-{self.resource.replace('/', '-')}"


def _scale(place: Place, name: str) -> None:
    place.patch("twp", name, {"spec": {"minReplicas": 2}})


WATCH: Final = frozenset({"list", "watch"})
UNCHANGED: Final = ("True", "Autoscaling", ())
"""READY and REASON of a pool that is scaled as before, or of which nothing can be written."""

RIGHTS: Final = (
    Right(
        "pods",
        WATCH,
        ("pods", "Lacks list, watch, by which the operator sees the pods."),
        Symptoms("False", "WatchFailed", ('pods" in API group ""', "`twp check`"), WATCHED_WITHIN_SECONDS),
    ),
    Right(
        "deployments",
        WATCH,
        ("deployments.apps", "Lacks list, watch, by which the operator sees the replicas."),
        Symptoms("False", "WatchFailed", ('deployments" in API group "apps"',), WATCHED_WITHIN_SECONDS),
    ),
    Right(
        "horizontalpodautoscalers",
        WATCH,
        ("horizontalpodautoscalers.autoscaling", "Lacks list, watch, by which the operator sees other scalers."),
        Symptoms("False", "WatchFailed", ("The cache of HorizontalPodAutoscalers",), WATCHED_WITHIN_SECONDS),
    ),
    Right(
        "deployments/scale",
        frozenset({"patch"}),
        ("deployments/scale.apps", "Lacks patch, by which the operator sets the replicas."),
        Symptoms("False", "FailedUpdateScale", ('cannot patch resource "deployments/scale"',), AT_ONCE_SECONDS),
        _scale,
    ),
    Right(
        "temporalworkerpools/status",
        frozenset({"patch"}),
        ("temporalworkerpools/status.workerpools.dev", "Lacks patch, by which the operator reports on the pools."),
        Symptoms(*UNCHANGED, AT_ONCE_SECONDS, event="FailedUpdateStatus", log="status_not_written"),
        _scale,
    ),
    Right(
        "events",
        frozenset({"create"}),
        ("events", "Lacks create, by which the operator writes Events."),
        Symptoms(*UNCHANGED, AT_ONCE_SECONDS, log="event_not_written", unseen=("event",)),
        _scale,
    ),
)


ELECTION: Final = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update"]}
"""As in manifests/rbac/leader-election.yaml."""


def user(place: Place) -> str:
    """User name of the operator's account."""
    return f"system:serviceaccount:{place.namespace}:{ACCOUNT}"


def rules(place: Place, without: Right | None = None) -> list[Object]:
    """The operator's rules as they are installed, in one namespace, without a right."""
    role = json.loads(place.cluster.kubectl("get", "clusterrole", ACCOUNT, "-o", "json"))
    kept = []
    for rule in (rule for rule in role["rules"] if "resourceNames" not in rule):
        for resource in rule["resources"]:
            is_taken = without and without.resource == resource and "metrics.k8s.io" not in rule["apiGroups"]
            verbs = sorted(set(rule["verbs"]) - (without.verbs if without and is_taken else set()))
            kept += [{**rule, "resources": [resource], "verbs": verbs}] if verbs else []
    return [*kept, ELECTION]


def grant(place: Place, allowed: list[Object]) -> None:
    """Let the operator's account of the test do this in a namespace."""
    place.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": ACCOUNT},
            "rules": allowed,
        }
    )


@contextmanager
def places(place: Place, count: int) -> Iterator[list[Place]]:
    """Namespaces in which the account of the first one may do what an operator needs."""
    all_of_them = [place, *(replace(place, namespace=f"test-{secrets.token_hex(4)}") for _ in range(count - 1))]
    for each in all_of_them[1:]:
        each.cluster.api.create_namespace(each.namespace)
    place.kubectl("create", "serviceaccount", ACCOUNT)
    for each in all_of_them:
        grant(each, rules(each))
        account = f"--serviceaccount={place.namespace}:{ACCOUNT}"
        each.kubectl("create", "rolebinding", ACCOUNT, f"--role={ACCOUNT}", account)
    yield all_of_them
    for each in all_of_them[1:]:
        each.cluster.api.delete_namespace(each.namespace)


def wait_until_refused(place: Place, right: Right, account: str) -> None:
    """Wait until the API server has read the changed role: what it lets through before that shows nothing."""
    where = "--namespace", place.namespace, f"--as={account}"
    verb, (resource, _, part) = min(right.verbs), right.resource.partition("/")
    asked = "auth", "can-i", verb, resource, *((f"--subresource={part}",) if part else ()), *where
    awaited = f"{verb} {right.resource} to be refused"
    wait_for(lambda: place.cluster.kubectl(*asked, check=False).startswith("no"), PATIENCE_SECONDS, awaited)


def incident(right: Right, account: str) -> Incident:
    """A pool whose operator, of this user name, loses a right."""

    def manifests(place: Place, name: str) -> list[Object]:
        queues = [{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}]
        return [deployment(name), pool(place, name, taskQueues=queues, minReplicas=1)]

    def lose(place: Place, name: str) -> None:
        grant(place, rules(place, right))
        wait_until_refused(place, right, account)
        right.then(place, name)

    return Incident(right.name, manifests, right.symptoms, healthy=WELL, happen=lose)


def _withdraw(place: Place, _: str) -> None:
    place.kubectl("delete", "rolebinding", CONSENT)


def consent_is_withdrawn(address: str, authority: trustme.CA) -> Incident:
    """A pool whose connection names a ConfigMap that the operator may no longer read."""
    name = "no-configmaps"
    return Incident(
        name,
        lambda place, _: connected_by(place, name, address, authority),
        Symptoms("False", "CredentialsNotReadable", ("kubectl create rolebinding",), AT_ONCE_SECONDS),
        healthy=("Connected", "Connected", ""),
        happen=_withdraw,
    )


@pytest.fixture
def staged(place: Place) -> Iterator[Watch]:
    """A pool in a namespace of its own for each right, all under one operator."""
    authority = trustme.CA()
    with (
        places(place, len(RIGHTS) + 1) as all_of_them,
        tls_proxy(place.temporal_address, authority.issue_cert("localhost")) as address,
    ):
        *others, last = all_of_them
        consent(last, f"{place.namespace}:{ACCOUNT}")
        watched = [Staged(at, incident(right, user(place))) for at, right in zip(others, RIGHTS, strict=True)]
        watched.append(Staged(last, consent_is_withdrawn(address, authority)))
        for each in watched:
            each.place.apply(*each.incident.manifests(each.place, each.incident.name))
        with operator_of_all(place, all_of_them) as operator:
            yield Watch(operator, watched)


@contextmanager
def operator_of_all(place: Place, namespaces: list[Place]) -> Iterator[OperatorProcess]:
    """One operator for these namespaces, under the account of the first."""
    scopes = [argument for each in namespaces for argument in ("--namespace", each.namespace)]
    account = place.namespace, ACCOUNT
    with running_operator(place.cluster, f"operator-{place.namespace}", *scopes, account=account) as running:
        yield running


def test_a_permission_that_is_lost_is_seen_where_people_look(place: Place, staged: Watch) -> None:
    """Within two minutes where a watch held it, and with the next poll else; `twp check` names it at once."""
    wrong = staged.until_all_is_seen(DEADLINE_SECONDS, "incidents-of-permissions.txt")
    assert wrong == {}, staged.report()
    for each, right in zip(staged.staged, RIGHTS, strict=False):
        result = twp(each.place, "check", each.incident.name, "--operator-account", user(place))
        assert result.exit_code == 1, result.output
        assert lacks(result.output, *right.lacks, "kubectl apply -k manifests/rbac") == [], result.output
