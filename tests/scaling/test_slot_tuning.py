"""How many tasks each replica should take at once: when more, when fewer, when not now, and when never."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.model import TaskType
from controller.api.overrides import Overrides, Pause
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.bottleneck import Bottleneck, Phase
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Step
from controller.scaling.memory import Memory
from controller.scaling.observation import (
    Blocker,
    Observation,
    PodObservation,
    QueueStatistics,
    SlotReport,
    SlotType,
    SlotVariables,
    Usage,
)
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.slot_tuning import COOL_DOWN_SECONDS, EVIDENCE_SECONDS
from controller.scaling.slots import TunedSlots
from tests.scaling.builders import LOST, NOW, observation, pod, queue, report, spec, statistics

VARIABLE = "SLOTS"
IDLE, BUSY = Usage(0.2, 0.3), Usage(0.7, 0.3)
LATE = statistics(400, age_seconds=90, add_rate=3, dispatch_rate=2)
"""Tasks of which 2 a second are dispatched on the 20 slots of `AT_MAX`, so that each runs 10 s; 3 a second come."""

NO_NODE = replace(pod(name="worker-9", ready_since=None), blocker=Blocker("Unschedulable", "no node", NOW - 3600))
"""A pod that fits on no node, for longer than a node may take."""


def tuned(low: int = 5, high: int = 40, **fields: Any) -> TemporalWorkerPoolSpec:
    """At most 2 replicas, tasks that should start within 30 s, and slots within a range."""
    task = {"type": "Activity", "slotsEnvVar": VARIABLE, "tuning": {"minSlots": low, "maxSlots": high}}
    queues = [{"name": "orders", "tasks": [task | fields.pop("task", {})]}]
    return spec(**{"taskQueues": queues, "maxReplicas": 2, "objective": {"scheduleToStartSeconds": 30}} | fields)


def replicas(count: int, usage: Usage = IDLE, *, used: int = 10, slots: int = 10) -> tuple[PodObservation, ...]:
    """Ready pods on hosts with some usage."""
    return tuple(replace(pod(report(used, slots=slots), name=f"worker-{i}"), usage=usage) for i in range(count))


def seen(
    read: QueueStatistics = LATE,
    pods: tuple[PodObservation, ...] | None = None,
    *,
    value: int = 10,
    reported: int | None = None,
    **variables: Any,
) -> Observation:
    """Two replicas, which are all there may be, with all slots in use, and tasks that start too late."""
    shown = replace(queue(read, slots=reported or value), slots_reported=reported or value)
    there = replicas(2, used=value, slots=value) if pods is None else pods
    observed = observation(shown, replicas=2, pods=there)
    return replace(observed, slot_variables=SlotVariables(values={VARIABLE: value}, **variables))


def remembered(**tuned_slots: Any) -> Memory:
    """A pool that has been observed for long, and whose pods take 10 s to start."""
    slots = TunedSlots(value=10, more_since=NOW - EVIDENCE_SECONDS, fewer_since=NOW - EVIDENCE_SECONDS)
    return Memory(
        slots={VARIABLE: replace(slots, **tuned_slots)},
        start_up=StartUp(mean_seconds=10.0, count=20),
        queues={"orders/Activity": QueueMemory()},
    )


def decided(
    observed: Observation, memory: Memory | None = None, pool: TemporalWorkerPoolSpec | None = None, now: float = NOW
) -> Decision:
    """The decision on what was seen."""
    return decide(pool or tuned(), observed, remembered() if memory is None else memory, now)


def said(decision: Decision) -> Step:
    """What the rule said."""
    step = decision.step(Rule.SLOTS)
    assert step is not None
    assert not step.changed
    return step


def test_slots_are_raised_at_max_replicas_with_late_tasks_and_idle_hosts() -> None:
    """The restart pays off: 1.5 x 2 x (600 - 12 - 10) tasks in the next 10 minutes, not 2 x 600."""
    decision = decided(seen())
    assert said(decision).reason == StepReason.SLOTS_RAISED
    assert (decision.slots, decision.restarts) == ({VARIABLE: 15}, True)
    learned = decision.memory.slots[VARIABLE]
    assert (learned.chosen, learned.raised_from, learned.rate_before) == (15, 10, 1.0)


def test_keda_s_objective_is_missed_when_the_need_is_above_max_replicas() -> None:
    """2 replicas are for 10 waiting tasks; 400 wait."""
    by_backlog = tuned(objective={"backlogPerReplica": 5})
    assert decided(seen(), pool=by_backlog).slots == {VARIABLE: 15}
    enough = decided(seen(statistics(10, age_seconds=90, dispatch_rate=2)), pool=by_backlog)
    assert said(enough).reason == StepReason.SLOTS_FIT
    lagging = decided(seen(replace(LATE, backlog_age_seconds=0)), pool=by_backlog)
    assert said(lagging).reason == StepReason.SLOTS_FIT
    just_now = decided(seen(replace(LATE, backlog_age_seconds=1)), pool=by_backlog)
    assert said(just_now).reason == StepReason.SLOTS_RAISED


def test_one_task_that_waits_for_too_long_is_late() -> None:
    """The objective is a time; a queue in which none waits has none that is late, whatever its age says."""
    one = decided(seen(replace(LATE, backlog=1)))
    assert said(one).reason == StepReason.SLOTS_RAISED
    none = decided(seen(replace(LATE, backlog=0)))
    assert said(none).reason == StepReason.SLOTS_FIT


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        ((report(10), report(0, slot_type=SlotType.WORKFLOW, slots=100)), StepReason.SLOTS_RAISED),
        ((report(10), report(0, name="bills", slots=100)), StepReason.SLOTS_RAISED),
        ((report(10), report(0)), StepReason.SLOTS_NOT_THE_LIMIT),
        ((report(10), replace(report(10), slots_available=None)), StepReason.SLOTS_NOT_THE_LIMIT),
    ],
    ids=["idle slots of another type", "of another queue", "of a second worker", "of one that can't say"],
)
def test_the_slots_of_the_late_tasks_must_all_be_full(reports: tuple[SlotReport, ...], reason: StepReason) -> None:
    """A pod may hold several workers, and each of them slots of several types."""
    there = tuple(replace(each, slots=reports) for each in replicas(2))
    assert said(decided(seen(pods=there))).reason == reason


def test_what_asks_for_a_change_must_last() -> None:
    """Never at the first poll, and never on what one poll showed: the first one only begins to watch."""
    first = decided(seen(), Memory())
    assert (said(first).reason, first.slots, first.restarts) == (StepReason.SLOTS_WATCHED, {}, False)
    early = decided(seen(), first.memory, now=NOW + EVIDENCE_SECONDS - 1)
    assert (said(early).reason, early.slots) == (StepReason.SLOTS_WATCHED, {})
    assert decided(seen(), early.memory, now=NOW + EVIDENCE_SECONDS).slots == {VARIABLE: 15}


def test_one_poll_that_speaks_against_it_begins_the_watch_anew() -> None:
    """The hosts were busy in between."""
    between = decided(seen(pods=replicas(2, BUSY)))
    again = decided(seen(), between.memory, now=NOW + 5)
    assert (said(again).reason, again.slots) == (StepReason.SLOTS_WATCHED, {})


@pytest.mark.parametrize(
    ("usage", "raised_to"),
    [
        (Usage(0.59, 0.3), 15),
        (Usage(0.2, 0.74), 12),  # 10 x 0.9 / 0.74
        (Usage(0.0, 0.0), 15),
        (Usage(0.6, 0.3), None),
        (Usage(0.2, 0.75), None),
        (Usage(None, 0.3), None),
        (Usage(0.2, None), None),
    ],
    ids=["cpu below", "memory limits the step", "nothing used", "cpu", "memory", "cpu unknown", "memory unknown"],
)
def test_only_hosts_that_are_known_to_have_room_get_more_tasks(usage: Usage, raised_to: int | None) -> None:
    """CPU below 60 %, memory below 75 %, and no further than to 90 % if use grew with the slots."""
    decision = decided(seen(pods=replicas(2, usage)))
    assert decision.slots == ({} if raised_to is None else {VARIABLE: raised_to})
    assert said(decision).reason == (StepReason.SLOTS_RAISED if raised_to else StepReason.SLOTS_NOT_THE_LIMIT)


@pytest.mark.parametrize("usage", [Usage(), Usage(cpu=0.2), Usage(memory=0.2)], ids=["both", "memory", "CPU"])
def test_what_hosts_use_must_be_known(usage: Usage) -> None:
    """Else more slots may be too many."""
    decision = decided(seen(pods=replicas(2, usage)))
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_NOT_THE_LIMIT, {})


def test_one_host_of_many_that_is_full_gets_no_more_tasks() -> None:
    """Every pod gets the same number."""
    decision = decided(seen(pods=(*replicas(1), *replicas(1, BUSY))))
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_NOT_THE_LIMIT, {})


def test_hosts_of_which_most_are_not_measured_get_no_more_tasks() -> None:
    """One of three does not speak for the others; one of two does."""
    unmeasured = Usage()
    one = decided(seen(pods=(*replicas(1), *replicas(2, unmeasured))))
    assert (said(one).reason, one.slots) == (StepReason.SLOTS_NOT_THE_LIMIT, {})
    assert decided(seen(pods=(*replicas(1), *replicas(1, unmeasured)))).slots == {VARIABLE: 15}


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (seen(statistics(400, age_seconds=30, dispatch_rate=2)), StepReason.SLOTS_FIT),
        (seen(replace(LATE, rates_young=True)), StepReason.SLOTS_FIT),
        (seen(pods=replicas(1)), StepReason.SLOTS_FIT),
        (seen(pods=(NO_NODE,)), StepReason.SLOTS_FIT),
        (replace(seen(), task_queues=(queue(LOST),)), StepReason.SLOTS_FIT),
        (seen(pods=replicas(2, used=8)), StepReason.SLOTS_NOT_THE_LIMIT),
        (seen(replace(LATE, rate_limiting_active=True)), StepReason.SLOTS_NOT_THE_LIMIT),
    ],
    ids=[
        "in time",
        "young rates",
        "a replica is coming",
        "none is there",
        "unknown backlog",
        "idle slots",
        "rate limit",
    ],
)
def test_more_slots_are_no_answer_to_anything_else(observed: Observation, reason: StepReason) -> None:
    """Replicas come first; and where slots are not what tasks wait for, more of them do not help."""
    decision = decided(observed)
    assert (said(decision).reason, decision.slots, decision.restarts) == (reason, {}, False)


@pytest.mark.parametrize("limit", [Bottleneck(phase=Phase.ELSEWHERE), Bottleneck(capacity_per_second=1.0)])
def test_another_bottleneck_is_not_met_with_slots(limit: Bottleneck) -> None:
    """Pollers, or tasks that no worker can take. With every slot in use, that finding is taken back."""
    memory = replace(remembered(), queues={"orders/Activity": QueueMemory(bottleneck=limit)})
    nearly_full = seen(pods=(*replicas(1, used=9), *replicas(1)))
    assert said(decided(nearly_full, memory)).reason == StepReason.SLOTS_NOT_THE_LIMIT
    assert decided(nearly_full).slots == decided(seen(), memory).slots == {VARIABLE: 15}


def test_beside_free_slots_no_more_are_needed() -> None:
    """What waits, waits for something else."""
    assert said(decided(seen(pods=replicas(2, used=8)))).reason == StepReason.SLOTS_NOT_THE_LIMIT


def test_a_queue_of_which_nothing_was_learned_is_not_known_to_be_limited() -> None:
    """The policy can't plan for it while its slots are not known; the variable says how many there are."""
    observed = replace(seen(), task_queues=(queue(LATE, slots=LOST),))
    decision = decided(observed, replace(remembered(), queues={}))
    assert said(decision).reason == StepReason.SLOTS_RAISED


