"""Metrics of pools: what is known has a sample with a unit in its name, what is unknown has none."""

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from controller.api.condition_reasons import InFlightKnown, Overridden
from controller.api.model import timestamp
from controller.api.status import OverrideStatus, TemporalWorkerPoolStatus
from controller.operator.passes import ConditionUpdate
from controller.scaling.decide import decide
from controller.scaling.decision import BlockedPod, Capacity
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import Memory
from controller.scaling.objective.attainment import Attainment, JudgedSpan
from controller.scaling.observation import Blocker
from controller.telemetry.counts import PoolCounts
from controller.telemetry.definition import Rendered
from controller.telemetry.metrics import POOL_METRICS, PoolSample
from tests.operator.builders import conditions
from tests.scaling.builders import LOST, NEVER_THERE, NOW, observation, pod, queue, report, spec, statistics

CONDITIONS = conditions(ConditionUpdate(InFlightKnown.HEARTBEATS_LOST, "1 pod does not report."))
SEEN = observation(
    queue(statistics(30, age_seconds=65, add_rate=2.5, dispatch_rate=1.5)),
    replicas=3,
    pods=(pod(report(4), name="a"), pod(name="b")),
)
SPEC = spec(maxReplicas=2, objective={"backlogPerReplica": 10})
SAMPLE = PoolSample(
    "prod",
    "orders",
    SPEC,
    TemporalWorkerPoolStatus(desired_replicas=4, conditions=CONDITIONS),
    SEEN,
    PoolCounts(scaled_up=3, scaled_down=2).with_error("TimedOut").with_external_scaling(ManagerKind.PERSON),
    decision=decide(SPEC, SEEN, Memory(), NOW),
    reconciled_at=NOW,
    read_at=NOW - 5,
    certificate_expires_at=NOW + 86_400,
)
POOL = 'name="orders",namespace="prod"'
QUEUE = f'{POOL},task_queue="orders",task_type="Activity"'
PREFIX = "temporal_worker_pool_"


def _scraped(*samples: PoolSample) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Rendered(POOL_METRICS, lambda: samples))
    lines = generate_latest(registry).decode().splitlines()
    return [line.removeprefix(PREFIX) for line in lines if not line.startswith("#")]


def _of(pool: PoolSample, *names: str) -> set[str]:
    """Samples of some metrics."""
    return {line for line in _scraped(pool) if line.partition("{")[0] in names}


def test_a_pool_has_one_sample_of_each_number() -> None:
    """Replicas, conditions, and the numbers of each task queue and type."""
    assert sorted(_scraped(SAMPLE)) == sorted(
        [
            f"desired_replicas{{{POOL}}} 2.0",
            f"needed_replicas{{{POOL}}} 3.0",
            f"replicas{{{POOL}}} 3.0",
            f"ready_replicas{{{POOL}}} 2.0",
            f"unreported_replicas{{{POOL}}} 1.0",
            f'pods{{{POOL},state="ready"}} 2.0',
            *(
                f'pods{{{POOL},state="{state}"}} 0.0'
                for state in ("starting", "provisioning", "cannot_start", "unready", "terminating")
            ),
            f"min_replicas{{{POOL}}} 0.0",
            f"max_replicas{{{POOL}}} 2.0",
            f'condition{{{POOL},status="true",type="Ready"}} 1.0',
            f'condition{{{POOL},status="false",type="Ready"}} 0.0',
            f'condition{{{POOL},status="unknown",type="Ready"}} 0.0',
            f'condition{{{POOL},status="true",type="InFlightKnown"}} 0.0',
            f'condition{{{POOL},status="false",type="InFlightKnown"}} 0.0',
            f'condition{{{POOL},status="unknown",type="InFlightKnown"}} 1.0',
            f'condition_reason{{{POOL},reason="HeartbeatsLost",status="true",type="Ready"}} 1.0',
            f'condition_reason{{{POOL},reason="HeartbeatsLost",status="unknown",type="InFlightKnown"}} 1.0',
            f"backlog_tasks{{{QUEUE}}} 30.0",
            f"backlog_age_seconds{{{QUEUE}}} 65.0",
            f"tasks_add_rate_per_second{{{QUEUE}}} 2.5",
            f"tasks_dispatch_rate_per_second{{{QUEUE}}} 1.5",
            f"slots{{{QUEUE}}} 20.0",
            f"slots_used{{{QUEUE}}} 4.0",
            f'reconcile_errors_total{{{POOL},reason="TimedOut"}} 1.0',
            f'scale_actions_total{{direction="up",{POOL}}} 3.0',
            f'scale_actions_total{{direction="down",{POOL}}} 2.0',
            f'external_scale_actions_total{{manager="person",{POOL}}} 1.0',
            *(
                f'external_scale_actions_total{{manager="{kind}",{POOL}}} 0.0'
                for kind in ("gitops", "autoscaler", "other")
            ),
            f"last_reconcile_timestamp_seconds{{{POOL}}} {NOW}",
            f"last_complete_read_timestamp_seconds{{{POOL}}} {NOW - 5}",
            f"certificate_expiry_timestamp_seconds{{{POOL}}} {NOW + 86_400}",
            f"objective_backlog_per_replica_tasks{{{POOL}}} 10.0",
        ]
    )


