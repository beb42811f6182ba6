"""Whatever JSON the API server may give of a pool, also of another version: the table takes it, or names the field."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.api.spec import TemporalWorkerPoolSpec
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.pools import KnownPool, PoolTable
from controller.scaling.decide import decide
from controller.scaling.memory_codec import VERSION
from controller.scaling.reasons import Rule
from tests.api.pools import FULL, SMALLEST, changed
from tests.scaling.builders import NOW, observation, queue
from tests.support.odd_json import JSON, TIME, places, put

METADATA = {"name": "orders", "namespace": "prod", "uid": "u", "generation": 1, "resourceVersion": "1"}
TALLY = {"slotSeconds": 20.0, "doubtSlotSeconds": 2.0, "completions": 10.0}
FULL_STATUS = {
    "observedGeneration": 1,
    "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": TIME, "reason": "Autoscaling", "message": ""},
        {"type": "WorkersPolling", "status": "True", "lastTransitionTime": TIME, "reason": "Polling", "message": ""},
    ],
    "replicas": 2,
    "backlog": 20,
    "inFlight": {"source": "Heartbeats", "slotsUsed": 3},
    "otherWorkers": {"count": 1, "slotsUsed": 1, "identities": ["1@host"]},
    "taskQueues": [{"name": "orders", "tasks": [{"type": "Activity", "slotsReported": 5, "addRatePerSecond": 2.5}]}],
    "lastDecision": {"time": TIME, "steps": [{"rule": "Demand", "reason": "Backlog", "message": ""}]},
    "lastScaleTime": TIME,
    "scaleActions": [{"time": TIME, "from": 1, "to": 2, "reason": "Backlog", "message": "", "by": "kubectl"}],
    "override": {"replicas": 2, "until": TIME},
    "schedule": {"minReplicas": 1, "nextChangeTime": TIME},
    "startUp": {"seconds": 5, "nodeSeconds": 0, "starts": 3},
    "memory": {
        "version": VERSION,
        "revision": "1",
        "startUp": {"meanSeconds": 5.0, "nodeSeconds": 0.0, "count": 3},
        "queues": {
            "orders/Activity": {
                "byReports": TALLY | {"intervalSeconds": 10.0},
                "byServer": {**TALLY},
                "limitPerSecond": 3.0,
                "limitedAt": NOW,
            },
            "bills/Activity": {"byReports": TALLY | {"intervalSeconds": 10.0}, "byServer": {**TALLY}},
        },
        "slots": {"SLOTS": {"value": 5, "changedAt": NOW, "ceiling": 9, "ceilingAt": NOW}},
        "lullSeconds": 60.0,
        "attainment": {"objectiveSeconds": 15.0, "since": NOW, "spans": [[NOW, 20.0, 19.0]]},
    },
}


def stored(spec: Any, status: Any) -> KnownPool:
    """The pool as the table has it."""
    table = PoolTable(lambda _: None, lambda _: None)
    table.store({"metadata": METADATA, "spec": spec, "status": status})
    known = table.get(("prod", "orders"))
    assert known is not None
    return known


@given(data=st.data())
def test_no_value_in_any_place_of_a_spec_is_too_odd(data: st.DataObject) -> None:
    """It is read, or the condition InvalidSpec says which field can't be."""
    place = data.draw(st.sampled_from(places(FULL)))
    assert stored(put(FULL, place, data.draw(JSON)), {}).pool.spec


@given(data=st.data())
def test_no_value_in_any_place_of_a_status_is_too_odd(data: st.DataObject) -> None:
    """Any text may be written there; what can be remembered is, and it can be decided on."""
    place = data.draw(st.sampled_from(places(FULL_STATUS)))
    known = stored(SMALLEST, put(FULL_STATUS, place, data.draw(JSON)))
    spec = TemporalWorkerPoolSpec.from_manifest(SMALLEST)
    decide(spec, observation(queue(20), replicas=2), known.state.memory, NOW)


