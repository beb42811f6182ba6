"""The observation: what Temporal says of workers joined with the pods they run in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.api.condition_reasons import InFlightKnown
from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.cluster.objects import Pod
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import asks_for_pod_metrics, observe
from controller.operator.passes import Inputs
from controller.operator.report.workers import in_flight_known, with_doubts, workers_polling
from controller.scaling.field_manager import ManagerKind
from controller.scaling.observation import (
    HEARTBEATS,
    POD_METRICS,
    ExternalScale,
    Observation,
    OtherWorker,
    PastReport,
    Rollout,
    SlotReport,
    SlotType,
    Unknown,
    UnknownCause,
    Usage,
    used,
)
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport
from tests.operator.builders import NOW, deployment, inputs, pod, target, worker
from tests.scaling.builders import LOST, NEVER_THERE, report, spec, statistics

KEY = ("orders", TaskType.ACTIVITY)
READ = {KEY: statistics(3)}
UNSTATED = Unknown(UnknownCause.NEVER_THERE, "It is not stated.")


def _seen(
    *workers: WorkerReport,
    pods: tuple[Pod, ...] = (pod("a"), pod("b")),
    stated: int | Unknown = 10,
    metrics: Mapping[str, tuple[SlotReport, ...]] | None = None,
    source: InFlightSource = InFlightSource.AUTO,
) -> Inputs:
    reading = TemporalReading(READ, workers, None)
    asked = spec(inFlight={"source": source, "podMetrics": {"port": 9090}})
    return inputs(pods, {KEY: stated}, reading, pod_metrics=metrics, spec=asked)


def _observed(seen: Inputs, learned: Learned | None = None, now: float = NOW) -> Observation:
    return observe(seen, learned or Learned(), now)[0]


def test_a_worker_is_found_by_the_host_name_of_its_pod() -> None:
    """Workers elsewhere on the same queue are not this Deployment's: they are named apart."""
    mine, other = report(4, reported_at=NOW), report(9, reported_at=NOW)
    seen = _observed(_seen(worker("a", mine), worker("laptop", other)))
    assert [p.slots for p in seen.pods] == [(mine,), ()]
    assert seen.in_flight == HEARTBEATS
    assert seen.other_workers == (OtherWorker("1@laptop", "laptop", (other,)),)
    assert (seen.task_queues[0].statistics, seen.task_queues[0].slots_per_replica) == (READ[KEY], 10)


@pytest.mark.parametrize(
    "found",
    [
        WorkerReport("a.workers.prod.svc.cluster.local", "7@x", (report(),)),
        WorkerReport("node-1", "7@a", (report(),)),
        WorkerReport("node-1", "a", (report(),)),
    ],
    ids=["host name with domain", "host of the identity", "identity"],
)
def test_a_worker_is_found_by_other_signs_of_its_pod(found: WorkerReport) -> None:
    """A pod with its domain in its host name, and workers whose identity names the pod."""
    seen = _observed(_seen(found))
    assert [len(p.slots) for p in seen.pods] == [1, 0]
    assert seen.other_workers == ()


def test_a_pod_with_two_workers_has_the_reports_of_both() -> None:
    """One process may poll several queues."""
    first, second = report(1, reported_at=NOW), report(2, name="bills", reported_at=NOW)
    assert _observed(_seen(worker("a", first), worker("a", second))).pods[0].slots == (first, second)


def test_a_report_from_before_the_pod_is_not_the_pods() -> None:
    """A namesake that is gone still shows for minutes."""
    old = report(4, reported_at=NOW - 200)
    seen = _observed(_seen(worker("a", old)))
    assert (seen.pods[0].slots, seen.other_workers) == ((), ())


def test_lost_workers_make_work_in_flight_unknown() -> None:
    """Not zero, and not idle."""
    seen = replace(_seen(), reading=TemporalReading(READ, LOST, None))
    assert _observed(seen).in_flight is LOST


