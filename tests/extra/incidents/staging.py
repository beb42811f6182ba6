"""What incidents are made of: workers and pools under names of their own, tasks, and processes that freeze."""

import asyncio
import copy
import os
import signal
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from examples.unified.workflow import DataProcessingWorkflow
from examples.work import Batch
from tests.system.place import Object, Place
from tests.system.workloads import pool, unified

WORKER = b"examples.unified.worker"


def workers(place: Place, name: str, *, polls: str = "", probes: bool = True, replicas: int = 1) -> list[Object]:
    """The unified example's worker under another name, with one slot for activities.

    Args:
        place: Where it runs.
        name: Of the Deployment.
        polls: Task queue that it polls; that of its own name unless given.
        probes: Whether the kubelet probes it.
        replicas: At first.
    """
    manifests = unified(place, replicas=replicas)
    config = next(each for each in manifests if each["kind"] == "ConfigMap")
    made = copy.deepcopy(next(each for each in manifests if each["kind"] == "Deployment"))
    labels = {"app": name}
    made["metadata"] |= {"name": name, "labels": labels}
    made["spec"]["selector"] = {"matchLabels": labels}
    made["spec"]["template"]["metadata"]["labels"] = labels
    (container,) = made["spec"]["template"]["spec"]["containers"]
    container["env"].append({"name": "MAX_CONCURRENT_ACTIVITIES", "value": "1"})
    for variable in container["env"]:
        if variable["name"] == "TASK_QUEUE":
            variable["value"] = polls or name
    if not probes:
        del container["readinessProbe"], container["livenessProbe"]
    return [config, made]


def worker_pool(place: Place, name: str, queue: str = "", **spec: object) -> Object:
    """A pool on both task types of a queue, of its own name unless given: one replica runs one activity."""
    tasks = [
        {"type": "Workflow", "slots": 5},
        {"type": "Activity", "slots": 1, "slotsEnvVar": "MAX_CONCURRENT_ACTIVITIES"},
    ]
    queues = [{"name": queue or name, "tasks": tasks}]
    return pool(place, name, taskQueues=queues, **{"minReplicas": 1, **spec})


def start_work(place: Place, queue: str, activities: int, seconds: float) -> None:
    """Start a workflow whose activities take some seconds each, and do not wait for it."""

    async def start() -> None:
        client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
        batch = Batch(activities, seconds)
        await client.start_workflow(DataProcessingWorkflow.run, batch, id=str(uuid4()), task_queue=queue)

    asyncio.run(start())


def freeze(queue: str) -> None:
    """Stop the worker processes that poll a queue as a debugger does: they keep their connections, and do nothing."""
    frozen = [pid for pid in _pids() if _polls(pid, queue)]
    assert frozen, f"no worker polls {queue}"
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)


def _pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def _polls(pid: int, queue: str) -> bool:
    try:
        folder = Path(f"/proc/{pid}")
        is_worker = WORKER in (folder / "cmdline").read_bytes()
        return is_worker and f"TASK_QUEUE={queue}".encode() in (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