def test_slots_are_raised_where_the_cluster_has_no_room_for_more_replicas() -> None:
    """One of two replicas fits on no node, for longer than a node may take."""
    decision = decided(seen(pods=(*replicas(1), NO_NODE)))
    assert (decision.slots, decision.memory.slots[VARIABLE].rate_before) == ({VARIABLE: 15}, 2.0)


def test_nine_of_ten_slots_are_all_slots_and_so_is_the_only_one() -> None:
    """Reports are a moment old, and between two tasks a slot is free."""
    assert decided(seen(pods=replicas(2, used=9))).slots == {VARIABLE: 15}
    only = seen(pods=(*replicas(1, used=1, slots=1), NO_NODE), value=1)
    assert decided(only, remembered(value=1), tuned(low=1)).slots == {VARIABLE: 2}


@pytest.mark.parametrize(
    ("read", "start_up_seconds", "pays", "tasks"),
    [
        (LATE, 10.0, True, "1734 tasks instead of 1200"),  # 1.5 x 2 x (600 - 1.2 x 10 - 10)
        # All of the 1000 that there are.
        (statistics(400, age_seconds=90, add_rate=1, dispatch_rate=2), 10.0, False, "1000 tasks instead of 1000"),
        # A task runs 200 s.
        (statistics(400, age_seconds=90, add_rate=3, dispatch_rate=0.1), 10.0, False, "58 tasks instead of 60"),
        # A task runs for longer than can be measured.
        (statistics(400, age_seconds=90, add_rate=3, dispatch_rate=0.0), 10.0, False, "0 tasks instead of 0"),
        (LATE, 200.0, False, "1050 tasks instead of 1200"),  # 1.5 x 2 x (600 - 1.2 x 200 - 10)
        (LATE, 600.0, False, "0 tasks instead of 1200"),
    ],
    ids=["overload", "the backlog goes by itself", "long drains", "nothing ended", "slow starts", "slower ones"],
)
def test_a_restart_must_pay_off(read: QueueStatistics, start_up_seconds: float, tasks: str, *, pays: bool) -> None:
    """More tasks must get done within 10 minutes than without it; else the number waits for a free moment."""
    memory = replace(remembered(), start_up=StartUp(mean_seconds=start_up_seconds, count=20))
    decision = decided(seen(read), memory)
    assert said(decision).reason == (StepReason.SLOTS_RAISED if pays else StepReason.SLOTS_WAITING)
    assert (decision.slots, decision.restarts) == ({VARIABLE: 15}, pays)
    assert tasks in said(decision).message


