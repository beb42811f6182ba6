"""When Temporal can't be reached by the operator, nothing is lowered; when it is back, scaling goes on."""

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.load import running_burst
from tests.system.operators import wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Place
from tests.system.relay import relay_to
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified


def test_replicas_are_held_while_temporal_cannot_be_seen(place: Place, operator: OperatorProcess) -> None:
    """The work ends meanwhile, which the operator can't know."""
    with relay_to(place.cluster.temporal_address) as relay:
        relay.open()
        place.apply(*unified(place, maxReplicas=2, connection={"address": relay.address}))
        with running_burst(place, TARGET, BurstPlan(6, Batch(5, 3.0), timeout_seconds=180)) as burst:
            place.wait_for_replicas(UNIFIED_DEPLOYMENT, 2)
            relay.cut()
            result = burst.result()
        assert (result.completed, result.cut_short) == (6, 0)
        lost = place.wait_for_reason(UNIFIED_POOL, "Connected", "ConnectionRefused")
        wait_for_passes(operator, 1)
        assert place.replicas(UNIFIED_DEPLOYMENT) == 2
        assert place.warnings(UNIFIED_POOL) == [("ConnectionRefused", lost["message"])]
        assert place.status(UNIFIED_POOL)["inFlight"] == {"source": "None"}
        held = place.conditions(UNIFIED_POOL)["ScalingActive"]
        assert (held["status"], held["reason"]) == ("False", "FailedGetBacklog")
        assert "2 replicas" in held["message"]
        assert relay.address in held["message"]

        relay.open()
        place.wait_for_reason(UNIFIED_POOL, "Ready", "Autoscaling")
        wait_for(lambda: place.replicas(UNIFIED_DEPLOYMENT) < 2, PATIENCE_SECONDS, "the replicas to be lowered")
