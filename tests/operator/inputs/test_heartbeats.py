"""Why no worker sends heartbeats, with the one setting that fixes it."""

from dataclasses import dataclass, replace

import pytest
from typing_extensions import override

from controller.api.condition_reasons import InFlightKnown
from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.operator.inputs.heartbeats import TURN_ON_IN_SERVER, HeartbeatSupport
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import observe
from controller.operator.passes import Inputs
from controller.operator.report.workers import in_flight_known
from controller.scaling.observation import Poller, Unknown, UnknownCause
from controller.temporal.client import ConnectionIdentity
from controller.temporal.reader import TemporalReader, TemporalReading, Workers
from controller.temporal.workers import TURN_ON_IN_SDK
from tests.operator.builders import NOW, inputs, pod, worker
from tests.scaling.builders import report, spec, statistics

KEY = ("orders", TaskType.ACTIVITY)
POLLED = replace(statistics(), pollers=(Poller("1@elsewhere", NOW),))


@dataclass
class _Temporal(TemporalReader):
    """A server that keeps heartbeats, or does not, or does not say it."""

    keeps: bool | None
    asked: int = 0

    @override
    async def keeps_heartbeats(self, identity: ConnectionIdentity, temporal_namespace: str) -> bool | None:
        self.asked += 1
        return self.keeps


def _read(workers: Workers | Unknown = (), **fields: object) -> Inputs:
    """Two pods that have been ready for 95 s, and poll."""
    reading = TemporalReading({KEY: POLLED}, workers, None)
    read = inputs((pod("a"), pod("b")), {KEY: 10}, reading, server=ConnectionIdentity("temporal:7233"))
    return replace(read, **fields)  # type: ignore[arg-type]


async def _message(temporal: _Temporal, read: Inputs) -> tuple[InFlightKnown, str]:
    seen, _ = observe(read, Learned(), NOW)
    update = in_flight_known(read.spec.in_flight.source, await HeartbeatSupport(temporal).explain(read, seen), NOW)
    assert isinstance(update.reason, InFlightKnown)
    return update.reason, update.message


@pytest.mark.parametrize("keeps", [True, None])
async def test_workers_that_send_none_to_a_server_that_keeps_them_lack_the_setting_of_their_sdk(
    *, keeps: bool | None
) -> None:
    """So do those of a server that does not say it: most do."""
    assert await _message(_Temporal(keeps), _read()) == (
        InFlightKnown.HEARTBEATS_MISSING,
        f"None of 2 ready pods has sent worker heartbeats (ready for up to 95 s). {TURN_ON_IN_SDK}",
    )


async def test_a_server_that_keeps_none_is_the_cause() -> None:
    """SDKs ask the server first, and send it none."""
    assert await _message(_Temporal(keeps=False), _read()) == (
        InFlightKnown.HEARTBEATS_MISSING,
        f"Temporal namespace default keeps no worker heartbeats, so SDKs send none. {TURN_ON_IN_SERVER}",
    )


async def test_an_old_server_has_its_own_fix() -> None:
    """It is not asked again."""
    old, temporal = Unknown(UnknownCause.NEVER_THERE, "it is too old", "Upgrade it."), _Temporal(keeps=False)
    assert await _message(temporal, _read(old)) == (InFlightKnown.HEARTBEATS_MISSING, "It is too old. Upgrade it.")
    assert temporal.asked == 0


async def test_a_pool_that_is_well_or_has_another_source_is_not_asked_for() -> None:
    """No read without a problem that it explains."""
    temporal = _Temporal(keeps=False)
    metrics = spec(inFlight={"source": InFlightSource.POD_METRICS, "podMetrics": {"port": 9090}})
    for read in (_read((worker("a", report()),)), _read(spec=metrics, pod_metrics={}), _read(server=None)):
        await _message(temporal, read)
    assert temporal.asked == 0