def test_what_a_rollout_made_forget_counts_no_more() -> None:
    """Pods of the old template took 200 s to start, so that no restart pays off; of the new one it is not known."""
    old = replace(remembered(), start_up=StartUp(mean_seconds=200, count=20), revision="1")
    assert said(decided(replace(seen(), revision="1"), old)).reason == StepReason.SLOTS_WAITING
    assert said(decided(replace(seen(), revision="2"), old)).reason == StepReason.SLOTS_RAISED


def test_a_choice_that_waits_is_kept_until_a_free_moment() -> None:
    """Also when the backlog is gone; and it is not raised further meanwhile."""
    calm = seen(statistics(), pods=replicas(2, used=0))
    waiting = decided(calm, remembered(chosen=15))
    assert (said(waiting).reason, waiting.slots, waiting.restarts) == (StepReason.SLOTS_WAITING, {VARIABLE: 15}, False)
    assert decided(seen(), remembered(chosen=15)).slots == {VARIABLE: 15}


def test_in_a_free_moment_no_restart_has_to_pay_off() -> None:
    """A rollout replaces the pods anyway."""
    long_tasks = statistics(400, age_seconds=90, add_rate=3, dispatch_rate=0.1)
    decision = decided(seen(long_tasks, rolling_out=True, is_free_moment=True))
    assert (said(decision).reason, decision.slots, decision.restarts) == (
        StepReason.SLOTS_RAISED,
        {VARIABLE: 15},
        False,
    )