def test_what_workers_report_wins_over_what_is_stated() -> None:
    """The pods run 7 at once, whatever the pool says; the number is kept when they are gone."""
    seen, learned = observe(_seen(worker("a", report(2, slots=7))), Learned(), NOW)
    assert (seen.task_queues[0].slots_per_replica, seen.task_queues[0].slots_reported) == (7, 7)
    asleep = _observed(_seen(pods=()), learned)
    assert (asleep.task_queues[0].slots_per_replica, asleep.task_queues[0].slots_reported) == (10, 7)
    undeclared = _observed(_seen(pods=(), stated=UNSTATED), learned)
    assert undeclared.task_queues[0].slots_per_replica == 7


def test_slots_that_are_neither_stated_nor_reported_are_unknown() -> None:
    """There is no default to fall back to: SDKs have several."""
    assert _observed(_seen(stated=UNSTATED)).task_queues[0].slots_per_replica == UNSTATED


def test_what_most_pods_report_counts() -> None:
    """In the middle of a rollout two numbers are there; of equally many the smaller one is the safe one."""
    pods = (pod("a"), pod("b"), pod("c"))
    most = _seen(worker("a", report(slots=8)), worker("b", report(slots=8)), worker("c", report(slots=4)), pods=pods)
    assert _observed(most).task_queues[0].slots_per_replica == 8
    assert (
        _observed(_seen(worker("a", report(slots=8)), worker("b", report(slots=4)))).task_queues[0].slots_reported == 4
    )


def test_workers_of_one_pod_add_up() -> None:
    """Two processes or two workers on the same queue."""
    seen = _seen(worker("a", report(1, slots=3)), worker("a", report(2, slots=5)))
    assert _observed(seen).task_queues[0].slots_per_replica == 8


def test_free_slots_that_a_worker_cannot_count_are_no_zero() -> None:
    """A resource-based supplier reports 2 used and no total: the stated number stands."""
    unbounded = SlotReport("orders", SlotType.ACTIVITY, 2, None, NOW)
    seen = _observed(_seen(worker("a", unbounded)))
    assert (seen.task_queues[0].slots_per_replica, seen.task_queues[0].slots_reported) == (10, None)
    assert seen.slots_used("orders", SlotType.ACTIVITY) == 2


def test_a_pod_of_which_one_worker_gives_no_total_has_none() -> None:
    """5 slots of one worker are not the pod's, when the other can't say."""
    unbounded = SlotReport("orders", SlotType.ACTIVITY, 2, None, NOW)
    assert _observed(_seen(worker("a", report(slots=5), unbounded))).task_queues[0].slots_reported is None


def test_pods_that_never_reported_differ_from_pods_that_no_longer_do() -> None:
    """Both ready for long: the first were never a source, the second were."""
    never = _observed(_seen())
    assert isinstance(never.in_flight, Unknown)
    assert never.in_flight.cause is UnknownCause.NEVER_THERE
    assert "none of 2 ready pods has sent worker heartbeats (ready for up to 95 s)" in (never.in_flight.message)
    _, learned = observe(_seen(worker("a", report())), Learned(), NOW)
    unreported = _observed(_seen(), learned)
    assert unreported.in_flight == HEARTBEATS
    assert len(unreported.pods_without_reports) == 2


def test_young_pods_need_not_have_reported() -> None:
    """The first report is seen a minute after the start."""
    young = _observed(_seen(), now=NOW - 10)
    assert (young.in_flight, young.task_queues[0].unpolled_since) == (HEARTBEATS, None)


def test_what_a_pod_reported_last_is_kept_once_it_no_longer_does() -> None:
    """All its workers together; local activities have slots of their own. With the pod it is forgotten."""
    types = (report(3), replace(report(5), slots_available=None), report(1, slot_type=SlotType.LOCAL_ACTIVITY))
    seen, learned = observe(_seen(worker("a", report(8, reported_at=NOW - 9)), worker("b", *types)), Learned(), NOW)
    assert [each.last_report for each in seen.pods] == [None, None]
    seen, learned = observe(_seen(), learned, NOW + 140)
    assert [each.last_report for each in seen.pods] == [PastReport(NOW - 9, 8, 10), PastReport(NOW, 8, None)]
    seen, learned = observe(_seen(pods=()), learned, NOW + 150)
    assert _observed(_seen(), learned).pods[0].last_report is None


