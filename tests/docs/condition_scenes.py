"""Scenes that give the condition reasons and the Events, by the functions that write them for a real pool."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from controller.api.condition_reasons import AbleToScale, Connected, Ready, SlotsEffective
from controller.api.conditions import ConditionType
from controller.api.crd import CrdStamp
from controller.api.event_reasons import EventReason
from controller.api.overrides import FixedReplicas, LeastReplicas, Overrides, Pause
from controller.api.spec import InFlightSource
from controller.cluster.errors import ClusterError, NotFoundError, from_answer
from controller.cluster.events import Event
from controller.cluster.objects import Container, Owner
from controller.operator.actuate.slots import plan_slots
from controller.operator.inputs.connection import certificate_current
from controller.operator.inputs.target import find_target, found
from controller.operator.passes import ConditionUpdate, PassResult, SlotPlan
from controller.operator.report.conditions import conditions as conditions_after
from controller.operator.report.crd import crd_difference
from controller.operator.report.event_rate import BURST, SUMMARY_SECONDS, EventRate
from controller.operator.report.events import event_of, recommended, rescaled, slots_written, status_refused
from controller.operator.report.explain import explain
from controller.operator.report.external_scale import scaled_by_other
from controller.operator.report.objective import objective_met
from controller.operator.report.override_warnings import Warned, override_warnings
from controller.operator.report.overrides import overriding
from controller.operator.report.readable import objects_readable
from controller.operator.report.report import Report
from controller.operator.report.slots import slots_effective
from controller.operator.report.summary import STALLED_SECONDS, stalled, summarize
from controller.operator.report.workers import in_flight_known, workers_polling
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.objective.attainment import Attainment
from controller.scaling.observation import POD_METRICS, Blocker, PastReport, Unknown, UnknownCause
from controller.scaling.slots import fixed_slots
from controller.scaling.traces import Trace
from controller.temporal.client import ConnectionIdentity, TlsIdentity
from controller.temporal.errors import Attempt, classify
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import TURN_ON_IN_SDK
from tests.api.pools import FULL_CONNECTION
from tests.docs.step_scenes import FREE, NO_NODE, NOON, Run, built, by_hand, decided
from tests.operator.builders import deployment, env, inputs, target
from tests.operator.builders import pool as pool_of_shop
from tests.operator.inputs import test_connection as stored
from tests.operator.inputs.test_target_safety import WORKER, lint
from tests.operator.report import test_objective
from tests.scaling.builders import LOST, NOW, observation, pod, pods, queue, report, spec, statistics

BY_A_SERVER: Final = frozenset(
    {
        Ready.TASKS_LATE,
        Ready.INVALID_SPEC,
        Ready.RECONCILE_ERROR,
        Connected.READS_SLOWED,
        Connected.CONNECTED,
        AbleToScale.FAILED_SET_DELETION_COSTS,
        AbleToScale.FAILED_GET_SCALE,
        AbleToScale.FAILED_UPDATE_SCALE,
        SlotsEffective.FAILED_UPDATE_SLOTS,
    }
)
"""Reasons whose message only a reconcile on a real API server or Temporal server has; the system tests read them."""


def _all_updates() -> Iterator[ConditionUpdate]:
    """Of all scenes, the most telling first."""
    yield ConditionUpdate(Ready.AUTOSCALING, _rescaled().decision.explanation)
    yield from _connections()
    yield from _certificates()
    yield from _targets()
    yield from _annotations()
    yield from _of_decisions()
    yield from _frozen()
    yield from _objective()
    yield from _in_flight()
    yield from _slots()
    yield from _readable()
    yield from _stalled()
    for stamp in (CrdStamp("0.0.9", "old"), CrdStamp("9.0.0", "new")):
        difference = crd_difference({POOLS_CRD: CrdStamp("0.1.0", "own")}, {POOLS_CRD: stamp})
        assert difference
        yield difference


def _result(run: Run, action: ScaleAction | None = None) -> PassResult:
    seen = deployment(replicas=run.situation.observation.replicas)
    return PassResult(run.situation, run.decision, seen, action=action)


def _explained(run: Run, action: ScaleAction | None = None) -> Iterator[ConditionUpdate]:
    result = _result(run, action)
    report = explain(inputs((), {}, TemporalReading({}, (), None)), result, Attainment(), ())
    return (update for update in report.updates if update.condition != ConditionType.OBJECTIVE_MET)


def _rescaled() -> Run:
    return next(run for run in built() if run.decision.scales)


def _of_decisions() -> Iterator[ConditionUpdate]:
    """What is said of the runs of the rules."""
    run = _rescaled()
    decision = run.decision
    action = ScaleAction(NOON, decision.current_replicas, decision.desired_replicas, "", decision.explanation)
    yield from _explained(run, action)
    yield from (update for run in (*built(), *by_hand()) for update in _explained(run))
    steady = observation(queue(10), replicas=2, pods=pods(2, used=5))
    for seen, fields in (
        (replace(steady, task_queues=(queue(10, slots=LOST),)), {}),
        (steady, {"mode": "Recommend"}),
        (observation(replicas=3, pods=pods(3, used=1)), {"behavior": FREE, "disruption": "IdleOnly"}),
    ):
        yield from _explained(decided(spec(**fields), replace(seen, can_set_deletion_costs=True), Memory(busy_at=NOW)))
    yield from _explained(decided(spec(schedules=[ODD_ZONE]), steady, Memory()))
    for blocker in (CRASHES, NO_SECRET, replace(NO_NODE, since=NOW - 90)):
        stuck = replace(pod(name="worker-1", ready_since=None), blocker=blocker, is_stopped=True)
        yield from _explained(
            decided(spec(), observation(queue(9), replicas=2, pods=(pod(report(5)), stuck)), Memory())
        )


ODD_ZONE = {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berln", "durationSeconds": 3600, "minReplicas": 2}
POOLS_CRD = "temporalworkerpools.workerpools.dev"
CRASHES = Blocker("CrashLoopBackOff", "container worker ended with exit code 3 and was restarted 4 times")
NO_SECRET = Blocker("CreateContainerConfigError", 'secret "login" not found')


def _frozen() -> Iterator[ConditionUpdate]:
    """A pod that was ready and hangs."""
    froze = replace(pod(name="worker-7f9", ready_since=None), was_ready=True, unready_since=NOW - 130)
    froze = replace(froze, has_reported=True, last_report=PastReport(NOW - 170, 8, 10))
    yield from _explained(decided(spec(), observation(queue(9), replicas=2, pods=(pod(report(5)), froze)), Memory()))


def _connections() -> Iterator[ConditionUpdate]:
    """Why Temporal, or what leads to it, can't be read."""
    attempt = Attempt(ConnectionIdentity("temporal:7233"), "shop", "read the backlog of `orders` (Activity)")
    tls = replace(attempt, identity=ConnectionIdentity("temporal:7233", TlsIdentity()))
    for where, error in (
        *((attempt, RuntimeError(f"Failed client connect: {text}")) for text in ("dns error", "ConnectionRefused")),
        *((tls, RuntimeError(f"Failed client connect: {text}")) for text in TLS_ERRORS),
        (attempt, TimeoutError()),
        *((attempt, _answer(status)) for status in ANSWERS),
        (attempt, _no_namespace()),
    ):
        failure = classify(error, where)
        yield ConditionUpdate(failure.reason, failure.message)
    for objects in (
        stored.StoredObjects(NotFoundError("no")),
        stored.StoredObjects(FULL_CONNECTION, {}),
        stored.StoredObjects(FULL_CONNECTION, labels={}),
        stored.ForbiddenObjects(FULL_CONNECTION),
        stored.StoredObjects({}),
    ):
        yield ConditionUpdate(*asyncio.run(stored.refusal(objects)))