@pytest.mark.parametrize(
    "usage", [Usage(0.91, 0.3), Usage(0.2, 0.91), Usage(0.91, None)], ids=["cpu", "memory", "memory unknown"]
)
def test_saturated_hosts_get_fewer_tasks_in_a_free_moment(usage: Usage) -> None:
    """Whatever waits. A host that is merely slow costs no work, so no pod is restarted for it."""
    decision = decided(seen(pods=replicas(2, usage)))
    assert (said(decision).reason, decision.slots, decision.restarts) == (
        StepReason.SLOTS_WAITING,
        {VARIABLE: 7},
        False,
    )
    free = decided(seen(pods=replicas(2, usage), is_free_moment=True))
    assert (said(free).reason, free.slots) == (StepReason.SLOTS_LOWERED, {VARIABLE: 7})
    assert free.memory.slots[VARIABLE].raised_from is None


def test_hosts_of_which_nine_tenths_are_used_keep_their_tasks() -> None:
    """So far a raise may lead."""
    decision = decided(seen(pods=replicas(2, Usage(0.9, 0.3)), is_free_moment=True))
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_NOT_THE_LIMIT, {})


@pytest.mark.parametrize(("value", "lowered_to"), [(3, 2), (2, 1)])
def test_few_slots_are_lowered_by_one(value: int, lowered_to: int) -> None:
    """A third less, rounded up, and never to 0."""
    observed = seen(pods=replicas(2, Usage(0.95, 0.3), used=value, slots=value), value=value, is_free_moment=True)
    assert decided(observed, remembered(value=value), tuned(low=1)).slots == {VARIABLE: lowered_to}