def test_pods_that_reported_are_forgotten_with_them() -> None:
    """A new Deployment whose image sends no heartbeats is not taken for one whose workers no longer report."""
    _, learned = observe(_seen(worker("a", report()), pods=(pod("a"),)), Learned(), NOW)
    _, learned = observe(_seen(pods=(pod("c"),)), learned, NOW)
    assert isinstance(_observed(_seen(pods=(pod("c"),)), learned).in_flight, Unknown)


def test_a_source_that_is_switched_off_is_not_read() -> None:
    """Reports that are there do not count."""
    seen = _observed(_seen(worker("a", report(3)), source=InFlightSource.NONE))
    assert isinstance(seen.in_flight, Unknown)
    assert (seen.in_flight.cause, seen.pods[0].slots) == (UnknownCause.NEVER_THERE, ())


def test_pods_own_metrics_take_the_place_of_heartbeats() -> None:
    """A pod that could not be read stays unknown, and the source is named."""
    mine = report(3)
    seen = replace(_seen(metrics={"a": (mine,)}), reading=TemporalReading(READ, NEVER_THERE, None))
    observed = _observed(seen)
    assert observed.in_flight == POD_METRICS
    assert [p.slots for p in observed.pods] == [(mine,), ()]
    assert [p.name for p in observed.pods_without_reports] == ["b"]


@pytest.mark.parametrize(
    ("source", "workers", "wanted"),
    [
        (InFlightSource.AUTO, (worker("a", report()),), False),
        (InFlightSource.AUTO, (worker("laptop", report()),), True),
        (InFlightSource.AUTO, NEVER_THERE, True),
        (InFlightSource.POD_METRICS, (worker("a", report()),), True),
        (InFlightSource.HEARTBEATS, (), False),
        (InFlightSource.NONE, (), False),
    ],
)
def test_pods_are_asked_only_where_the_better_source_does_not_speak(
    source: InFlightSource, workers: tuple[WorkerReport, ...] | Unknown, *, wanted: bool
) -> None:
    """Heartbeats cost one request for all pods."""
    assert asks_for_pod_metrics(source, TemporalReading(READ, workers, None), [pod("a")]) is wanted


@pytest.mark.parametrize(
    ("fields", "rollout"),
    [
        ({}, Rollout.NONE),
        ({"updated_replicas": 1}, Rollout.RUNNING),
        ({"template_generation": 2}, Rollout.RUNNING),
        ({"updated_replicas": 1, "progressing_reason": "ReplicaSetUpdated"}, Rollout.RUNNING),
        ({"updated_replicas": 1, "progressing_reason": "ProgressDeadlineExceeded"}, Rollout.STUCK),
        ({"updated_replicas": 1, "paused": True}, Rollout.NONE),
    ],
    ids=["settled", "old-pods", "not-observed-yet", "progressing", "deadline-exceeded", "paused"],
)
def test_a_rollout_is_read_from_the_deployments_own_status(fields: dict[str, Any], rollout: Rollout) -> None:
    """One that is paused replaces no pods, and may stay so for days."""
    assert _observed(replace(_seen(), target=target(deployment(**fields)))).rollout == rollout


def test_replicas_that_others_set_are_an_external_scale() -> None:
    """Not those of an earlier Deployment of the name, nor an order of ours that came late, nor those of no pass."""
    now, left = deployment(replicas=5, replicas_manager="kubectl", replicas_subresource="scale"), deployment(replicas=2)
    seen = replace(_seen(), target=target(now), last_applied=left)
    assert _observed(seen).external_scale == ExternalScale(2, "kubectl-scale", ManagerKind.PERSON)
    unnamed = replace(now, replicas_manager=None)
    assert _observed(replace(seen, target=target(unnamed))).external_scale == ExternalScale(
        2, "an unnamed field manager", ManagerKind.PERSON
    )
    for other in (
        replace(seen, last_applied=None),
        replace(seen, last_applied=replace(left, uid="earlier")),
        replace(seen, last_applied=replace(left, replicas=5)),
        replace(seen, target=target(replace(now, replicas_manager="temporal-worker-pools"))),
        replace(seen, target=target(replace(now, replicas_manager="temporal-worker-pools-replicas"))),
    ):
        assert _observed(other).external_scale is None


