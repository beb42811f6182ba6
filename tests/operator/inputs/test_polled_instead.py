"""Pods that don't poll what their pool lists: Temporal is asked what they poll, seldom, and the condition says it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from typing_extensions import override

from controller.api.condition_reasons import WorkersPolling
from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.operator.inputs.polled_instead import PolledInstead
from controller.operator.passes import Inputs
from controller.operator.report.workers import workers_polling
from controller.scaling.observation import Observation, SlotType, Unknown
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import TemporalReader, TemporalReading, Workers
from tests.operator.builders import NOW, inputs, pod, worker
from tests.scaling.builders import LOST, report, spec, statistics

KEY = ("order", TaskType.ACTIVITY)
FIX = "Correct the name in taskQueues, or the task queue in the code of the workers."
ELSEWHERE = (worker("a", report(name="orders"), report(name="orders", slot_type=SlotType.LOCAL_ACTIVITY)),)


@dataclass
class _Temporal(TemporalReader):
    """Answers with some workers, and remembers for which hosts it was asked."""

    workers: Workers | Unknown
    asked: list[Sequence[str]] = field(default_factory=list)

    @override
    async def workers_on(
        self, identity: ConnectionIdentity, temporal_namespace: str, hosts: Sequence[str]
    ) -> Workers | Unknown:
        assert (identity.address, temporal_namespace) == ("temporal:7233", "default")
        self.asked.append(hosts)
        return self.workers


def _read(*workers: object, pods: str = "ab", source: InFlightSource = InFlightSource.AUTO) -> Inputs:
    """Pods that have been ready for 95 s and don't poll the queue."""
    reading = TemporalReading({KEY: statistics(3)}, workers, None)  # type: ignore[arg-type]
    server = ConnectionIdentity("temporal:7233")
    asked = spec(inFlight={"source": source})
    return inputs(tuple(pod(name) for name in pods), {KEY: 10}, reading, server=server, spec=asked)


async def _seen(
    temporal: _Temporal, read: Inputs, learned: Learned | None = None, now: float = NOW
) -> tuple[Observation, Learned]:
    return await PolledInstead(temporal).add(read, *observe(read, learned or Learned(), now))


async def _message(workers: Workers | Unknown, read: Inputs) -> str:
    seen, _ = await _seen(_Temporal(workers), read)
    update = workers_polling(seen, NOW)
    assert update.reason == WorkersPolling.NOT_POLLING
    return update.message


async def test_the_queue_that_the_pods_poll_is_named_beside_the_one_that_the_pool_lists() -> None:
    """In the very reconcile that finds it: the Event has it, too."""
    assert await _message(ELSEWHERE, _read()) == (
        "2 pods are ready, and no worker polled order/Activity for 95 s: no replica is added. "
        f"The pods poll orders; the pool lists order. {FIX}"
    )


async def test_a_type_that_the_workers_lack_is_named() -> None:
    """The queue is right; a type is polled no more than its workers register something for it."""
    slots = report(name="order", slot_type=SlotType.WORKFLOW), replace(report(name="order"), pollers=0)
    message = await _message((worker("a", *slots),), _read())
    assert "The pods poll order/Workflow; the pool lists order/Activity, too. Register what handles" in message


async def test_workers_that_are_not_known_in_the_namespace_are_said_to_be_so() -> None:
    """They poll another Temporal namespace, or reach no Temporal, or send no heartbeats."""
    message = await _message((), _read())
    assert "No worker with their names sends heartbeats in this Temporal namespace. " in message
    assert WorkersPolling.NOT_POLLING.remedy in message
    unanswered = await _message(LOST, _read())
    assert "their names" not in unanswered
    assert WorkersPolling.NOT_POLLING.remedy in unanswered


async def test_the_pods_are_asked_for_once_in_five_minutes() -> None:
    """Three of them; others after a minute, and an answer stays while there is no other."""
    temporal, many = _Temporal(ELSEWHERE), _read(pods="abcde")
    seen, learned = await _seen(temporal, many)
    for seconds in (5, 60, 299):
        seen, learned = await _seen(temporal, many, learned, NOW + seconds)
        assert seen.polled_instead == ("orders/Activity",)
    assert temporal.asked == [("a", "b", "c")]
    temporal.workers = LOST
    seen, learned = await _seen(temporal, many, learned, NOW + 300)
    assert seen.polled_instead == ("orders/Activity",)
    others = _read(pods="xy")
    _, learned = await _seen(temporal, others, learned, NOW + 330)
    _, learned = await _seen(temporal, others, learned, NOW + 360)
    assert temporal.asked == [("a", "b", "c"), ("a", "b", "c"), ("x", "y")]


async def test_pods_that_poll_or_are_not_to_be_read_are_not_asked_for() -> None:
    """No read for a pool that is well, nor for one whose heartbeats are not its source; what was known is forgotten."""
    temporal = _Temporal(ELSEWHERE)
    _, learned = await _seen(temporal, _read())
    temporal.asked.clear()
    well, learned = await _seen(temporal, _read(worker("a", report(name="order"))), learned)
    assert (well.polled_instead, learned.asked_hosts) == (None, None)
    for read in (_read(source=InFlightSource.NONE), replace(_read(), server=None), _read(pods="")):
        seen, _ = await _seen(temporal, read)
        assert seen.polled_instead is None
    assert temporal.asked == []
