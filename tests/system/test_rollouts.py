"""Rollouts on the real Deployment controller: replicas may rise but not fall while one runs, unless it is stuck."""

import json

import pytest

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified

NEVER_READY = {"exec": {"command": ["false"]}, "httpGet": None, "periodSeconds": 1}
"""A readiness probe that fails: pods of a template with it never take the place of the old ones."""

FIXED = {"exec": None, "httpGet": {"path": "/ready", "port": "health"}}
"""The workers' own probe again."""


def start_rollout(place: Place, *, deadline_seconds: int) -> Object:
    """Give 2 ready workers a template whose pods never get ready; gives the pool, which has nothing to do."""
    manifests = unified(place, replicas=2)
    (workers,), others = parted(manifests, "Deployment")
    workers["spec"]["progressDeadlineSeconds"] = deadline_seconds
    (pool,), others = parted(others, "TemporalWorkerPool")
    place.apply(workers, *others)
    place.wait_for_replicas(UNIFIED_DEPLOYMENT, 2)
    place.kubectl("patch", "deployment", UNIFIED_DEPLOYMENT, "--patch", template(NEVER_READY))
    wait_for(lambda: deployment_status(place).get("unavailableReplicas"), PATIENCE_SECONDS, "the rollout")
    return pool


def template(readiness_probe: Object) -> str:
    """A patch of the workers' template: another readiness probe."""
    containers = [{"name": "worker", "readinessProbe": readiness_probe}]
    return json.dumps({"spec": {"template": {"spec": {"containers": containers}}}})


def parted(manifests: list[Object], kind: str) -> tuple[list[Object], list[Object]]:
    """Those of a kind, and the others."""
    of_kind = [manifest for manifest in manifests if manifest["kind"] == kind]
    return of_kind, [manifest for manifest in manifests if manifest["kind"] != kind]


def deployment_status(place: Place) -> Object:
    """What the Deployment controller says."""
    status: Object = place.get("deployment", UNIFIED_DEPLOYMENT)["status"]
    return status


def wait_for_rollout_step(place: Place, reason: str) -> None:
    """Wait until the last decision has a step about the rollout with this reason."""

    def look() -> bool:
        steps = place.status(UNIFIED_POOL)["lastDecision"]["steps"]
        return ("Rollout", reason) in {(step["rule"], step["reason"]) for step in steps}

    wait_for(look, PATIENCE_SECONDS, f"a decision that says {reason}")


def test_replicas_rise_but_do_not_fall_while_a_rollout_runs(place: Place, operator: OperatorProcess) -> None:
    """An idle pool keeps its replicas, and gets more; once the template is taken back they go."""
    place.apply(start_rollout(place, deadline_seconds=600))
    wait_for_rollout_step(place, "RollingOut")
    place.patch("twp", UNIFIED_POOL, {"spec": {"minReplicas": 3, "scaleToZero": None}})
    wait_for(lambda: place.replicas(UNIFIED_DEPLOYMENT) == 3, PATIENCE_SECONDS, "replicas to rise in the rollout")
    place.patch("twp", UNIFIED_POOL, {"spec": {"minReplicas": 1}})
    wait_for_rollout_step(place, "RollingOut")
    wait_for_passes(operator, 3)
    assert place.replicas(UNIFIED_DEPLOYMENT) == 3
    place.kubectl("patch", "deployment", UNIFIED_DEPLOYMENT, "--patch", template(FIXED))
    wait_for(lambda: place.replicas(UNIFIED_DEPLOYMENT) == 1, PATIENCE_SECONDS, "replicas to fall after the rollout")


@pytest.mark.usefixtures("operator")
def test_a_stuck_rollout_holds_nothing(place: Place) -> None:
    """Once the Deployment controller says ProgressDeadlineExceeded an idle pool goes down, down to zero."""
    pool = start_rollout(place, deadline_seconds=5)
    wait_for(
        lambda: "ProgressDeadlineExceeded" in {c["reason"] for c in deployment_status(place)["conditions"]},
        PATIENCE_SECONDS,
        "the rollout to be stuck",
    )
    place.apply(pool)
    wait_for(lambda: place.replicas(UNIFIED_DEPLOYMENT) == 0, PATIENCE_SECONDS, "replicas to fall")