def test_what_a_container_uses_counts_more_than_what_its_host_uses() -> None:
    """Where it has a limit that is measured; of several workers on one host the most counts."""
    workers = (
        replace(worker("a", report()), host=Usage(0.9, 0.4)),
        replace(worker("a", report()), host=Usage(0.8, 0.5)),
        worker("b", report()),
    )
    seen = replace(_seen(*workers), usage={"a": Usage(0.1, None)})
    first, second = _observed(seen).pods
    assert (first.usage, second.usage) == (Usage(0.1, 0.5), Usage())


def test_the_report_of_a_namesake_that_is_gone_says_nothing_of_a_host() -> None:
    """It is from before the pod was there."""
    gone = replace(worker("a", report(reported_at=NOW - 101)), host=Usage(0.9, 0.4))
    assert _observed(_seen(gone)).pods[0].usage == Usage()


def test_memory_that_ran_out_in_a_sidecar_is_not_the_workers() -> None:
    """Only the container that the pool names counts."""
    killed = (pod("a", oom_killed_at={"worker": NOW - 5}), pod("b", oom_killed_at={"sidecar": NOW - 5}))
    seen = _observed(_seen(pods=killed))
    assert [each.oom_killed_at for each in seen.pods] == [NOW - 5, None]


def test_pods_that_are_being_replaced_do_not_say_how_many_slots_there_are() -> None:
    """They run with the old number until they have finished; the new ones have not reported yet."""
    leaving = pod("a", deletion_at=NOW + 30)
    seen = _observed(_seen(worker("a", report(2, slots=10)), pods=(leaving, pod("b")), stated=15))
    assert seen.task_queues[0].slots_per_replica == 15


def test_a_pod_that_was_ready_is_remembered_while_it_is_there() -> None:
    """Readiness that is lost is another thing than readiness that never came, and an earlier pass knows."""
    _, learned = observe(_seen(pods=(pod("a"), pod("b", ready_since=None))), Learned(), NOW)
    lost, starts = _observed(_seen(pods=(pod("a", ready_since=None), pod("b", ready_since=None))), learned).pods
    assert (lost.was_ready, lost.never_worked) == (True, False)
    assert (starts.was_ready, starts.never_worked) == (False, True)
    _, learned = observe(_seen(pods=(pod("b", ready_since=None),)), learned, NOW)
    assert learned.ready_pods == frozenset()


def test_a_pod_s_own_status_tells_a_restarted_operator_that_it_was_ready() -> None:
    """The memory of passes is gone; Kubernetes knows when readiness turned."""
    (lost,) = _observed(_seen(pods=(pod("a", ready_since=None, unready_since=NOW - 10),))).pods
    assert not lost.never_worked


def test_a_pod_that_reported_is_not_new_once_it_no_longer_does() -> None:
    """The server forgets a worker that is gone, or cut off, after 5 minutes."""
    unready = (pod("a", ready_since=None),)
    _, learned = observe(_seen(worker("a", report()), pods=unready), Learned(), NOW)
    (known,) = _observed(_seen(pods=unready), learned).pods
    assert (known.has_reported, known.is_new) == (True, False)


def test_a_pod_that_starts_while_the_operator_is_restarted_is_still_new() -> None:
    """That pods reported before is assumed of those that were ready, and of no other."""
    both = (pod("a"), pod("b", ready_since=None))
    _, learned = observe(_seen(pods=both), Learned(all_reported=True), NOW)
    assert [p.has_reported for p in _observed(_seen(pods=both), learned).pods] == [True, False]


def test_only_the_worker_s_own_container_is_what_runs_or_not() -> None:
    """A sidecar that waits to be started again says nothing of the worker."""
    ended = pod("a", stopped_containers=frozenset({"worker"}))
    sidecar = pod("b", stopped_containers=frozenset({"proxy"}))
    assert [p.is_stopped for p in _observed(_seen(pods=(ended, sidecar))).pods] == [True, False]


