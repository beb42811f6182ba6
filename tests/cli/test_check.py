"""`twp check`: each thing that an installation needs, what it says when it is missing, and what then is not checked."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from controller.api.conditions import ConditionType
from controller.api.crd import crds, worker_pool_crd
from controller.api.model import written
from controller.api.rights import ELECTION, OPERATOR
from controller.cli.check.cluster import compared
from controller.cli.check.finding import Finding, Outcome
from controller.cli.check.pools import CHECKS, page_of
from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving

CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
OWN_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
DEPLOYMENT = "/apis/apps/v1/namespaces/temporal-worker-pools/deployments/temporal-worker-pools"

OF_POOL = "-n prod orders --type=merge -p"
OF_WORKER = "-n prod orders-worker --type=merge -p"
GRACE = '{ "terminationGracePeriodSeconds": 75 }'

TRUE = {
    "Connected": "Connected",
    "CertificateCurrent": "NoCertificate",
    "TargetFound": "TargetFound",
    "AbleToScale": "ReadyToScale",
    "CapacityAvailable": "CapacityAvailable",
    "WorkersPolling": "Polling",
    "InFlightKnown": "HeartbeatsFound",
    "TargetSafe": "TargetSafe",
    "AnnotationsValid": "AnnotationsValid",
}


def conditions(**changes: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Conditions that are all True, but for some with their status, reason and message."""
    found = {type_: ("True", reason, "As it should be.") for type_, reason in TRUE.items()} | changes
    return [
        {"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": written(0)}
        for type_, (status, reason, message) in found.items()
    ]


def reconciled(seconds_ago: float = 30, **changes: Any) -> dict[str, Any]:
    """A pool with 2 replicas that an operator reconciled so long ago."""
    return pool(
        "orders",
        replicas=2,
        conditions=conditions(**changes),
        lastReconcileTime=written(time.time() - seconds_ago),
        operator={"identity": "operator-0"},
    )


def installed(manifest: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """A cluster with everything that is needed; `others` by path are put in place of it."""
    objects = {
        "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.2"},
        "/apis/workerpools.dev/v1alpha1": {"resources": [{"name": crd["spec"]["names"]["plural"]} for crd in crds()]},
        **{f"{CRD_PATH}/{crd['metadata']['name']}": crd for crd in crds()},
        REVIEWS: {"status": {"allowed": True}},
        OWN_REVIEWS: {"status": {"allowed": True}},
        DEPLOYMENT: {"spec": {"replicas": 1}, "status": {"readyReplicas": 1}},
        pool_path("orders"): manifest or reconciled(),
    }
    return {path: content for path, content in (objects | others).items() if content is not None}


def check(folder: Path, objects: dict[str, Any], *arguments: str, **options: Any) -> Result:
    """What `twp check` does with this cluster."""
    with serving(FakeApi(objects, **options), folder) as kubeconfig:
        return CliRunner().invoke(app, ["check", *arguments, "--kubeconfig", str(kubeconfig)])


def findings(folder: Path, objects: dict[str, Any], *arguments: str, **options: Any) -> dict[str, dict[str, str]]:
    """What is not ok, by group and check."""
    found = json.loads(check(folder, objects, "-o", "json", *arguments, **options).stdout)["checks"]
    return {f"{each['group']}/{each['check']}": each for each in found if each["outcome"] != "ok"}