@given(data=st.data())
def test_the_rest_of_a_status_is_kept_and_what_is_lost_of_it_is_named(data: st.DataObject) -> None:
    """Each field by itself, and each part of what was learned; another version of that is another matter."""
    place = data.draw(st.sampled_from([place for place in places(FULL_STATUS) if place]))
    assume(place not in {("memory",), ("memory", "version")})
    odd, whole = stored(SMALLEST, put(FULL_STATUS, place, data.draw(JSON))), stored(SMALLEST, FULL_STATUS)
    changed = {name for name in set(FULL_STATUS) if written(odd).get(name) != written(whole).get(name)}
    assert changed <= {place[0]}
    kept = {part: getattr(odd.state.memory, part) == getattr(whole.state.memory, part) for part in PARTS}
    assert all(kept[part] for part, name in PARTS.items() if place[:2] != ("memory", name))
    if place[:2] == ("memory", "queues") and len(place) > 2:
        other = "orders/Activity" if place[2] == "bills/Activity" else "bills/Activity"
        assert odd.state.memory.queues[other] == whole.state.memory.queues[other]


PARTS = {"start_up": "startUp", "queues": "queues", "slots": "slots", "idle_gap": "lullSeconds"}
"""Of what was learned, and how they are named in the status."""


def written(known: KnownPool) -> dict[str, Any]:
    """Its status as it would be written now, without what can't be read."""
    return known.state.reported.status.to_manifest()


@pytest.mark.parametrize(
    ("place", "odd", "named"),
    [
        (("conditions", 0, "status"), "Maybe", "status.conditions[0].status"),
        (("scaleActions", 0, "time"), "9999-12-31T23:59:59-12:00", "status.scaleActions[0].time"),
        (("backlog",), "many", "status.backlog"),
        (("memory", "queues", "bills/Activity", "byServer"), 3, "queues.bills/Activity"),
        (("memory", "slots"), [1], "slots (it is no object)"),
        (("memory", "attainment", "since"), "now", "status.memory.attainment"),
    ],
)
def test_a_field_of_a_status_that_can_not_be_read_is_named_by_the_first_decision(
    place: tuple[Any, ...], odd: Any, named: str
) -> None:
    """What was learned of the other queue is there all the same."""
    known = stored(SMALLEST, put(FULL_STATUS, place, odd))
    assert known.state.memory.queues["orders/Activity"].bottleneck.limit_per_second == 3.0
    spec = TemporalWorkerPoolSpec.from_manifest(SMALLEST)
    step = decide(spec, observation(queue(20), replicas=2), known.state.memory, NOW).step(Rule.MEMORY)
    assert step is not None
    assert named in step.message


def test_of_a_status_that_is_no_object_nothing_is_read() -> None:
    """Nor is anything of one that is odd throughout."""
    odd: list[Any] = [["status"], {"conditions": [{"type": number} for number in range(1000)]}]
    for status in odd:
        known = stored(SMALLEST, status)
        assert (known.state.reported.status, known.state.memory.queues) == (TemporalWorkerPoolStatus(), {})
        assert "status" in (known.state.memory.forgotten or "")


FULL_METADATA = METADATA | {
    "annotations": {"workerpools.dev/paused-until": TIME, "workerpools.dev/override": "{}"},
    "creationTimestamp": TIME,
    "deletionTimestamp": TIME,
}


@given(data=st.data())
def test_no_value_in_any_place_of_the_metadata_is_too_odd(data: st.DataObject) -> None:
    """A pool with a name, a namespace and a UID is there, whatever else it has, and older or newer than another."""
    place, odd = data.draw(st.sampled_from(places(FULL_METADATA))), data.draw(JSON)
    table = PoolTable(lambda _: None, lambda _: None)
    table.store({"metadata": put(FULL_METADATA, place, odd), "spec": SMALLEST})
    if place and place[0] not in {"name", "namespace", "uid"}:
        known = table.get(("prod", "orders"))
        assert known is not None
        assert known.pool.metadata.overrides.at(NOW) is not None
    table.store({"metadata": FULL_METADATA | {"uid": "v"}, "spec": SMALLEST})
    assert table.get(("prod", "orders")) is not None


NULLS = dict.fromkeys(("behavior", "inFlight", "disruption", "schedules", "scaleToZero", "mode"))


@pytest.mark.parametrize("spec", [changed(SMALLEST, **NULLS), SMALLEST], ids=["nulls", "absent"])
def test_null_is_absence(spec: dict[str, Any]) -> None:
    """Helm charts render empty values so."""
    assert stored(spec, {}).pool.spec == TemporalWorkerPoolSpec.from_manifest(SMALLEST)