TLS_ERRORS = (
    "tls handshake eof",
    "invalid peer certificate: UnknownIssuer; InvalidCertificate(UnknownIssuer)",
    'NotValidForNameContext { expected: DnsName("temporal"), presented: ["DnsName(\\"frontend.example\\")"] }',
    "received fatal alert: CertificateRequired",
)
ANSWERS = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.INVALID_ARGUMENT,
)


def _answer(status: RPCStatusCode) -> RPCError:
    message = status.name.replace("_", " ").lower()
    return RPCError(message, status, GrpcStatus(code=status, message=message).SerializeToString())


def _no_namespace() -> RPCError:
    status = GrpcStatus(code=RPCStatusCode.NOT_FOUND, message="Namespace shop is not found.")
    status.details.add().Pack(NamespaceNotFoundFailure(namespace="shop"))
    return RPCError(status.message, RPCStatusCode.NOT_FOUND, status.SerializeToString())


def _certificates() -> Iterator[ConditionUpdate]:
    """Of a connection, with days left, or none."""
    what = "The client certificate of Secret shop/client"
    yield certificate_current((), stored.NOON.timestamp())
    for left in (timedelta(days=80), timedelta(days=9), timedelta(0)):
        yield certificate_current((stored.certificate(what, left),), stored.NOON.timestamp())