def test_for_a_container_that_ran_out_of_memory_pods_are_restarted() -> None:
    """It took its tasks with it; pods that drain do not. So many slots are not tried again for a day."""
    killed = replace(replicas(1)[0], oom_killed_at=NOW - 20)
    decision = decided(seen(pods=(killed, *replicas(1))))
    assert (said(decision).reason, decision.slots, decision.restarts) == (StepReason.SLOTS_LOWERED, {VARIABLE: 7}, True)
    later = NOW + COOL_DOWN_SECONDS + EVIDENCE_SECONDS
    lowered = replace(
        decision.memory.slots[VARIABLE], value=7, changed_at=NOW, fewer_since=None, more_since=later - EVIDENCE_SECONDS
    )
    memory = replace(decision.memory, slots={VARIABLE: lowered})
    assert decided(seen(value=7), memory, now=later).slots == {VARIABLE: 9}  # not 10, with which memory ran out
    next_day = decided(seen(value=7), memory, now=NOW + 90_000)
    assert next_day.slots == {VARIABLE: 10}


@pytest.mark.parametrize(
    "killed_at",
    [NOW - COOL_DOWN_SECONDS - 1, NOW - 301, NOW - 300],
    ids=["long ago", "with other slots", "when they were changed"],
)
def test_a_kill_that_says_nothing_of_these_slots_does_not_count(killed_at: float) -> None:
    """The slots were changed 5 minutes ago."""
    killed = replace(replicas(1)[0], oom_killed_at=killed_at)
    decision = decided(seen(statistics(), pods=(killed, *replicas(1))), remembered(changed_at=NOW - 300))
    assert said(decision).reason == StepReason.SLOTS_FIT


def test_nothing_is_changed_again_soon_after() -> None:
    """By whichever writer: the Deployment itself shows it."""
    cooling = decided(seen(value=10), remembered(changed_at=NOW - COOL_DOWN_SECONDS + 1))
    assert (said(cooling).reason, cooling.slots) == (StepReason.SLOTS_COOLING_DOWN, {})
    changed = decided(seen(value=12), remembered())
    assert changed.memory.slots[VARIABLE].changed_at == NOW
    assert said(changed).reason == StepReason.SLOTS_COOLING_DOWN
    over = decided(seen(value=10), remembered(changed_at=NOW - COOL_DOWN_SECONDS))
    assert over.slots == {VARIABLE: 15}


def test_a_raise_that_did_not_help_is_not_followed_by_another() -> None:
    """Half as many slots again, and no more tasks get through: what they call is the bottleneck."""
    before = remembered(value=15, chosen=15, raised_from=10, rate_before=1.0)
    useless = decided(seen(value=15), before)
    assert (said(useless).reason, useless.slots) == (StepReason.SLOTS_NOT_THE_LIMIT, {VARIABLE: 15})
    helped = decided(seen(replace(LATE, dispatch_rate_per_second=2.5), value=15), before)
    assert helped.slots == {VARIABLE: 22}
    taken_back = decided(seen(), remembered(value=10, chosen=15, raised_from=10, rate_before=2.0))
    assert said(taken_back).reason == StepReason.SLOTS_RAISED


