"""Whatever JSON the API server may give of a pool, also of another version: the table takes it, or names the field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.api.worker_pool import TemporalWorkerPoolSpec
from controller.operator.pools import PoolTable, TrackedPool
from controller.scaling.decide import decide
from tests.api.pools import FULL, SMALLEST, changed
from tests.scaling.builders import NOW, observation, queue
from tests.support.odd_json import JSON, TIME, places, put

METADATA = {"name": "orders", "namespace": "prod", "uid": "u", "generation": 1, "resourceVersion": "1"}
TALLY = {"slotSeconds": 20.0, "completions": 10.0}
FULL_STATUS = {
    "observedGeneration": 1,
    "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": TIME, "reason": "Autoscaling", "message": ""},
        {"type": "WorkersPolling", "status": "True", "lastTransitionTime": TIME, "reason": "Polling", "message": ""},
    ],
    "replicas": 2,
    "backlog": 20,
    "inFlight": {"source": "Heartbeats", "slotsUsed": 3},
    "foreignWorkers": {"count": 1, "slotsUsed": 1, "identities": ["1@host"]},
    "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slotsReported": 5, "addRatePerSecond": 2.5}]}],
    "lastDecision": {"time": TIME, "steps": [{"rule": "Demand", "reason": "Backlog", "message": ""}]},
    "lastScaleTime": TIME,
    "scaleActions": [{"time": TIME, "from": 1, "to": 2, "reason": "Backlog", "message": "", "by": "kubectl"}],
    "override": {"replicas": 2, "until": TIME},
    "schedule": {"minReplicas": 1, "nextChangeTime": TIME},
    "startUp": {"seconds": 5, "nodeSeconds": 0, "starts": 3},
    "memory": {
        "version": 1,
        "revision": "1",
        "startUp": {"meanSeconds": 5.0, "nodeSeconds": 0.0, "count": 3},
        "queues": {"orders/Activity": {"believed": TALLY, "reported": TALLY, "limitPerSecond": 3.0, "limitedAt": NOW}},
        "slots": {"SLOTS": {"value": 5, "changedAt": NOW, "ceiling": 9, "ceilingAt": NOW}},
        "lullSeconds": 60.0,
    },
}


def stored(spec: Any, status: Any) -> TrackedPool:
    """The pool as the table has it."""
    table = PoolTable(lambda _: None, lambda _: None)
    table.store({"metadata": METADATA, "spec": spec, "status": status})
    tracked = table.get(("prod", "orders"))
    assert tracked is not None
    return tracked


@given(data=st.data())
def test_no_value_in_any_place_of_a_spec_is_too_odd(data: st.DataObject) -> None:
    """It is read, or the condition InvalidSpec says which field can't be."""
    place = data.draw(st.sampled_from(places(FULL)))
    assert stored(put(FULL, place, data.draw(JSON)), {}).spec


@given(data=st.data())
def test_no_value_in_any_place_of_a_status_is_too_odd(data: st.DataObject) -> None:
    """Whoever may write there may write anything; what can be remembered is, and it can be decided on."""
    place = data.draw(st.sampled_from(places(FULL_STATUS)))
    tracked = stored(SMALLEST, put(FULL_STATUS, place, data.draw(JSON)))
    spec = TemporalWorkerPoolSpec.from_manifest(SMALLEST)
    decide(spec, observation(queue(20), replicas=2), tracked.memory, NOW)


NULLS = dict.fromkeys(("behavior", "inFlight", "disruption", "schedules", "scaleToZero", "mode"))


@pytest.mark.parametrize("spec", [changed(SMALLEST, **NULLS), SMALLEST], ids=["nulls", "absent"])
def test_null_is_absence(spec: dict[str, Any]) -> None:
    """Helm charts render empty values so."""
    assert stored(spec, {}).spec == TemporalWorkerPoolSpec.from_manifest(SMALLEST)
