"""What the demo watches: one sample a second of the pool, its Deployment and the operator's metrics."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from localcluster.operator_process import Operator

PREFIX = "temporal_worker_pool_"


@dataclass(frozen=True)
class Sample:
    """One poll."""

    seconds: float
    """Since the start of the timeline."""
    backlog: int | None
    """Tasks that wait, as the operator last read; `None`: unknown."""
    slots_used: int | None
    """Tasks that run, as the workers that report said when the operator last read; `None`: unknown."""
    desired: int
    """Replicas that the operator decided on."""
    replicas: int
    """Pods that are there: starting or ready."""
    ready: int
    """Pods that take tasks."""
    reason: str
    """What the condition Ready says."""
    source: str = "None"
    """Where the slots in use come from, as status says: Heartbeats, PodMetrics or None."""


@dataclass(frozen=True)
class Action:
    """One change of replicas by the operator."""

    seconds: float
    before: int
    after: int
    reason: str
    message: str


@dataclass
class Timeline:
    """All samples and actions so far."""

    samples: list[Sample] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    @property
    def pod_seconds(self) -> float:
        """Pods that were there, integrated over time."""
        pairs = zip(self.samples, self.samples[1:], strict=False)
        return sum(before.replicas * (after.seconds - before.seconds) for before, after in pairs)

    @property
    def peak_replicas(self) -> int:
        """Most pods at a time."""
        return max((sample.replicas for sample in self.samples), default=0)

    @property
    def sources(self) -> list[str]:
        """Where the slots in use came from, in the order of first use."""
        return list(dict.fromkeys(sample.source for sample in self.samples if sample.source != "None"))


class Watcher:
    """Takes the samples."""

    def __init__(self, kubectl: Callable[..., str], namespace: str, pool: str, operator: Operator) -> None:
        self._kubectl = kubectl
        self._namespace = namespace
        self._pool = pool
        self._operator = operator
        self._until, self._replicas = "", 0
        """Time of the last action that was seen, and the replicas after it."""

    def sample(self, timeline: Timeline) -> list[Action]:
        """Add one sample to the timeline.

        Returns:
            The actions that are new since the last sample.
        """
        pool = self._object("temporalworkerpool", self._pool)
        deployment = self._object("deployment", pool["spec"]["scaleTargetRef"]["name"])
        status = pool.get("status", {})
        ready: dict[str, str] = next((c for c in status.get("conditions", ()) if c["type"] == "Ready"), {})
        backlog, slots_used = self._work()
        sample = Sample(
            seconds=timeline.seconds,
            backlog=backlog,
            slots_used=slots_used,
            desired=status.get("desiredReplicas", 0),
            replicas=deployment.get("status", {}).get("replicas", 0),
            ready=deployment.get("status", {}).get("readyReplicas", 0),
            reason=ready.get("message", "The operator has not reconciled yet."),
            source=status.get("inFlight", {}).get("source", "None"),
        )
        timeline.samples.append(sample)
        actions = [
            Action(sample.seconds, replicas_before, a["to"], a["reason"], a["message"])
            for replicas_before, a in self._new_actions(status.get("scaleActions", ()))
        ]
        timeline.actions.extend(actions)
        return actions

    def _new_actions(self, shown: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries that came or grew since the last sample, each with the replicas before its new part."""
        for entry in shown:
            if entry["time"] <= self._until:
                continue
            grew = entry.get("firstTime", entry["time"]) <= self._until
            yield (self._replicas if grew else entry["from"]), entry
            self._until, self._replicas = entry["time"], entry["to"]

    def _object(self, kind: str, name: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self._kubectl("get", kind, name, "-n", self._namespace, "-o", "json"))
        return read

    def _work(self) -> tuple[int | None, int | None]:
        """Backlog and slots in use of the pool, all queues and types together; unknown where a part is."""
        samples = [
            sample
            for family in text_string_to_metric_families(self._operator.get("/metrics") or "")
            for sample in family.samples
            if sample.labels.get("name") == self._pool
        ]
        return _total(samples, f"{PREFIX}backlog_tasks"), _total(samples, f"{PREFIX}slots_used")


def _total(samples: list[Any], name: str) -> int | None:
    values = [sample.value for sample in samples if sample.name == name]
    return round(sum(values)) if values else None