def _instance(name: str, slots: SlotReport, **fields: Any) -> WorkerReport:
    """A worker of an instance of its own on the host `a`, started long ago."""
    started = replace(slots, worker=name, worker_started_at=NOW - 90)
    return replace(WorkerReport("a", "1@a", (started,)), **fields)


def test_a_dead_process_of_a_restarted_container_counts_for_nothing() -> None:
    """It had all its slots in use; the one that took its place has none, with the same host name and process id."""
    dead = _instance("dead", report(10, reported_at=NOW - 30), host=Usage(0.9, 0.9))
    alive = _instance("alive", report(0, reported_at=NOW - 2))
    restarted = pod("a", container_started_at={"worker": NOW - 25, "sidecar": NOW - 90})
    seen = _observed(_seen(dead, alive, pods=(restarted,)))
    assert [r.worker for r in seen.pods[0].slots] == ["alive"]
    assert seen.task_queues[0].slots_per_replica == 10
    assert seen.pods[0].usage == Usage()
    sidecar = replace(restarted, container_started_at={"worker": NOW - 90, "sidecar": NOW - 25})
    assert [r.worker for r in _observed(_seen(dead, pods=(sidecar,))).pods[0].slots] == ["dead"]


def test_a_host_name_that_pods_share_counts_no_report_twice() -> None:
    """One of three works: the sum is right, and none is idle; when none works, each is."""
    shared = tuple(pod(name, host_name="worker") for name in "abc")
    workers = [
        replace(
            _instance(f"w{number}", report(used, reported_at=NOW - 2)), host_name="worker", worker_identity="1@worker"
        )
        for number, used in enumerate((4, 0, 0))
    ]
    seen = _observed(_seen(*workers, pods=shared))
    assert seen.slots_used("orders", SlotType.ACTIVITY) == 4
    assert seen.task_queues[0].slots_per_replica == 10
    assert [p.shares_reports for p in seen.pods] == [True, True, True]
    assert "3 pods share the host name worker" in seen.doubts[0]
    idle = [replace(w, slots=tuple(replace(r, slots_used=0, slots_available=10) for r in w.slots)) for w in workers]
    assert [p.shares_reports for p in _observed(_seen(*idle, pods=shared)).pods] == [False, False, False]
    assert [p.shares_reports for p in _observed(_seen(*idle[:2], pods=shared)).pods] == [True, True, True]
    by_metrics = _seen(*workers, pods=shared, metrics={"a": (report(4),)})
    observed = _observed(by_metrics)
    assert ([p.shares_reports for p in observed.pods], observed.doubts) == ([False, False, False], ())


def test_pods_that_share_a_host_name_are_asked_themselves_where_they_can() -> None:
    """Their metrics are distinguished by their addresses."""
    shared = tuple(pod(name, host_name="worker") for name in "ab")
    reading = TemporalReading(READ, (worker("worker", report()),), None)
    assert asks_for_pod_metrics(InFlightSource.AUTO, reading, shared) is True


def test_workers_whose_host_names_are_no_pods_may_be_those_of_pods_without_reports() -> None:
    """As many poll as pods were ready for 90 s: it is no proof that none polls, and the message says what to do."""
    others = [replace(worker("localhost", report(10)), worker_identity=f"{n}@localhost") for n in (1, 2)]
    seen = _observed(_seen(*others))
    assert seen.task_queues[0].unpolled_since is None
    assert seen.other_workers == ()
    assert seen.unmatched_workers == (
        "2 workers poll these queues from hosts that are no pod's (localhost), and 2 ready pods sent no report: "
        "they may be the same. Give each worker its pod's name as identity, an option of the SDK's client "
        "(metadata.name of the downward API)."
    )
    (update,) = [in_flight_known(InFlightSource.AUTO, seen, NOW)]
    assert (update.reason, update.message) == (InFlightKnown.WORKERS_NOT_MATCHED, seen.unmatched_workers)
    assert "from outside the Deployment" not in workers_polling(seen, NOW).message