def test_a_lost_reading_has_no_sample() -> None:
    """A dashboard shows a gap, never a zero."""
    lost = replace(SAMPLE, observation=replace(SEEN, task_queues=(queue(LOST),), in_flight=NEVER_THERE))
    assert _of(lost, "backlog_tasks", "slots_used") == set()


def test_a_pool_without_a_reconcile_has_no_observed_numbers() -> None:
    """Neither has one whose spec cannot be read; counters start at 0."""
    unseen = PoolSample("prod", "orders", None, TemporalWorkerPoolStatus(), None, PoolCounts())
    assert {line.partition("{")[0] for line in _scraped(unseen)} == {
        "scale_actions_total",
        "external_scale_actions_total",
    }


def test_each_pod_is_in_one_state() -> None:
    """By its readiness, and by what the decision knows of pods that can't start."""
    pods = (
        pod(name="ready"),
        pod(name="new", ready_since=None),
        replace(pod(name="no-node", ready_since=None), blocker=Blocker("Unschedulable", "0/3 nodes")),
        replace(pod(name="crashes", ready_since=None), blocker=Blocker("CrashLoopBackOff", "back-off 40s")),
        replace(pod(name="froze", ready_since=None), was_ready=True),
        pod(name="ends", terminating=True),
    )
    blocked = [BlockedPod(each, each.blocker) for each in pods if each.blocker]
    assert SAMPLE.decision
    decision = replace(SAMPLE.decision, capacity=Capacity((blocked[0],), (blocked[1],)))
    lines = _of(replace(SAMPLE, observation=replace(SEEN, pods=pods), decision=decision), "pods")
    states = ("ready", "starting", "provisioning", "cannot_start", "unready", "terminating")
    assert lines == {f'pods{{{POOL},state="{state}"}} 1.0' for state in states}


def test_the_objective_has_counters_for_its_error_budget() -> None:
    """Only where the pool has one by time; without tasks there is no ratio."""
    by_time = replace(
        SAMPLE,
        spec=spec(objective={"scheduleToStartSeconds": 15}),
        counts=PoolCounts().with_judged(200, 195),
        attainment=Attainment(15, NOW, (JudgedSpan(NOW, 200, 195),)),
    )
    assert {line for line in _scraped(by_time) if line.startswith("objective")} == {
        f"objective_schedule_to_start_seconds{{{POOL}}} 15.0",
        f"objective_tasks_total{{{POOL}}} 200.0",
        f"objective_tasks_in_time_total{{{POOL}}} 195.0",
        f"objective_attained_ratio{{{POOL}}} 0.975",
    }
    assert _of(replace(by_time, attainment=Attainment(15, NOW)), "objective_attained_ratio") == set()


def test_an_override_has_its_start_and_its_end() -> None:
    """By which one that is forgotten is found."""
    paused = conditions(ConditionUpdate(Overridden.PAUSED, "Paused."))
    status = TemporalWorkerPoolStatus(
        conditions=paused, override=OverrideStatus(paused=True, until=timestamp(NOW + 7200))
    )
    (since,) = {c.last_transition_time.timestamp() for c in paused if c.type == "Overridden"}
    names = "override_start_timestamp_seconds", "override_end_timestamp_seconds"
    assert _of(replace(SAMPLE, status=status), *names) == {
        f'override_start_timestamp_seconds{{kind="pause",{POOL}}} {since}',
        f'override_end_timestamp_seconds{{kind="pause",{POOL}}} {NOW + 7200}',
    }


@pytest.mark.parametrize(("field", "kind"), [("replicas", "replicas"), ("min_replicas", "min_replicas")])
def test_a_number_of_a_person_is_no_pause(field: str, kind: str) -> None:
    """An alert on pauses does not fire for it."""
    override = OverrideStatus.model_validate({field: 3, "until": timestamp(NOW)})
    lines = _of(replace(SAMPLE, status=TemporalWorkerPoolStatus(override=override)), "override_end_timestamp_seconds")
    assert lines == {f'override_end_timestamp_seconds{{kind="{kind}",{POOL}}} {NOW}'}


def test_nothing_is_left_of_a_pool_that_is_gone() -> None:
    """Its counters end with it."""
    assert _scraped() == []


def test_changes_of_replicas_are_counted_by_their_direction() -> None:
    """Up with a positive change."""
    counts = PoolCounts().with_scaling(3).with_scaling(-2).with_scaling(1)
    assert counts == PoolCounts(scaled_up=2, scaled_down=1)
