"""A worker that was killed, and the one that takes its place."""

from controller.api.model import TaskType
from controller.operator.inputs.living import living
from controller.scaling.observation import SlotType, Unknown, used
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import TemporalReader
from controller.temporal.workers import WorkerReport
from localcluster.temporal_server import TemporalServer
from tests.support.waiting import wait_for_async
from tests.temporal.busy_process import busy_process
from tests.temporal.workloads import connect, start_errands

KEY = ("killed", TaskType.ACTIVITY)


def running(worker: WorkerReport) -> int:
    """Activities that it reports to run."""
    return used(report for report in worker.slots if report.slot_type is SlotType.ACTIVITY)


async def test_a_killed_worker_is_listed_beside_the_one_that_took_its_place(
    reader: TemporalReader, own_server: TemporalServer
) -> None:
    """As in a container that is restarted: the same identity and host name, another instance, and a later start.

    The dead one is still listed with its tasks; only the start of the container shows that it is dead.
    """
    client = await connect(own_server.address, "default")
    await start_errands(client, "killed", "killed", 2)

    async def reports() -> list[WorkerReport]:
        workers = (await reader.read(ConnectionIdentity(own_server.address), "default", [KEY])).workers
        assert not isinstance(workers, Unknown)
        return sorted(workers, key=lambda worker: worker.started_at or 0.0)

    async def busy() -> bool:
        return [running(worker) for worker in await reports()] == [2]

    async def both() -> list[WorkerReport] | None:
        # The first report of a worker may have no slots in it yet.
        found = [worker for worker in await reports() if worker.slots]
        return found if len(found) == 2 else None

    with busy_process(own_server.address, "killed"):
        await wait_for_async(busy, 60, "two slots in use")
    with busy_process(own_server.address, "killed"):
        found = await wait_for_async(both, 60, "the worker that took its place, beside the dead one")
    assert found is not None
    dead, alive = found
    assert (dead.host_name, dead.worker_identity) == (alive.host_name, alive.worker_identity)
    assert dead.instance != alive.instance
    assert (dead.is_stopping, running(dead)) == (False, 2)
    assert alive.started_at is not None
    assert dead.reported_at < alive.started_at
    assert living(found, alive.started_at, alive.reported_at) == (alive,)
