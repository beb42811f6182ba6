"""A Deployment that another manager writes to all the time is scaled all the same."""

import pytest

from examples.burst.result import BurstPlan
from examples.unified.start import TARGET
from examples.work import Batch
from localcluster.operator_process import OperatorProcess
from tests.support.busy_writer import busy_writer
from tests.system.load import running_burst
from tests.system.operators import log_lines
from tests.system.place import Place
from tests.system.workloads import UNIFIED_DEPLOYMENT, UNIFIED_POOL, unified

pytestmark = pytest.mark.long


def test_a_burst_is_answered_in_the_pass_that_sees_it(place: Place, operator: OperatorProcess) -> None:
    """An annotation is changed as fast as possible: no request fails or waits, on the way up and down to zero."""
    place.apply(*unified(place))
    with busy_writer(place.cluster.kubeconfig, place.namespace, UNIFIED_DEPLOYMENT) as writes:
        with running_burst(place, TARGET, BurstPlan(6, Batch(4, 1.0), timeout_seconds=180)) as burst:
            result = burst.result()
        place.wait_for_zero(UNIFIED_DEPLOYMENT)
    assert (result.completed, result.cut_short) == (6, 0)
    assert writes.count > 100
    decided = [line for line in log_lines(operator) if line["event"] in {"decided", "rescaled"}]
    assert [line["failure"] for line in decided if line["failure"]] == []
    requested = [line for line in decided if line["desired_replicas"] != line["current_replicas"]]
    actions = place.status(UNIFIED_POOL)["scaleActions"]
    assert [line["event"] for line in requested] == ["rescaled"] * sum(action.get("count", 1) for action in actions)
