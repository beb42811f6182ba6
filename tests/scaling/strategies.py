"""Hypothesis strategies for everything the types of the decision allow, sensible or not."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from controller.api.model import TaskType
from controller.api.spec import TemporalWorkerPoolSpec
from controller.scaling.deadline.arrivals import TaskCount
from controller.scaling.deadline.bottleneck import Bottleneck, Phase
from controller.scaling.deadline.queue_need import QueueMemory
from controller.scaling.deadline.service_time import ServiceTime, Tally
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.deadline.workers import LastReport, Span, WorkerReport
from controller.scaling.idle_times import IdleGap, NoDispatchWindow
from controller.scaling.memory import Memory, PastNeed, Recommendation, ScaleAction
from controller.scaling.observation import (
    UNSCHEDULABLE,
    Blocker,
    Observation,
    PodObservation,
    QueueStatistics,
    Rollout,
    SlotReport,
    SlotType,
    SlotVariables,
    TaskQueueObservation,
    Unknown,
    UnknownCause,
    Usage,
)
from controller.scaling.slots import TunedSlots
from tests.scaling.builders import spec

QUEUES = ("orders", "bills")
counts = st.one_of(st.integers(0, 50), st.integers(0, 10**9))
times = st.one_of(st.floats(0, 2e4), st.floats(-1e12, 1e12))
moments = st.floats(0, 2e9)
rates = st.one_of(st.just(0.0), st.floats(0, 1e3), st.floats(0, 1e12))
unknowns = st.builds(Unknown, st.sampled_from(UnknownCause), st.just("It could not be read."))

queue_statistics = st.builds(
    QueueStatistics,
    backlog=counts,
    backlog_age_seconds=st.one_of(st.just(0.0), st.floats(0, 1e9)),
    add_rate_per_second=rates,
    dispatch_rate_per_second=rates,
    read_at=times,
    rate_limiting_active=st.sampled_from([None, True, False]),
)
task_queues = st.builds(
    TaskQueueObservation,
    task_queue=st.sampled_from(QUEUES),
    task_type=st.sampled_from(TaskType),
    statistics=st.one_of(queue_statistics, queue_statistics, unknowns),
    slots_per_replica=st.one_of(st.integers(1, 200), unknowns),
)
slot_reports = st.builds(
    SlotReport,
    task_queue=st.sampled_from(QUEUES),
    slot_type=st.sampled_from(SlotType),
    slots_used=counts,
    slots_available=st.one_of(st.none(), counts),
    reported_at=times,
    tasks_ended=st.one_of(st.none(), counts),
    ended_task_seconds=st.one_of(st.none(), st.floats(0, 1e12)),
    worker=st.sampled_from(["", "a", "b"]),
    worker_started_at=st.one_of(st.none(), times),
)
blockers = st.builds(
    Blocker,
    reason=st.sampled_from([UNSCHEDULABLE, "ImagePullBackOff", "CrashLoopBackOff"]),
    message=st.just("as Kubernetes says"),
    since=st.one_of(st.none(), times),
)
pods = st.builds(
    PodObservation,
    name=st.sampled_from([f"worker-{i}" for i in range(30)]),
    created_at=times,
    scheduled_at=st.one_of(st.none(), times),
    ready_since=st.one_of(st.none(), times),
    terminating=st.booleans(),
    slots=st.lists(slot_reports, max_size=4).map(tuple),
    replica_set=st.sampled_from([None, "a", "b"]),
    is_pending=st.booleans(),
    deletion_cost=st.integers(-3, 1),
    blocker=st.one_of(st.none(), blockers),
    usage=st.builds(Usage, st.one_of(st.none(), st.floats(0, 10)), st.one_of(st.none(), st.floats(0, 10))),
    oom_killed_at=st.one_of(st.none(), times),
)
observations = st.builds(
    Observation,
    observed_at=times,
    replicas=st.one_of(st.integers(0, 30), st.integers(0, 10**6)),
    pods=st.lists(pods, max_size=8).map(tuple),
    task_queues=st.lists(task_queues, min_size=1, max_size=4, unique_by=lambda q: (q.task_queue, q.task_type)).map(
        tuple
    ),
    in_flight=st.one_of(st.just("worker heartbeats"), unknowns),
    rollout=st.sampled_from([Rollout.NONE, Rollout.NONE, Rollout.RUNNING, Rollout.STUCK]),
    revision=st.sampled_from([None, "1", "2"]),
    outdated=st.sampled_from([None, None, "The pods are not kept up to date."]),
    can_set_deletion_costs=st.booleans(),
    grace_seconds=st.one_of(st.none(), st.floats(0, 1e5)),
    creation_failure=st.sampled_from([None, None, "exceeded quota: few"]),
    slot_variables=st.builds(
        SlotVariables,
        values=st.dictionaries(st.just("SLOTS"), st.integers(1, 200)),
        owned=st.sampled_from([frozenset(), frozenset({"SLOTS"})]),
        rolling_out=st.booleans(),
        is_free_moment=st.booleans(),
    ),
)


def counted(polls: list[tuple[float, float]]) -> TaskCount:
    """A count of tasks after polls of (time, rate), in any order."""
    count = TaskCount()
    for read_at, rate in polls:
        count = count.observe(read_at, rate)
    return count


def with_statistics(seen: Observation, position: int, statistics: QueueStatistics | Unknown) -> Observation:
    """The observation with other statistics for one of its queues."""
    i = position % len(seen.task_queues)
    queue = replace(seen.task_queues[i], statistics=statistics)
    return replace(seen, task_queues=(*seen.task_queues[:i], queue, *seen.task_queues[i + 1 :]))


blind_observations = st.builds(with_statistics, observations, st.integers(0, 5), unknowns)
"""Observations in which at least one queue could not be read."""


@st.composite
def growing_backlogs(draw: st.DrawFn) -> tuple[Observation, Observation]:
    """An observation, and the same with more tasks waiting in one queue."""
    seen, position, statistics = draw(observations), draw(st.integers(0, 5)), draw(queue_statistics)
    fuller = replace(statistics, backlog=statistics.backlog + draw(st.integers(1, 10**6)))
    return with_statistics(seen, position, statistics), with_statistics(seen, position, fuller)


tallies = st.builds(Tally, st.floats(0, 1e12), st.floats(0, 1e12), st.floats(0, 1e12))
beats = st.builds(
    WorkerReport,
    worker=st.sampled_from(["a", "b"]),
    at=times,
    slots_used=st.integers(0, 1000),
    slots=st.integers(0, 1000),
    tasks_ended=st.one_of(st.none(), counts),
    ended_task_seconds=st.one_of(st.none(), st.floats(0, 1e12)),
    started_at=st.one_of(st.none(), times),
)
spans = st.builds(lambda start, seconds: Span(start, start + seconds), times, st.floats(0, 200))
service_times = st.builds(
    ServiceTime,
    by_reports=tallies,
    by_server=tallies,
    workers=st.dictionaries(st.sampled_from(["a", "b"]), st.builds(LastReport, beats, times), max_size=2),
    interval_seconds=st.floats(0, 130),
    stalled_seconds=st.floats(0, 1e6),
    at=st.one_of(st.none(), times),
    dispatched=st.floats(0, 1e12),
    slots_used=st.floats(0, 1e6),
    pods_since=st.lists(times, max_size=5).map(tuple),
)
queue_memories = st.builds(
    QueueMemory,
    service_time=service_times,
    arrivals=st.lists(st.tuples(times, rates), max_size=6).map(counted),
    dispatched=st.lists(st.tuples(times, rates), max_size=6).map(counted),
    bottleneck=st.builds(
        Bottleneck,
        phase=st.sampled_from(Phase),
        idle_polls=st.integers(0, 3),
        capacity_per_second=st.one_of(st.none(), st.floats(0, 1e6)),
        best_rate=st.floats(0, 1e6),
        at=st.one_of(st.none(), times),
        rate_before=rates,
        ready_before=st.integers(0, 100),
        backlog_before=counts,
        ready=st.integers(0, 100),
        removed_at=st.one_of(st.none(), times),
        limit_per_second=st.one_of(st.none(), rates),
        limited_at=moments,
    ),
    full=st.lists(spans, max_size=1).map(tuple),
    calm=st.lists(spans, max_size=1).map(tuple),
    standing_since=st.one_of(st.none(), times),
)
tuned_slots = st.builds(
    TunedSlots,
    value=st.one_of(st.none(), st.integers(1, 200)),
    changed_at=st.one_of(st.none(), moments),
    chosen=st.one_of(st.none(), st.integers(1, 200)),
    more_since=st.one_of(st.none(), times),
    fewer_since=st.one_of(st.none(), times),
    raised_from=st.one_of(st.none(), st.integers(1, 200)),
    rate_before=rates,
    ceiling=st.one_of(st.none(), st.integers(1, 200)),
    ceiling_at=moments,
)
memories = st.builds(
    Memory,
    recommendations=st.lists(st.builds(Recommendation, times, counts), max_size=5).map(tuple),
    scale_actions=st.lists(st.builds(ScaleAction, times, counts, counts, st.just("A"), st.just("b")), max_size=5).map(
        tuple
    ),
    busy_at=st.one_of(st.none(), times),
    blind_since=st.one_of(st.none(), times),
    unneeded_since=st.one_of(st.none(), times),
    outlasted_at=st.one_of(st.none(), times),
    no_dispatch=st.one_of(st.none(), st.builds(NoDispatchWindow, times, times, times)),
    costs_written_at=st.one_of(st.none(), times),
    awaiting_costs_since=st.one_of(st.none(), times),
    decided_at=st.one_of(st.none(), times),
    idle_gap=st.builds(IdleGap, st.one_of(st.none(), times), counts, st.floats(0, 1e6)),
    slots=st.dictionaries(st.sampled_from(["SLOTS", "OTHER"]), tuned_slots, max_size=2),
    forgotten=st.one_of(st.none(), st.just("It could not be read.")),
    past_needs=st.lists(st.builds(PastNeed, times, counts, counts, st.booleans()), max_size=5).map(tuple),
    queues=st.dictionaries(st.sampled_from([f"{q}/{t}" for q in QUEUES for t in TaskType]), queue_memories, max_size=3),
    start_up=st.builds(
        StartUp,
        mean_seconds=st.floats(0, 900),
        node_seconds=st.floats(0, 900),
        count=st.integers(0, 20),
        seen=st.one_of(st.none(), st.frozensets(st.sampled_from([f"worker-{i}" for i in range(30)]), max_size=5)),
    ),
)
policies = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Pods", "Percent"]),
        "value": st.integers(1, 300),
        "periodSeconds": st.integers(1, 1800),
    }
)
scaling_rules = st.fixed_dictionaries(
    {},
    optional={
        "stabilizationWindowSeconds": st.integers(0, 3600),
        "selectPolicy": st.sampled_from(["Max", "Min", "Disabled"]),
        "policies": st.lists(policies, min_size=1, max_size=3),
        "tolerance": st.floats(0, 2),
    },
)
behaviors = st.fixed_dictionaries({}, optional={"scaleUp": scaling_rules, "scaleDown": scaling_rules})


objectives = st.one_of(
    st.fixed_dictionaries({"backlogPerReplica": st.integers(1, 50)}, optional={"activationBacklog": st.integers(0, 9)}),
    st.fixed_dictionaries({"scheduleToStartSeconds": st.integers(1, 600)}),
)
tasks = st.sampled_from(
    [
        {"type": "Activity", "slots": 10},
        {"type": "Activity", "slotsEnvVar": "SLOTS", "tuning": {"minSlots": 1, "maxSlots": 100}},
    ]
)
durations = st.fixed_dictionaries({}, optional={"typical": st.floats(0.001, 1e6)})
disruptions = st.sampled_from(["Graceful", "IdleOnly"])
fallbacks = st.fixed_dictionaries(
    {"behavior": st.just("ReplicasIfHigher"), "replicas": st.integers(0, 40)},
    optional={"afterSeconds": st.integers(0, 600)},
)


def schedules(max_replicas: int) -> st.SearchStrategy[dict[str, Any]]:
    """Schedules, of which some cannot be read."""
    return st.fixed_dictionaries(
        {
            "cron": st.sampled_from(["0 8 * * 1-5", "*/10 * * * *", "61 * * * *"]),
            "timeZone": st.sampled_from(["UTC", "Europe/Berlin", "Mars/Base"]),
            "durationSeconds": st.integers(60, 100_000),
            "minReplicas": st.integers(0, max_replicas),
        }
    )


@st.composite
def specs(draw: st.DrawFn) -> TemporalWorkerPoolSpec:
    """Specs that the API server would accept."""
    low = draw(st.integers(0, 10))
    fields: dict[str, Any] = {
        "minReplicas": low,
        "maxReplicas": draw(st.integers(max(low, 1), 40)),
        "objective": draw(objectives),
        "taskDurationSeconds": draw(durations),
        "disruption": draw(disruptions),
        "taskQueues": [{"name": "orders", "tasks": [draw(tasks)]}],
    }
    fields |= draw(st.fixed_dictionaries({}, optional={"behavior": behaviors, "fallback": fallbacks}))
    fields["schedules"] = draw(st.lists(schedules(fields["maxReplicas"]), max_size=2))
    if low == 0:
        fields["scaleToZero"] = {
            "idleSeconds": draw(st.integers(0, 600)),
            "withoutInFlightEvidence": draw(st.booleans()),
        }
    return spec(**fields)
