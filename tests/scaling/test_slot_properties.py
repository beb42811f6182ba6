"""What must hold of tuned slots over any course of events."""

from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.observation import Observation, SlotVariables, Usage
from controller.scaling.slot_tuning import COOL_DOWN_SECONDS, EVIDENCE_SECONDS, LARGEST_STEP
from tests.scaling.builders import NOW, observation, pod, queue, report, spec, statistics

VARIABLE, LOW, HIGH = "SLOTS", 5, 40

shares = st.one_of(st.none(), st.sampled_from([0.0, 0.3, 0.59, 0.74, 0.8, 0.91, 1.0, 7.0]))
situations = st.fixed_dictionaries(
    {
        "usage": st.builds(Usage, shares, shares),
        "backlog": st.sampled_from([0, 30, 400, 10**6]),
        "dispatch_rate": st.sampled_from([0.0, 0.1, 2.0, 100.0]),
        "full": st.booleans(),
        "killed": st.booleans(),
        "unsafe": st.sampled_from([None, None, "No readinessProbe."]),
        "free": st.booleans(),
        "seconds": st.sampled_from([5, 15, 60, 600, 100_000]),
        "lasts": st.integers(1, 8),
    }
)
"""What is seen for some polls in a row: saturated and idle hosts, late tasks or none, kills, free moments."""


@dataclass(frozen=True)
class Poll:
    """What one pass decided, and what the pod template had before and after it."""

    at: float
    before: int
    after: int
    chosen: int | None
    restarts: bool
    unsafe: bool


def tuned(objective: dict[str, int]) -> TemporalWorkerPoolSpec:
    """A pool whose slots are tuned."""
    task = {"type": "Activity", "slotsEnvVar": VARIABLE, "tuning": {"minSlots": LOW, "maxSlots": HIGH}}
    return spec(taskQueues=[{"name": "orders", "tasks": [task]}], maxReplicas=2, objective=objective)


def seen(now: float, value: int, case: dict[str, object]) -> Observation:
    """Two replicas with what the case says."""
    used = value if case["full"] else 0
    pods = tuple(
        replace(
            pod(report(used, slots=value, reported_at=now), name=f"worker-{i}"),
            usage=case["usage"],  # type: ignore[arg-type]
            oom_killed_at=now - 1 if case["killed"] else None,
        )
        for i in range(2)
    )
    backlog, rate = case["backlog"], case["dispatch_rate"]
    read = statistics(backlog, age_seconds=90.0 if backlog else 0.0, add_rate=1, dispatch_rate=rate, read_at=now)  # type: ignore[arg-type]
    template = SlotVariables(
        values={VARIABLE: value},
        is_free_moment=bool(case["free"]),
        unsafe=case["unsafe"],  # type: ignore[arg-type]
    )
    observed = observation(replace(queue(read, slots=value), slots_reported=value), replicas=2, pods=pods)
    return replace(observed, observed_at=now, slot_variables=template)


def played(start: int, cases: list[dict[str, object]], pool: TemporalWorkerPoolSpec) -> list[Poll]:
    """Passes over a pool; what they decide is written as the operator does."""
    now, value, memory, polls = NOW, start, Memory(), list[Poll]()
    for case in cases:
        for _ in range(int(str(case["lasts"]))):
            decision = decide(pool, seen(now, value, case), memory, now)
            chosen = decision.slots.get(VARIABLE)
            written = chosen if chosen is not None and (decision.restarts or case["free"]) else value
            polls.append(Poll(now, value, written, chosen, decision.restarts, case["unsafe"] is not None))
            memory, value, now = decision.memory, written, now + int(str(case["seconds"]))
    return polls


courses = given(
    start=st.integers(1, 60),
    cases=st.lists(situations, min_size=1, max_size=12),
    pool=st.sampled_from([tuned({"scheduleToStartSeconds": 30}), tuned({"backlogPerReplica": 5})]),
)


@courses
def test_the_range_is_never_left(start: int, cases: list[dict[str, object]], pool: TemporalWorkerPoolSpec) -> None:
    """And so never 0, which SDKs read as 100."""
    for poll in played(start, cases, pool):
        assert poll.chosen is None or LOW <= poll.chosen <= HIGH


@courses
def test_no_step_is_larger_than_half_as_many_again(
    start: int, cases: list[dict[str, object]], pool: TemporalWorkerPoolSpec
) -> None:
    """Up or down, but for a first value that the range does not allow."""
    for poll in played(start, cases, pool):
        if LOW <= poll.before <= HIGH:
            assert poll.before / LARGEST_STEP - 1 <= poll.after <= poll.before * LARGEST_STEP


@courses
def test_a_change_is_followed_by_none_for_the_cool_down(
    start: int, cases: list[dict[str, object]], pool: TemporalWorkerPoolSpec
) -> None:
    """Free moments are no exception."""
    changes = [poll for poll in played(start, cases, pool) if poll.after != poll.before]
    for earlier, later in pairwise(changes):
        assert later.at - earlier.at >= COOL_DOWN_SECONDS


@courses
def test_no_pod_is_restarted_at_the_first_poll_or_where_that_may_cost_work(
    start: int, cases: list[dict[str, object]], pool: TemporalWorkerPoolSpec
) -> None:
    """A minute of evidence first, and never while TargetSafe is False."""
    for poll in played(start, cases, pool):
        assert not poll.restarts or (poll.at - NOW >= EVIDENCE_SECONDS and not poll.unsafe)
