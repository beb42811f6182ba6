"""What pods poll that don't poll what their pool lists: Temporal is asked for the workers with their host names."""

from dataclasses import replace
from typing import Final

from controller.operator.inputs.learned import AskedHosts, Learned
from controller.operator.inputs.polling import polls
from controller.operator.inputs.temporal import asks_for_workers
from controller.operator.passes import Inputs
from controller.scaling.observation import Observation, SlotType, Unknown
from controller.temporal.reader import TemporalReader
from controller.temporal.workers import WorkerReport

MOST_HOSTS: Final = 3
"""Pods whose workers are asked for: those of one template poll the same."""

ASKED_AGAIN_SECONDS: Final = 300.0
"""The same pods are asked for again after so long: workers can't change what they poll, but may report late."""

NEW_PODS_SECONDS: Final = 60.0
"""Other pods are asked for after so long: pods that end again and again are no reason for a read each time."""


class PolledInstead:
    """Asks for all pools, within the read budget of their Temporal namespaces."""

    def __init__(self, temporal: TemporalReader) -> None:
        """Reads through this reader."""
        self._temporal = temporal

    async def add(self, inputs: Inputs, observation: Observation, learned: Learned) -> tuple[Observation, Learned]:
        """Adds what the pods poll instead, where there is a queue that they don't poll.

        Args:
            inputs: What the pass read.
            observation: What came of it.
            learned: What is known of the workers.

        Returns:
            Both, with the answer or the one to the last question.
        """
        unpolled = any(queue.unpolled_since is not None for queue in observation.task_queues)
        if not unpolled or not asks_for_workers(inputs.spec.in_flight.source):
            return observation, replace(learned, asked_hosts=None)
        hosts, last, now = _hosts(inputs), learned.asked_hosts, observation.observed_at
        if inputs.server and hosts and is_due(last, hosts, now):
            namespace = inputs.spec.temporal_namespace
            answer = await self._temporal.workers_on(inputs.server, namespace, hosts)
            before = last.polled if last else None
            last = AskedHosts(hosts, now, before if isinstance(answer, Unknown) else polled_by(answer))
        polled = last.polled if last else None
        return replace(observation, polled_instead=polled), replace(learned, asked_hosts=last)


def is_due(last: AskedHosts | None, hosts: tuple[str, ...], now: float) -> bool:
    """Whether to ask for the workers of these hosts."""
    if last is None:
        return True
    return now - last.at >= (ASKED_AGAIN_SECONDS if hosts == last.hosts else NEW_PODS_SECONDS)


def polled_by(workers: tuple[WorkerReport, ...]) -> tuple[str, ...]:
    """What workers poll, by the name of the queue and type; local activities are in no queue."""
    reports = (report for worker in workers for report in worker.slots)
    mine = {f"{r.task_queue}/{r.slot_type}" for r in reports if polls(r) and r.slot_type != SlotType.LOCAL_ACTIVITY}
    return tuple(sorted(mine))


def _hosts(inputs: Inputs) -> tuple[str, ...]:
    """Host names of the pods that have been ready for longest."""
    ready = [pod for pod in inputs.pods if pod.ready_since is not None and not pod.terminating]
    oldest = sorted(ready, key=lambda pod: (pod.ready_since or 0.0, pod.name))
    return tuple(dict.fromkeys(pod.host_name for pod in oldest if pod.host_name))[:MOST_HOSTS]