def test_an_installation_that_lacks_nothing_passes(tmp_path: Path) -> None:
    """Every check is named, in groups, and nothing has a fix."""
    result = check(tmp_path, installed())
    headings = [line for line in result.stdout.splitlines() if line and not line.startswith(" ")]
    assert result.exit_code == ExitStatus.OK
    assert headings == ["cluster", "CRDs", "permissions", "operator", "pool prod/orders", "28 ok"]
    assert "fix:" not in result.stdout


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ({"/version": {"major": "1", "minor": "27+"}}, ("cluster/version", "warning", "1.32 and later should do", "")),
        (
            {
                f"{CRD_PATH}/temporalworkerpools.workerpools.dev": None,
                "/apis/workerpools.dev/v1alpha1": None,
                pool_path("orders"): None,
            },
            (
                "CRDs/temporalworkerpools",
                "failed",
                "The cluster has no temporalworkerpools.workerpools.dev.",
                "kubectl apply -k crds/",
            ),
        ),
        (
            {DEPLOYMENT: {"spec": {"replicas": 0}}, pool_path("orders"): reconciled(800)},
            (
                "operator/alive",
                "failed",
                " ago, and none of 1 pool since. Deployment temporal-worker-pools/temporal-worker-pools has 0",
                "kubectl scale deployment -n temporal-worker-pools temporal-worker-pools --replicas=1",
            ),
        ),
        (
            {DEPLOYMENT: None, pool_path("orders"): reconciled(800)},
            ("operator/alive", "failed", "has no Deployment", "kubectl apply -k manifests/base"),
        ),
        (
            {pool_path("orders"): reconciled(800)},
            (
                "operator/alive",
                "failed",
                "has 1 of 1 replica ready",
                "kubectl rollout restart deployment -n temporal-worker-pools temporal-worker-pools",
            ),
        ),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_mends_it(
    tmp_path: Path, objects: dict[str, Any], expected: tuple[str, str, str, str]
) -> None:
    """And nothing else is."""
    check_name, outcome, said, fix = expected
    found = findings(tmp_path, installed(**objects))
    failed = [name for name, each in found.items() if each["outcome"] in {"failed", "warning"}]
    assert failed == [check_name]
    assert found[check_name]["outcome"] == outcome
    assert said in found[check_name]["message"]
    assert found[check_name].get("fix", "") == fix


def test_a_missing_right_is_named_verb_by_verb(tmp_path: Path) -> None:
    """With what the operator does by it; the account is the operator's, where the pools are."""
    api = FakeApi(installed(**{REVIEWS: {"status": {"allowed": False}}}))
    with serving(api, tmp_path) as kubeconfig:
        result = CliRunner().invoke(app, ["check", "-o", "short", "--kubeconfig", str(kubeconfig)])
    assert result.exit_code == ExitStatus.NO
    assert (
        "failed: permissions/deployments/scale.apps: Lacks patch, by which the operator sets the replicas. "
        "Fix: kubectl apply -k manifests/rbac\n"
    ) in result.stdout
    assert "failed: permissions/scaledobjects.keda.sh: Lacks list, watch" in result.stdout
    asked = [body["spec"] for _, path, body in api.sent if path == REVIEWS]
    assert {spec["user"] for spec in asked} == {"system:serviceaccount:temporal-worker-pools:temporal-worker-pools"}
    namespaces = Counter(spec["resourceAttributes"].get("namespace") for spec in asked)
    assert namespaces == {"prod": len(OPERATOR) - 2, "temporal-worker-pools": len(ELECTION), None: 2}


def test_what_has_a_fix_in_common_is_listed_above_it(tmp_path: Path) -> None:
    """A missing role is one thing to do, however many rights it has."""
    lines = check(tmp_path, installed(**{REVIEWS: {"status": {"allowed": False}}})).stdout.splitlines()
    permissions = lines[lines.index("permissions") + 1 : lines.index("operator") - 1]
    assert sum(line.startswith("  failed") for line in permissions) > 5
    assert [line.strip() for line in permissions if "fix:" in line or "docs:" in line] == [
        "fix:  kubectl apply -k manifests/rbac",
        "docs: docs/check.md#permissions",
    ]


@pytest.mark.parametrize(
    ("spec", "outcome", "said"),
    [
        ({"holderIdentity": "operator-0", "renewTime": "now"}, "ok", "operator-0 holds Lease"),
        ({"holderIdentity": "operator-0", "renewTime": "2026-01-01T00:00:00Z"}, "warning", "renewed "),
        ({"holderIdentity": ""}, "warning", "has no holder: no replica of the operator leads."),
    ],
)
def test_the_replica_that_leads_is_named(tmp_path: Path, spec: dict[str, str], outcome: str, said: str) -> None:
    """By the Lease, where there is one."""
    leases = "/apis/coordination.k8s.io/v1/namespaces/temporal-worker-pools/leases"
    # Not where the cases are listed: that is long before the test runs.
    spec = {key: written(time.time()) if value == "now" else value for key, value in spec.items()}
    lease = {"metadata": {"name": "temporal-worker-pools"}, "spec": spec}
    objects = installed(**{leases: {"items": [lease, {"metadata": {"name": "another"}, "spec": {}}]}})
    found = json.loads(check(tmp_path, objects, "-o", "json").stdout)["checks"]
    (leading,) = [each for each in found if each["check"] == "leading"]
    assert leading["outcome"] == outcome
    assert said in leading["message"]