def test_fewer_others_than_pods_without_reports_prove_that_some_do_not_poll() -> None:
    """So do others for other tasks."""
    assert _observed(_seen(worker("localhost", report()))).task_queues[0].unpolled_since is not None
    others = [worker(host, report(slot_type=SlotType.WORKFLOW)) for host in ("x", "y")]
    assert _observed(_seen(*others)).task_queues[0].unpolled_since is not None


def test_slots_in_use_that_contradict_the_free_ones_are_corrected_and_reported() -> None:
    """An idle worker of an old SDK, in each of two pods; of an SDK that counts right the stated number is wrong."""
    one_too_many = SlotReport("orders", SlotType.ACTIVITY, 1, 10, NOW - 2)
    old = {"sdk": "temporal-python 1.29.0"}
    workers = [_instance(name, one_too_many, host_name=name, worker_identity=f"1@{name}", **old) for name in "ab"]
    seen = _observed(_seen(*workers))
    assert seen.slots_used("orders", SlotType.ACTIVITY) == 0
    assert (seen.task_queues[0].slots_per_replica, seen.task_queues[0].slots_reported) == (10, 10)
    assert "2 pods report more slots than they have (temporal-python 1.29.0)" in seen.doubts[0]
    right = _observed(_seen(*(replace(w, sdk="temporal-go 1.40.0") for w in workers)))
    assert (right.slots_used("orders", SlotType.ACTIVITY), right.task_queues[0].slots_reported) == (2, 11)
    assert right.doubts == ()


def test_pods_of_an_older_template_do_not_contradict_what_is_stated_now() -> None:
    """They have one slot more than those that replace them, and run a task in it."""
    older = _instance("w", SlotReport("orders", SlotType.ACTIVITY, 1, 10, NOW - 2))
    seen = replace(_seen(older), target=target(deployment(updated_replicas=1)))
    assert _observed(seen).slots_used("orders", SlotType.ACTIVITY) == 1


def test_a_pod_that_had_more_free_slots_than_stated_refutes_the_number_later_too() -> None:
    """It runs one task in 11 slots, and was idle before: that is no contradiction of its own."""
    idle, busy = (_seen(_instance("w", SlotReport("orders", SlotType.ACTIVITY, n, 11 - n, NOW - 2))) for n in (0, 1))
    _, learned = observe(idle, Learned(), NOW)
    assert _observed(busy, learned).slots_used("orders", SlotType.ACTIVITY) == 1


def test_a_worker_that_drains_counts_in_its_pod_and_not_beyond() -> None:
    """Its pod was asked to stop; when the pod is gone, the last report is of no pod."""
    draining = replace(worker("a", SlotReport("orders", SlotType.ACTIVITY, 3, None, NOW - 2)), is_stopping=True)
    seen = _observed(_seen(draining, pods=(pod("a", deletion_at=NOW + 30), pod("b"))))
    assert [used(p.slots) for p in seen.pods] == [3, 0]
    gone = _observed(_seen(draining, pods=(pod("b"),)))
    assert (gone.other_workers, gone.unmatched_workers, [p.slots for p in gone.pods]) == ((), None, [()])


def test_a_source_that_reported_before_is_lost_and_not_missing_when_it_is_refused() -> None:
    """What workers run is then unknown for now; refused from the first poll on, it was never there."""
    refused = replace(_seen(), reading=TemporalReading(READ, NEVER_THERE, None))
    assert _observed(refused).in_flight == NEVER_THERE
    _, learned = observe(_seen(worker("a", report())), Learned(), NOW)
    assert _observed(refused, learned).in_flight == replace(NEVER_THERE, cause=UnknownCause.LOST)


def test_doubts_are_reported_with_what_is_known_of_running_work() -> None:
    """Beside whatever the condition says."""
    odd = replace(worker("a"), implausible="its slots in use (Activity) are -3", sent_at=NOW)
    seen = _observed(_seen(odd, worker("b", report(4))))
    assert seen.pods[0].slots == ()
    update = with_doubts(in_flight_known(InFlightSource.AUTO, seen, NOW), seen)
    assert update.message.endswith("of a (SDK not known) its slots in use (Activity) are -3.")
