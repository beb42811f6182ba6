"""`twp adopt`: what it changes, in which order, and when it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from controller.cli.exit_status import ExitStatus
from controller.cli.main import app
from controller.cluster.scalers import HPA_PAUSED
from tests.cli.fake_api_server import FakeApi, pool, pool_path, serving

Object = dict[str, Any]

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders-worker"}
OWN = {"minReplicas": 2, "maxReplicas": 6}
READY = {"type": "Ready", "status": "True", "reason": "RecommendOnly", "message": "Recommended: 5 replicas, not set."}
DEPLOYMENT: Object = {"spec": {"template": {"spec": {"containers": [{"name": "worker"}]}}}}


def hpa(annotations: dict[str, str] | None = None, managers: tuple[Object, ...] = (), **spec: Any) -> Object:
    """A HorizontalPodAutoscaler of the Deployment."""
    metadata = {"name": "by-cpu", "namespace": "prod", "resourceVersion": "7", "managedFields": list(managers)}
    return {
        "metadata": metadata | ({"annotations": annotations} if annotations else {}),
        "spec": {"scaleTargetRef": TARGET, **OWN, **spec},
    }


def scaled_object(**annotations: str) -> Object:
    """A ScaledObject of the Deployment."""
    named = {key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()}
    return {
        "metadata": {"name": "by-queue", "namespace": "prod", "resourceVersion": "8", "annotations": named},
        "spec": {"scaleTargetRef": {"name": "orders-worker"}},
    }


def vpa(mode: str) -> Object:
    """A VerticalPodAutoscaler of the Deployment."""
    return {
        "metadata": {"name": "by-usage", "namespace": "prod"},
        "spec": {"targetRef": TARGET, "updatePolicy": {"updateMode": mode}},
    }


def recommending(*, mode: str = "Recommend", ready: Object = READY, managers: tuple[Object, ...] = ()) -> Object:
    """The pool."""
    conditions = [ready | {"lastTransitionTime": "2026-11-30T12:00:00Z"}]
    manifest = pool("orders", replicas=3, desiredReplicas=5, conditions=conditions, observedGeneration=1)
    manifest["spec"]["mode"] = mode
    manifest["metadata"]["managedFields"] = list(managers)
    return manifest


def applied(manager: str, field: str, operation: str = "Apply") -> Object:
    """An entry of managedFields."""
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {f"f:{field}": {}}}}


def adopt(folder: Path, *arguments: str, **objects: Object) -> tuple[Result, list[tuple[str, Any]]]:
    """What the command says, and its patches: name of the object, and body."""
    paths = {
        "pool": pool_path("orders"),
        "hpa": "/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/by-cpu",
        "scaled_object": "/apis/keda.sh/v1alpha1/namespaces/prod/scaledobjects/by-queue",
        "vpa": "/apis/autoscaling.k8s.io/v1/namespaces/prod/verticalpodautoscalers/by-usage",
    }
    served = {paths[name]: manifest for name, manifest in objects.items()}
    api = FakeApi(served | {"/apis/apps/v1/namespaces/prod/deployments/orders-worker": DEPLOYMENT})
    with serving(api, folder) as kubeconfig:
        result = CliRunner().invoke(app, ["adopt", "orders", *arguments, "--kubeconfig", str(kubeconfig)])
    dry = ["dryRun=All" in path for _, path, _ in api.sent if path.split("?")[0] in paths.values()]
    assert all(dry) == ("--dry-run" in arguments) or not dry
    return result, [
        (path.split("?")[0].rsplit("/", 1)[-1], body) for method, path, body in api.sent if method == "PATCH"
    ]


def patched(operations: list[Object]) -> dict[str, Any]:
    """The values that a JSON patch adds, by their paths."""
    return {each["path"]: each["value"] for each in operations if each["op"] == "add"}


def test_the_other_scalers_are_paused_before_the_pool_scales(tmp_path: Path) -> None:
    """The HPA keeps its own bounds in an annotation; each change is a line, and the way back, too."""
    result, patches = adopt(tmp_path, pool=recommending(), hpa=hpa(), scaled_object=scaled_object())
    assert result.exit_code == 0, result.output
    (_, of_hpa), (_, of_keda), (_, of_pool) = patches
    assert [name for name, _ in patches] == ["by-cpu", "by-queue", "orders"]
    assert of_hpa[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    values = patched(of_hpa)
    assert {key: values[f"/spec/{key}"] for key in HPA_PAUSED} == HPA_PAUSED
    assert json.loads(values["/metadata/annotations/workerpools.dev~1adopted-by"]) == {"pool": "orders", "spec": OWN}
    assert of_keda["metadata"]["annotations"]["autoscaling.keda.sh/paused"] == "true"
    assert of_pool == {"spec": {"mode": "Auto"}}
    assert result.stdout.splitlines() == [
        (
            "horizontalpodautoscaler/by-cpu paused: behavior disables both directions, and no bound holds; its own are "
            "in an annotation."
        ),
        "scaledobject/by-queue paused by the annotation autoscaling.keda.sh/paused.",
        "temporalworkerpool/orders mode: Auto.",
        "It has 3 replicas and recommends 5; the operator goes on from there.",
        "`twp adopt -n prod orders --back` gives the Deployment back.",
    ]


def test_back_gives_the_deployment_back_as_it_was(tmp_path: Path) -> None:
    """The pool first. What others paused, or a pool of another name, stays paused."""
    note = json.dumps({"pool": "orders", "spec": OWN})
    paused = hpa({"workerpools.dev/adopted-by": note}, **HPA_PAUSED)
    by_a_person = scaled_object(autoscaling_keda_sh__paused="true")
    result, patches = adopt(tmp_path, "--back", pool=recommending(mode="Auto"), hpa=paused, scaled_object=by_a_person)
    assert result.exit_code == 0, result.output
    (of_pool, mode), (of_hpa, operations) = patches
    assert (of_pool, of_hpa) == ("orders", "by-cpu")
    assert mode == {"spec": {"mode": "Recommend"}}
    assert {"op": "remove", "path": "/metadata/annotations/workerpools.dev~1adopted-by"} in operations
    assert patched(operations) == {"/spec/minReplicas": 2, "/spec/maxReplicas": 6, "/spec/behavior": None}


def test_what_is_done_is_not_done_twice(tmp_path: Path) -> None:
    """In either direction."""
    note = {"workerpools.dev/adopted-by": json.dumps({"pool": "orders", "spec": OWN})}
    result, patches = adopt(tmp_path, pool=recommending(mode="Auto"), hpa=hpa(note, **HPA_PAUSED))
    assert (result.exit_code, patches) == (0, [])
    assert result.stdout.startswith("Nothing to change: temporalworkerpool/orders scales, and nothing else does.")
    result, patches = adopt(tmp_path, "--back", pool=recommending(), hpa=hpa())
    assert (result.exit_code, patches) == (0, [])
    assert result.stdout == "Nothing to change: temporalworkerpool/orders recommends, and nothing is paused for it.\n"


def test_an_autoscaler_whose_manifest_was_applied_meanwhile_keeps_its_new_bounds(tmp_path: Path) -> None:
    """A second pause must not take the disabled behavior for its own."""
    note = {"workerpools.dev/adopted-by": json.dumps({"pool": "orders", "spec": OWN | {"behavior": {"scaleUp": {}}}})}
    reapplied = hpa(note, minReplicas=3, maxReplicas=9, behavior=HPA_PAUSED["behavior"])
    _, patches = adopt(tmp_path, pool=recommending(mode="Auto"), hpa=reapplied)
    values = patched(patches[0][1])
    assert json.loads(values["/metadata/annotations/workerpools.dev~1adopted-by"])["spec"] == {
        "minReplicas": 3,
        "maxReplicas": 9,
        "behavior": {"scaleUp": {}},
    }


def test_a_dry_run_asks_the_api_server_and_says_the_same(tmp_path: Path) -> None:
    """`adopt` checks that each patch has dryRun=All."""
    result, patches = adopt(tmp_path, "--dry-run", pool=recommending(), hpa=hpa())
    assert len(patches) == 2
    assert result.stdout.splitlines()[1] == "temporalworkerpool/orders mode: Auto (dry run)."


FAILING = READY | {"status": "False", "reason": "FailedGetBacklog", "message": "Temporal does not answer."}


@pytest.mark.parametrize(
    ("objects", "because"),
    [
        ({"pool": recommending(ready=FAILING)}, "Ready is False, FailedGetBacklog: Temporal does not answer"),
        (
            {"pool": recommending(), "vpa": vpa("Recreate")},
            "verticalpodautoscaler/by-usage would contest the Deployment",
        ),
        (
            {"pool": recommending(), "hpa": hpa(managers=(applied("kustomize-controller", "scaleTargetRef"),))},
            "kustomize-controller applies horizontalpodautoscaler/by-cpu and would undo the pause",
        ),
        (
            {"pool": recommending(managers=(applied("argocd-controller", "mode", "Update"),))},
            "argocd-controller applies its mode and would set it back, so commit mode: Auto instead",
        ),
    ],
    ids=["not ready", "VPA", "HPA of Flux", "pool of Argo CD"],
)
def test_a_switch_that_would_not_last_is_refused_and_changes_nothing(
    tmp_path: Path, objects: dict[str, Object], because: str
) -> None:
    """With why, in one line; --force does it all the same."""
    result, patches = adopt(tmp_path, **objects)
    assert (result.exit_code, patches) == (ExitStatus.NO, [])
    assert because in result.stderr
    assert len(result.stderr.splitlines()) == 1
    result, patches = adopt(tmp_path, "--force", **objects)
    assert result.exit_code == 0, result.output
    assert ("orders", {"spec": {"mode": "Auto"}}) in patches


@pytest.mark.parametrize(
    "objects",
    [
        {"pool": recommending(), "vpa": vpa("Initial")},
        {"pool": recommending(), "hpa": hpa(managers=(applied("kubectl", "scaleTargetRef"),))},
        {"pool": recommending(ready=READY | {"status": "False", "reason": "TargetContested"})},
    ],
    ids=["a VPA that changes no running pod", "applied by a person", "contested by what is paused now"],
)
def test_what_is_in_no_way_is_no_reason_to_refuse(tmp_path: Path, objects: dict[str, Object]) -> None:
    """The pool takes over."""
    result, patches = adopt(tmp_path, **objects)
    assert result.exit_code == 0, result.output
    assert patches[-1] == ("orders", {"spec": {"mode": "Auto"}})