def _targets() -> Iterator[ConditionUpdate]:
    """What is said of the Deployment."""
    one, two = deployment(Container("worker")), deployment(Container("worker"), Container("proxy"))
    yield found(target(one))
    for seen, name in ((None, None), (two, None), (two, "app"), (replace(one, unread=("spec.replicas",)), None)):
        missing = find_target("shop", spec(containerName=name), seen, {})
        assert isinstance(missing, ConditionUpdate)
        yield missing
    refused = find_target("shop", spec(), one, {"workerpools.dev/target": "true"})
    assert isinstance(refused, ConditionUpdate)
    yield refused
    yield lint(longest=20)
    yield lint(longest=120)
    yield lint(replace(WORKER, pre_stop_seconds=25), longest=20)
    yield lint(strategy="Recreate")
    yield lint(replace(WORKER, has_readiness_probe=False))
    yield lint(replace(WORKER, requests={}))


def _annotations() -> Iterator[ConditionUpdate]:
    yield from overriding(Overrides(pause=Pause(NOON + 3600)), NOON)
    yield from overriding(Overrides(fixed=FixedReplicas(8, NOON + 3600, by="jo", reason="flash sale")), NOON)
    yield from overriding(Overrides(least=LeastReplicas(2, NOON + 3600, by="jo", reason="demo at noon")), NOON)
    yield from overriding(Overrides.of({"workerpools.dev/paused-until": "tomorrow"}), NOON)
    yield from overriding(Overrides.of({"workerpools.dev/pause-until": "2026-11-24T12:00:00Z"}), NOON)


def _objective() -> Iterator[ConditionUpdate]:
    """The scenes of the condition's own test."""
    for seen, demand, changes, _ in test_objective.IN_THE_WAY:
        situation, decision = test_objective.decided(seen, demand, **changes)
        attainment, _ = Attainment().observe(seen, decision.memory.queues, 15)
        yield objective_met(situation, decision, attainment, ())


def _in_flight() -> Iterator[ConditionUpdate]:
    """Where slot usage comes from, and where not; and who polls."""
    two = observation(queue(9), replicas=2, pods=pods(2, used=5))
    silent = observation(queue(9), replicas=2, pods=(pod(report(5)), pod(name="worker-1")))
    never, lost = (Unknown(*each) for each in UNKNOWN)
    for seen in (
        replace(two, in_flight=POD_METRICS),
        replace(silent, in_flight=POD_METRICS),
        replace(silent, in_flight=never),
        replace(silent, unmatched_workers=UNMATCHED),
        silent,
        replace(two, in_flight=lost),
        observation(queue(9)),
    ):
        yield in_flight_known(InFlightSource.AUTO, seen, NOW)
    yield in_flight_known(InFlightSource.POD_METRICS, replace(silent, in_flight=never), NOW)
    yield in_flight_known(InFlightSource.NONE, two, NOW)
    yield workers_polling(two, NOW)
    idle = observation(replace(queue(9, name="order"), unpolled_since=NOW - 120), replicas=2, pods=pods(2))
    yield workers_polling(replace(idle, polled_instead=("orders/Activity",)), NOW)
    yield workers_polling(observation(queue(9)), NOW)
    unpolled = replace(queue(9), unpolled_since=NOW - 120)
    yield in_flight_known(InFlightSource.AUTO, replace(silent, pods=silent.pods[1:], task_queues=(unpolled,)), NOW)
    yield workers_polling(observation(replace(queue(0), trace=Trace(NOW - 11_000))), NOW, NOW - 11_000)
    unread = replace(queue(LOST), trace=Trace(NOW - 60))
    yield workers_polling(observation(unread, replicas=2, pods=pods(2)), NOW)


UNKNOWN = (
    (UnknownCause.NEVER_THERE, "None of 2 ready pods has sent worker heartbeats", TURN_ON_IN_SDK),
    (UnknownCause.LOST, "Temporal did not answer within 5 s", ""),
)
UNMATCHED = "2 workers poll under host names that no pod has: set the worker's identity to the pod's name."


