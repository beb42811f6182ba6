"""What the workers say of themselves, on the whole system: slots that nobody declared, and queues that nobody polls."""

import asyncio

import pytest
from temporalio.client import Client

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified


@pytest.mark.usefixtures("operator")
def test_slots_that_nobody_declares_are_learned_from_the_workers(place: Place) -> None:
    """The pool names neither a number nor a variable; the example's default is reported within a minute."""
    queues = [{"name": "data-processing", "tasks": [{"type": "Workflow"}, {"type": "Activity"}]}]
    place.apply(*unified(place, replicas=1, minReplicas=1, scaleToZero=None, taskQueues=queues))

    def learned() -> bool:
        tasks = place.status(UNIFIED_POOL)["taskQueues"][0]["tasks"]
        return all(task["slotsReported"] == task["slotsPerReplica"] > 0 for task in tasks)

    wait_for(learned, PATIENCE_SECONDS, "the slots of both types to be reported")
    assert place.conditions(UNIFIED_POOL)["SlotsEffective"]["reason"] == "SlotsInForce"
    assert place.conditions(UNIFIED_POOL)["WorkersPolling"]["reason"] == "Polling"


def test_workers_that_do_not_poll_get_no_company(place: Place, operator: OperatorProcess) -> None:
    """Tasks wait in a queue whose name has a slip; the one replica polls another one, and stays the only one."""
    queues = [{"name": "data-processing-2", "tasks": [{"type": "Workflow", "slots": 5}]}]
    place.apply(*unified(place, replicas=1, minReplicas=1, scaleToZero=None, taskQueues=queues))
    told = place.wait_for_reason(UNIFIED_POOL, "WorkersPolling", "NotPolling")
    assert "nobody polled data-processing-2/Workflow for " in told["message"]
    asyncio.run(_start_workflows(place, 40))
    wait_for(lambda: place.status(UNIFIED_POOL).get("backlog") == 40, PATIENCE_SECONDS, "a backlog of 40")
    wait_for_passes(operator, 2)
    assert place.replicas(UNIFIED_DEPLOYMENT) == 1


async def _start_workflows(place: Place, count: int) -> None:
    client = await Client.connect(place.cluster.temporal_address, namespace=place.temporal_namespace)
    for number in range(count):
        await client.start_workflow("Any", id=f"slip-{number}", task_queue="data-processing-2")