def test_an_operator_that_never_reconciled_is_alive_if_it_renews_its_lease(tmp_path: Path) -> None:
    """As one outside the cluster does, before its first pool; without either the Deployment counts."""
    leases = "/apis/coordination.k8s.io/v1/namespaces/temporal-worker-pools/leases"
    held = {"holderIdentity": "laptop", "renewTime": written(time.time())}
    lease = {"metadata": {"name": "temporal-worker-pools.prod"}, "spec": held}
    outside = installed(**{DEPLOYMENT: None, pool_path("orders"): pool("orders", conditions=conditions())})
    assert findings(tmp_path, outside)["operator/alive"]["outcome"] == "failed"
    assert findings(tmp_path, outside | {leases: {"items": [lease]}}) == {}


def test_what_one_may_not_see_is_said_and_is_no_failure(tmp_path: Path) -> None:
    """With read rights in one namespace the pools are checked all the same."""
    forbidden = ("temporalworkerpools.workerpools.dev", "temporalconnections.workerpools.dev", "/subjectaccessreviews")
    found = findings(tmp_path, installed(), forbidden=(*forbidden, "/temporal-worker-pools"))
    assert {each["outcome"] for each in found.values()} == {"unknown"}
    assert all("not allowed to create subjectaccessreviews" in each["message"] for each in found.values())
    result = check(tmp_path, installed(), forbidden=(*forbidden, "/temporal-worker-pools"))
    assert result.exit_code == ExitStatus.UNKNOWN
    assert "its schema is not compared: not allowed to get customresourcedefinitions" in result.stdout


@pytest.mark.parametrize(
    ("type_", "condition", "outcome", "fix"),
    [
        (
            "Connected",
            ("False", "NameNotResolved", "DNS has no address."),
            "failed",
            f"""kubectl patch twp {OF_POOL} '{{ "spec": {{ "connection": {{ "address": "HOST:PORT" }} }} }}'""",
        ),
        (
            "Connected",
            ("False", "CredentialsNotReadable", "Not allowed: `kubectl create rolebinding x`, then wait."),
            "failed",
            "kubectl create rolebinding x",
        ),
        ("WorkersPolling", ("False", "NotPolling", "None polls."), "failed", "kubectl edit twp -n prod orders"),
        ("AnnotationsValid", ("False", "InvalidAnnotation", "No time."), "failed", "twp resume -n prod orders"),
        (
            "TargetSafe",
            ("False", "GracePeriodTooShort", "In spec.template.spec set terminationGracePeriodSeconds: 75."),
            "warning",
            f"""kubectl patch deployment {OF_WORKER} '{{ "spec": {{ "template": {{ "spec": {GRACE} }} }} }}'""",
        ),
        ("InFlightKnown", ("Unknown", "HeartbeatsLost", "No longer."), "unknown", ""),
        ("CertificateCurrent", ("False", "CertificateExpiring", "In 3 days."), "warning", ""),
    ],
)
def test_a_pool_is_checked_by_its_conditions(
    tmp_path: Path, type_: str, condition: tuple[str, str, str], outcome: str, fix: str
) -> None:
    """Reason and message are the operator's; the page is that of the condition."""
    found = findings(tmp_path, installed(reconciled(30, **{type_: condition})), "orders")
    (name, finding), *others = found.items()
    assert name == f"pool/{CHECKS[ConditionType(type_)]}"
    assert finding["outcome"] == outcome
    assert finding["message"] == f"{condition[1]}: {condition[2]}"
    assert finding.get("fix", "") == fix
    assert finding["page"] == f"docs/conditions.md#{type_.lower()}"
    assert {each["outcome"] for _, each in others} <= {"not checked"}