def test_few_slots_are_raised_by_one_at_least() -> None:
    """2 x 0.9 / 0.74 is less than one more."""
    observed = seen(pods=replicas(2, Usage(0.2, 0.74), used=2, slots=2), value=2)
    assert decided(observed, remembered(value=2), tuned(low=1)).slots == {VARIABLE: 3}


def test_a_value_far_outside_of_the_range_is_led_into_it() -> None:
    """One step of half as many again would not be enough."""
    observed = seen(pods=replicas(2, used=1, slots=1), value=1)
    assert decided(observed, remembered(value=1), tuned(low=5)).slots == {VARIABLE: 5}


@pytest.mark.parametrize(
    ("pool", "usage", "value", "bound"),
    [
        (tuned(high=10), IDLE, 10, "tuning.maxSlots"),
        (tuned(low=10), Usage(0.95, 0.3), 10, "tuning.minSlots"),
        (tuned(low=1), Usage(0.95, 0.3), 1, "tuning.minSlots"),
    ],
    ids=["maxSlots", "minSlots", "never 0"],
)
def test_the_range_is_kept(pool: TemporalWorkerPoolSpec, usage: Usage, value: int, bound: str) -> None:
    """The message names the bound."""
    observed = seen(pods=replicas(2, usage, used=value, slots=value), value=value)
    decision = decided(observed, remembered(value=value), pool)
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_AT_BOUND, {})
    assert bound in said(decision).message


@pytest.mark.parametrize(
    ("value", "owned", "task", "chosen"),
    [
        (10, frozenset(), {}, None),  # another writer's may stay
        (3, frozenset(), {}, 5),
        (50, frozenset(), {}, 40),
        (10, frozenset(), {"slots": 12}, 12),
        (10, frozenset({VARIABLE}), {"slots": 12}, 10),
    ],
    ids=["another's", "below the range", "above it", "a start", "what was chosen before the memory was lost"],
)
def test_it_begins_with_what_is_there(value: int, owned: frozenset[str], task: Any, chosen: int | None) -> None:
    """The first poll chooses no number of its own, and restarts no pod."""
    observed = seen(statistics(), pods=replicas(2, used=0, slots=value), value=value, owned=owned)
    decision = decided(observed, Memory(), tuned(task=task))
    assert decision.slots == ({} if chosen is None else {VARIABLE: chosen})
    assert not decision.restarts


@pytest.mark.parametrize(
    ("observed", "why"),
    [
        (seen(unsafe="No readinessProbe."), "TargetSafe): No readinessProbe."),
        (seen(refused={VARIABLE: "It takes SLOTS from a reference."}), "It takes SLOTS from a reference."),
        (seen(reported=100), "workers report 100 slots for orders/Activity, not 10"),
    ],
    ids=["unsafe", "refused", "the image ignores it"],
)
def test_nothing_is_tuned_while_something_is_in_the_way(observed: Observation, why: str) -> None:
    """The message says what; the watch begins anew afterwards."""
    decision = decided(observed)
    assert (said(decision).reason, decision.slots, decision.restarts) == (StepReason.SLOTS_HELD, {}, False)
    assert why in said(decision).message
    watched = decision.memory.slots[VARIABLE]
    assert (watched.more_since, watched.fewer_since) == (None, None)


def test_a_choice_waits_until_nothing_is_in_the_way() -> None:
    """It is neither written, in a free moment either, nor lost."""
    held = decided(seen(unsafe="No readinessProbe.", is_free_moment=True), remembered(chosen=15))
    assert (held.slots, held.memory.slots[VARIABLE].chosen) == ({VARIABLE: 10}, 15)
    assert decided(seen(statistics(), is_free_moment=True), held.memory).slots == {VARIABLE: 15}


