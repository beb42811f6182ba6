"""Reports that have more slots than their workers."""

from dataclasses import replace

import pytest

from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import SlotReport, SlotType
from controller.scaling.plausibility import Key, SlotEvidence, resolve
from tests.scaling.builders import NOW, QUEUE, observation, pod, queue, spec

KEY: Key = (QUEUE, "Activity")
OLD = {"w": "temporal-python 1.29.0"}


def says(used: int, free: int | None, worker: str = "w") -> SlotReport:
    """What a worker reports."""
    return replace(SlotReport(QUEUE, SlotType.ACTIVITY, used, free, NOW), worker=worker)


def used(
    *reports: SlotReport,
    slots: int | None = 10,
    sdks: dict[str, str] | None = None,
    before: tuple[SlotReport, ...] = (),
) -> int:
    """Slots in use that count of one pod."""
    evidence = SlotEvidence().after({"a": before}) if before else SlotEvidence()
    evidence = evidence.after({"a": reports})
    resolved, _ = resolve(
        {"a": reports}, {} if slots is None else {KEY: slots}, evidence, OLD if sdks is None else sdks
    )
    return sum(report.slots_used for report in resolved["a"])


def test_in_use_is_what_of_the_slots_is_not_free() -> None:
    """Idle, in the middle of work, and full; each worker of a pod may count one too many."""
    assert used(says(1, 10)) == 0
    assert used(says(4, 7)) == 3
    assert used(says(10, 0)) == 10
    assert used(says(11, 0)) == 10
    assert used(says(1, 10), says(1, 10), slots=20) == 0
    assert used(says(1, 10), says(5, 5), slots=20) == 5


def test_what_contradicts_nothing_stands() -> None:
    """Fewer slots than stated, and free ones that are not counted."""
    assert used(says(3, 5)) == 3
    assert used(says(3, None)) == 3


def test_a_number_that_is_stated_wrong_lowers_nothing() -> None:
    """More than one slot too many, or more free ones than there should be, now or before: the worker has more slots."""
    assert used(says(5, 10)) == 5
    assert used(says(1, 11)) == 1
    assert used(says(1, 10), before=(says(0, 11),)) == 1


def test_a_worker_contradicts_its_own_earlier_report_whatever_is_stated() -> None:
    """It had ten slots, and now has one more."""
    assert used(says(1, 10), slots=None, before=(says(0, 10),)) == 0
    assert used(says(1, 10), slots=None) == 1
    assert used(says(1, 10, "other"), slots=None, before=(says(0, 10),)) == 1


@pytest.mark.parametrize(
    ("sdk", "counted"),
    [
        ("temporal-go 1.40.0", 1),
        ("temporal-java 1.31.0", 1),
        ("temporal-python 1.31.0", 1),
        ("temporal-python 2.0.0", 1),
        ("temporal-python 1.30.1", 0),
        ("temporal-python 1.3.0", 0),
        ("temporal-typescript 1.13.0", 0),
        ("", 0),
    ],
)
def test_an_sdk_that_counts_right_is_believed(sdk: str, counted: int) -> None:
    """Of such a worker the stated number is wrong: it runs a task, and must not seem idle."""
    assert used(says(1, 10), sdks={"w": sdk}) == counted


def test_it_is_said_once_for_all_pods_with_the_sdk() -> None:
    """And nothing is said where nothing was found."""
    reports = {name: (says(1, 10, name),) for name in "abc"}
    sdks = dict.fromkeys("abc", "temporal-python 1.29.0")
    _, found = resolve(reports, {KEY: 10}, SlotEvidence().after(reports), sdks)
    assert found == (
        "3 pods report more slots than they have (temporal-python 1.29.0); the free ones are taken as right. "
        "Upgrade the SDK (Python: to 1.31 or later)."
    )
    good = {"a": (says(0, 10),)}
    assert resolve(good, {KEY: 10}, SlotEvidence().after(good), OLD) == (good, None)


def test_evidence_goes_with_those_who_gave_it() -> None:
    """A thousand workers that come and go leave one."""
    evidence = SlotEvidence()
    for number in range(1000):
        evidence = evidence.after({f"pod-{number}": (says(0, 10, f"w{number}"),)})
    assert (len(evidence.fewest), len(evidence.most_free)) == (1, 1)


@pytest.mark.parametrize("disruption", ["Graceful", "IdleOnly"])
def test_an_idle_worker_that_counts_one_slot_in_use_is_scaled_to_zero(disruption: str) -> None:
    """Three of them, for an hour; nothing was judged before the decision."""
    a_spec = spec(disruption=disruption)
    now, memory, replicas = NOW, Memory(), 3
    for _ in range(120):
        pods = tuple(pod(replace(says(1, 10), reported_at=now - 2), name=f"p{i}") for i in range(replicas))
        seen = observation(queue(slots=11), replicas=replicas, pods=pods, observed_at=now)
        decision = decide(a_spec, replace(seen, can_set_deletion_costs=True), memory, now)
        memory, replicas, now = decision.memory, decision.desired_replicas, now + 15
    assert replicas == 0


def test_a_worker_that_reports_the_same_slots_twice_and_differently_ends_no_decision() -> None:
    """Of a task queue whose slots the pool does not declare: the worker has the fewest that it reported."""
    report = replace(says(1, 10), task_queue="bills")
    twice = pod(report, replace(report, slots_used=0))
    seen = observation(queue(), queue(name="bills"), replicas=1, pods=(twice,))
    assert decide(spec(), seen, Memory(), NOW).desired_replicas == 1


def test_reports_that_were_judged_are_not_judged_again() -> None:
    """Who knows the SDK found the stated number wrong: the task runs, and is held."""
    busy = pod(says(1, 10))
    seen = observation(replace(queue(slots=11), slots_reported=11), replicas=1, pods=(busy,))
    decision = decide(spec(), seen, Memory(), NOW)
    assert decision.desired_replicas == 1