def _slots() -> Iterator[ConditionUpdate]:
    """What is said of slots and of the variable that holds them."""
    pool = spec(taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", "slots": 7, "slotsEnvVar": "SLOTS"}]}])
    read = spec(taskQueues=[{"name": "orders", "tasks": [{"type": "Activity", "slotsEnvVar": "SLOTS"}]}])
    twelve = Container("worker", env(SLOTS="12"))
    for a_spec, seen, container in (
        (pool, deployment(), twelve),
        (pool, deployment(owner=Owner("Fleet", "main", "uid")), twelve),
        (pool, deployment(), Container("worker", env(SLOTS=None))),
        (pool, deployment(), Container("worker", env(SLOTS="7") * 2)),
        (read, deployment(), Container("worker")),
        (read, deployment(), Container("worker", env(SLOTS="many"))),
    ):
        problem = plan_slots(a_spec, target(replace(seen, containers=(container,))), fixed_slots(a_spec)).problem
        assert problem
        yield problem
    seen = deployment(Container("worker", env(SLOTS="7")))
    plan = plan_slots(pool, target(seen), fixed_slots(pool))
    for slots in (7, 10):
        yield slots_effective(plan, observation(queue(slots=slots)), rolling_out=False)


def _readable() -> Iterator[ConditionUpdate]:
    yield objects_readable(("pod worker-1 (status.phase)",))
    yield objects_readable((), _refused_watch())
    yield objects_readable(())


def _refused_watch() -> str:
    """What a cache says whose permission was taken away."""
    why = _forbidden("watch pods of all namespaces", 'watch resource "pods" in API group "" at the cluster scope')
    return f"The cache of pods of all namespaces has not been up to date for 12 s: {why}"


def _forbidden(action: str, what: str) -> ClusterError:
    """What the API server answers without a permission."""
    account = "system:serviceaccount:temporal-worker-pools:temporal-worker-pools"
    return from_answer(action, 403, json.dumps({"message": f'forbidden: User "{account}" cannot {what}'}))


def _stalled() -> Iterator[ConditionUpdate]:
    """Of a pool without its Deployment: at first, and after a while."""
    gone = find_target("shop", spec(), None, {})
    assert isinstance(gone, ConditionUpdate)
    missing = Report((gone,), gone, is_failure=True)
    for seconds in (0, STALLED_SECONDS):
        (ready,) = (c for c in conditions_after(pool_of_shop(), missing, (), NOW - seconds) if c.type == "Ready")
        yield stalled(summarize(missing, {}, NOW), missing, ready, NOW)


def events() -> Iterator[Event]:
    """An Event of each reason that is no transition of a condition."""
    for decision in (run.decision for run in built() if run.decision.scales):
        change = decision.current_replicas, decision.desired_replicas
        yield rescaled(ScaleAction(NOON, *change, decision.deciding_step.reason, decision.explanation))
    recommendation = recommended(_rescaled().decision, None)
    assert recommendation
    yield recommendation
    raised = next(run.decision for run in built() if run.decision.slots)
    yield from slots_written(SlotPlan(written="SLOTS=15"), raised)
    patch = 'patch resource "temporalworkerpools/status" in API group "workerpools.dev" in the namespace "shop"'
    yield status_refused(_forbidden("write the status of TemporalWorkerPool shop/orders", patch))
    yield _left_out()
    for run in by_hand():
        yield from scaled_by_other(pool_of_shop(), _result(run))
    for seconds in (3600, 30 * 86_400):
        asked = Overrides(pause=Pause(NOW + seconds, "migration", "jo"))
        busy = observation(queue(statistics(24, age_seconds=95)), replicas=2, pods=pods(2, used=10))
        run = decided(spec(objective={"scheduleToStartSeconds": 15}), busy, Memory(), asked)
        yield from override_warnings(pool_of_shop(), _result(run), Warned(), None)[1]


def _left_out() -> Event:
    """The Event of those that the rate did not admit."""
    slots, rate = event_of(EventReason.SUCCESSFUL_UPDATE_SLOTS, ""), EventRate()
    rate, _ = rate.admit([slots] * (BURST + 7), NOON)
    _, (event,) = rate.admit((), NOON + SUMMARY_SECONDS)
    return event


@cache
def sentences() -> dict[tuple[ConditionType, str], str]:
    """Of each condition type and reason the first sentence."""
    said: dict[tuple[ConditionType, str], str] = {}
    for update in _all_updates():
        said.setdefault((update.reason.condition, str(update.reason)), update.message)
    return said