def test_nothing_is_tuned_while_the_pool_is_paused() -> None:
    """Nor while another scaler scales the Deployment."""
    paused = Overrides(pause=Pause(until=NOW + 60))
    decision = decide(tuned(), seen(), remembered(), NOW, paused)
    assert (said(decision).reason, decision.slots, decision.restarts) == (StepReason.SLOTS_HELD, {}, False)
    contested = decided(replace(seen(), contenders=("HorizontalPodAutoscaler orders scales it, too.",)))
    assert (said(contested).reason, contested.slots) == (StepReason.SLOTS_HELD, {})


def test_an_image_that_ignores_what_was_written_keeps_it() -> None:
    """To take it back would restart the pods once more, for nothing."""
    ignoring = seen(value=15, reported=10, owned=frozenset({VARIABLE}))
    decision = decided(ignoring, remembered(value=15, chosen=15))
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_HELD, {VARIABLE: 15})


def test_while_pods_are_replaced_their_reports_differ() -> None:
    """That is no sign of an image that ignores the variable."""
    decision = decided(seen(statistics(), value=15, reported=10, rolling_out=True), remembered(value=15))
    assert said(decision).reason == StepReason.SLOTS_FIT


def test_slots_that_are_not_known_are_not_tuned() -> None:
    """No variable, no report, no start."""
    unknown = replace(observation(replace(queue(LATE, slots=LOST), slots_reported=None), replicas=2, pods=replicas(2)))
    decision = decided(unknown)
    assert (said(decision).reason, decision.slots) == (StepReason.SLOTS_HELD, {})


def test_a_missing_variable_is_tuned_from_what_workers_report() -> None:
    """The image has a default of its own."""
    observed = seen(reported=10)
    without = replace(observed, slot_variables=SlotVariables())
    assert decided(without, remembered(value=None)).slots == {VARIABLE: 15}


def test_a_missing_variable_is_tuned_from_the_start_before_workers_report() -> None:
    """12 slots are to begin with."""
    without = replace(seen(), task_queues=(replace(queue(LATE), slots_reported=None),), slot_variables=SlotVariables())
    decision = decided(without, Memory(), tuned(task={"slots": 12}))
    assert said(decision).reason != StepReason.SLOTS_HELD
    assert decision.slots == {VARIABLE: 12}


def test_fixed_slots_are_passed_on_and_a_pool_without_tuning_says_nothing() -> None:
    """One road for both kinds of variables."""
    tasks = [
        {"type": "Activity", "slots": 7, "slotsEnvVar": "FIXED"},
        {"type": "Workflow", "slotsEnvVar": "READ"},
    ]
    fixed = decided(observation(), Memory(), spec(taskQueues=[{"name": "orders", "tasks": tasks}]))
    assert (fixed.slots, fixed.restarts, fixed.step(Rule.SLOTS)) == ({"FIXED": 7}, False, None)


def test_what_is_said_of_several_variables_is_one_step_for_each_reason() -> None:
    """Each is named."""
    tasks = [
        {"type": kind, "slotsEnvVar": name, "tuning": {"minSlots": 5, "maxSlots": 40}}
        for kind, name in (("Activity", VARIABLE), ("Workflow", "MORE"))
    ]
    calm = replace(seen(statistics()), slot_variables=SlotVariables(values={VARIABLE: 10, "MORE": 20}))
    decision = decided(calm, Memory(), tuned(taskQueues=[{"name": "orders", "tasks": tasks}]))
    message = said(decision).message
    assert message.startswith("SLOTS: ")
    assert " MORE: " in message


def test_a_variable_that_two_kinds_of_tasks_share_is_judged_by_both() -> None:
    """The late ones decide; it is one step."""
    task = {"slotsEnvVar": VARIABLE, "tuning": {"minSlots": 5, "maxSlots": 40}}
    queues = [{"name": "orders", "tasks": [{"type": "Activity", **task}, {"type": "Workflow", **task}]}]
    calm = replace(queue(task_type=TaskType.WORKFLOW), slots_reported=10)
    observed = seen()
    both = replace(observed, task_queues=(calm, *observed.task_queues))
    decision = decided(both, pool=tuned(taskQueues=queues))
    assert decision.slots == {VARIABLE: 15}
    assert [step.rule for step in decision.steps].count(Rule.SLOTS) == 1
