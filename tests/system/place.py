"""Where one test lives, and what a person with kubectl sees there."""

import json
import re
from dataclasses import dataclass
from typing import Any

from controller.api.status import DecisionStep, TaskStatus
from controller.api.status_lines import step_fields, task_fields
from localcluster.cluster import LocalCluster
from tests.support.cluster import apply, get_json, pods, wait_for

Object = dict[str, Any]

PATIENCE_SECONDS = 180.0
"""How long anything may take that should take seconds: a slow, busy machine with 2 cores must do."""


@dataclass(frozen=True)
class Place:
    """A Kubernetes and a Temporal namespace of a test's own."""

    cluster: LocalCluster
    namespace: str
    temporal_namespace: str
    own_temporal: str | None = None
    """Address of a Temporal server of the test's own, instead of the cluster's."""

    @property
    def temporal_address(self) -> str:
        """Where pools, workers and work find Temporal."""
        return self.own_temporal or self.cluster.temporal_address

    def kubectl(self, *arguments: str, input: str | None = None) -> str:  # noqa: A002 - as LocalCluster.kubectl
        """Run kubectl in the Kubernetes namespace."""
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, input=input)

    def follow(self, message: str) -> None:
        """Run the commands that a message has between backticks, just as they stand."""
        commands = re.findall("`([^`]*)`", message)
        assert commands, message
        for command in commands:
            self.cluster.shell(command)

    def apply(self, *manifests: Object) -> None:
        """Apply objects to the Kubernetes namespace."""
        apply(self.cluster, self.namespace, *manifests)

    def apply_as(self, manager: str, manifest: Object) -> None:
        """Apply an object on the server under the name of another field manager, as GitOps tools do."""
        self.kubectl("apply", "--server-side", f"--field-manager={manager}", "-f", "-", input=json.dumps(manifest))

    def patch(self, kind: str, name: str, changes: Object) -> None:
        """Change some fields of an object."""
        self.kubectl("patch", kind, name, "--type=merge", "--patch", json.dumps(changes))

    def get(self, kind: str, name: str) -> Object:
        """Read one object."""
        found: Object = get_json(self.cluster, self.namespace, kind, name)
        return found

    def replicas(self, deployment: str) -> int:
        """Replicas that a Deployment is requested to have."""
        return int(self.get("deployment", deployment)["spec"]["replicas"])

    def status(self, pool: str) -> Object:
        """The status of a pool, with the fields of what it has as lines; empty before the first pass."""
        status: Object = self.get("twp", pool).get("status", {})
        for queue in status.get("taskQueues", ()):
            queue["tasks"] = [TaskStatus.from_manifest(task_fields(line)).to_manifest() for line in queue["tasks"]]
        if decision := status.get("lastDecision"):
            steps = (DecisionStep.from_manifest(step_fields(line)) for line in decision.get("steps", ()))
            decision["steps"] = [step.to_manifest() for step in steps]
        return status

    def conditions(self, pool: str) -> dict[str, Object]:
        """The conditions of a pool by their types."""
        return {condition["type"]: condition for condition in self.status(pool).get("conditions", ())}

    def wait_for_reason(self, pool: str, condition: str, reason: str, *words: str) -> Object:
        """Wait until a condition has a reason and its message has some words, and give the condition."""

        def look() -> Object | None:
            found = self.conditions(pool)[condition]
            if found["reason"] != reason or any(word not in found["message"] for word in words):
                raise LookupError(f"{condition} is {found['status']} {found['reason']}: {found['message']}")
            return found

        return wait_for(look, PATIENCE_SECONDS, f"{condition} of {pool} to be {reason}: {words}")

    def wait_for_replicas(self, deployment: str, at_least: int) -> None:
        """Wait until a Deployment has so many ready replicas."""
        wait_for(
            lambda: self.get("deployment", deployment)["status"].get("readyReplicas", 0) >= at_least,
            PATIENCE_SECONDS,
            f"{at_least} ready replicas of {deployment}",
        )

    def wait_for_zero(self, deployment: str) -> None:
        """Wait until a Deployment has no replicas, and its pods are gone."""
        awaited = f"{deployment} to have no replicas"
        wait_for(lambda: self.replicas(deployment) == 0, PATIENCE_SECONDS, awaited)
        wait_for(lambda: not self.pod_names(deployment), PATIENCE_SECONDS, f"the pods of {deployment} to be gone")

    def pod_names(self, deployment: str) -> set[str]:
        """Names of the pods of a Deployment, those that are ending included."""
        labels = self.get("deployment", deployment)["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        return {pod["metadata"]["name"] for pod in pods(self.cluster, self.namespace, selector)}

    def events(self, pool: str) -> list[Object]:
        """The Events about a pool, oldest first."""
        about = f"involvedObject.kind=TemporalWorkerPool,involvedObject.name={pool}"
        found: list[Object] = get_json(self.cluster, self.namespace, "events", fieldSelector=about)["items"]
        return sorted(found, key=lambda event: int(event["metadata"]["resourceVersion"]))

    def warnings(self, pool: str) -> list[tuple[str, str]]:
        """Reason and message of the Warnings about a pool, oldest first."""
        return [(event["reason"], event["message"]) for event in self.events(pool) if event["type"] == "Warning"]

    def wait_for_warnings(self, pool: str, *expected: tuple[str, str]) -> None:
        """Wait until the Warnings about a pool are these, oldest first: they are written after the status."""
        wait_for(lambda: self.warnings(pool) == list(expected), PATIENCE_SECONDS, f"the Warnings of {pool}: {expected}")
