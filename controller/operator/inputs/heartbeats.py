"""Why no worker sends heartbeats: the server keeps none, or the workers are not asked to."""

from dataclasses import replace
from typing import Final

from controller.operator.inputs.temporal import asks_for_workers
from controller.operator.passes import Inputs
from controller.scaling.observation import Observation, Unknown, UnknownCause
from controller.temporal.reader import TemporalReader

TURN_ON_IN_SERVER: Final = (
    "Set frontend.WorkerHeartbeatsEnabled to true in the dynamic configuration of the Temporal server, or set "
    "inFlight.podMetrics, which needs no heartbeats."
)
"""What to do where the server keeps none, although it could."""


class HeartbeatSupport:
    """Asks for all pools, within the read budget of their Temporal namespaces."""

    def __init__(self, temporal: TemporalReader) -> None:
        """Reads through this reader."""
        self._temporal = temporal

    async def explain(self, inputs: Inputs, observation: Observation) -> Observation:
        """The observation with the cause in the server, where the ready pods never sent heartbeats and that is why."""
        source, namespace = observation.in_flight, inputs.spec.temporal_namespace
        if inputs.server is None or not _never_sent(inputs, source):
            return observation
        if await self._temporal.keeps_heartbeats(inputs.server, namespace) is not False:
            return observation
        message = f"Temporal namespace {namespace} keeps no worker heartbeats, so SDKs send none"
        return replace(observation, in_flight=Unknown(UnknownCause.NEVER_THERE, message, TURN_ON_IN_SERVER))


def _never_sent(inputs: Inputs, source: str | Unknown) -> bool:
    """Whether the list of workers could be read, and none of the pods was ever in it."""
    if not isinstance(source, Unknown) or source.cause != UnknownCause.NEVER_THERE:
        return False
    by_heartbeats = asks_for_workers(inputs.spec.in_flight.source) and inputs.pod_metrics is None
    return by_heartbeats and not isinstance(inputs.reading.workers, Unknown)