def test_what_depends_on_what_failed_is_not_checked(tmp_path: Path) -> None:
    """Without a connection nothing is known of the workers; without an operator nothing of any pool."""
    lost = findings(tmp_path, installed(reconciled(Connected=("False", "TimedOut", "No answer."))))
    assert lost["pool/workers polling"]["message"] == "Not checked, because connection failed."
    assert lost["pool/heartbeats"]["outcome"] == "not checked"
    dead = findings(tmp_path, installed(reconciled(3600)))
    assert dead["pool/pool"]["message"] == "Not checked, because the operator is not alive."
    absent = findings(tmp_path, installed(**{"/apis/workerpools.dev/v1alpha1": None, pool_path("orders"): None}))
    assert absent["operator/all"]["message"] == "Not checked, because the CRDs are missing."


def test_a_cluster_that_does_not_answer_has_a_status_of_its_own(tmp_path: Path) -> None:
    """The rest is not checked."""
    result = CliRunner().invoke(app, ["check", "--kubeconfig", str(tmp_path / "none"), "-o", "short"])
    first, *rest, last = result.stdout.splitlines()
    assert result.exit_code == ExitStatus.UNREACHABLE
    assert first.startswith("failed: cluster/API server: There is no kubeconfig")
    assert all(line.endswith("because the API server failed.") for line in rest)
    assert last == "1 failed, 3 not checked"


def test_a_pool_at_zero_needs_no_worker_that_polls(tmp_path: Path) -> None:
    """What is unknown there is as it should be."""
    idle = reconciled(WorkersPolling=("Unknown", "NobodyToPoll", "None."))
    idle["status"]["replicas"] = 0
    assert check(tmp_path, installed(idle)).exit_code == ExitStatus.OK


def test_before_the_installation_it_asks_whether_it_may_be_done(tmp_path: Path) -> None:
    """CRDs that are absent or older are as expected; there is no operator to ask for."""
    fresh = installed(**{f"{CRD_PATH}/{crd['metadata']['name']}": None for crd in crds()})
    del fresh["/apis/workerpools.dev/v1alpha1"], fresh[pool_path("orders")]
    result = check(tmp_path, fresh, "--pre")
    assert result.exit_code == ExitStatus.OK
    assert "temporalworkerpools: Not installed yet." in result.stdout
    assert "clusterroles.rbac.authorization.k8s.io: create, escalate." in result.stdout
    assert "operator" not in result.stdout.split("installation")[0]
    refused = check(tmp_path, fresh | {OWN_REVIEWS: {"status": {"allowed": False}}}, "--pre")
    assert refused.exit_code == ExitStatus.NO


def test_waiting_ends_when_nothing_is_wrong_or_the_time_is_up(tmp_path: Path) -> None:
    """With the status of the last try."""
    started = time.monotonic()
    assert check(tmp_path, installed(), "--wait").exit_code == ExitStatus.OK
    assert check(tmp_path, installed(reconciled(3600)), "--wait", "--timeout", "0.2").exit_code == ExitStatus.NO
    assert time.monotonic() - started < 20


def _with(path: tuple[str, ...], **fields: Any) -> Finding:
    """What is said of a CRD that has other things in one node of its schema."""
    there = json.loads(json.dumps(worker_pool_crd()))
    node = there["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for name in path:
        node = node[name]
    for name, value in fields.items():
        if value is None:
            del node[name]
        else:
            node[name] = value
    return compared("temporalworkerpools", worker_pool_crd(), there)


def test_a_crd_of_another_version_is_named_by_the_fields_that_differ() -> None:
    """Older, newer, or with other limits; a description is no difference."""
    spec = ("properties", "spec", "properties")
    assert _with((), description="Another.").outcome == Outcome.OK
    older = _with(spec, fallback=None)
    assert older.outcome == Outcome.FAILED
    assert "older than this version, and lacks spec.fallback, spec.fallback.afterSeconds" in older.message
    newer = _with(spec, colour={"type": "string"})
    assert (newer.outcome, newer.fix) == (Outcome.WARNING, "")
    assert "has spec.colour" in newer.message
    assert "other limits of spec.maxReplicas" in _with((*spec, "maxReplicas"), minimum=5).message


def test_every_page_is_there() -> None:
    """With its heading."""
    conditions_page = Path("docs/conditions.md").read_text(encoding="utf-8").lower()
    for condition in CHECKS:
        assert f"\n## {page_of(condition).partition('#')[2]}\n" in conditions_page
