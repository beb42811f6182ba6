"""Scenes whose decisions give every step reason: simulated scenarios, and accidents that are built.

Each is a real run of the rules. What comes first gives the sentence that docs/messages.md shows for a reason.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple

from typing_extensions import override

from controller.api.overrides import NO_OVERRIDES, FixedReplicas, LeastReplicas, Overrides, Pause
from controller.api.spec import TemporalWorkerPoolSpec
from controller.cluster.scalers import HPA, Scaler
from controller.scaling.clock_step import shifted
from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import Memory, PastNeed, Recommendation, ScaleAction
from controller.scaling.memory_codec import VERSION, from_status
from controller.scaling.observation import (
    Blocker,
    ExternalScale,
    Observation,
    Rollout,
    SlotVariables,
    Unknown,
    UnknownCause,
    Usage,
)
from controller.scaling.reasons import Rule, StepReason
from controller.simulator.policy import SimulatedObservation, TemporalWorkerPools
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate
from controller.temporal.client import ConnectionIdentity
from controller.temporal.errors import Attempt, classify
from tests.operator.inputs.test_contention import aged, contenders
from tests.scaling import test_slot_tuning as tuning
from tests.scaling.builders import NOW, behavior, idle_for, observation, pod, pods, queue, report, spec, statistics
from tests.scaling.rules.test_keep_time import remembering

NOON: Final = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
"""When all scenes take place."""

ATTEMPT = Attempt(ConnectionIdentity("temporal:7233"), "shop", "read the backlog of `orders` (Activity)")
UNREAD = Unknown(UnknownCause.LOST, classify(TimeoutError(), ATTEMPT).message)
NO_REPORTS = Unknown(UnknownCause.NEVER_THERE, "No worker sends heartbeats")
(OTHER_SCALER,) = contenders(aged("orders"), scalers=(Scaler("prod", "worker", HPA, "Deployment", "worker"),))


class Run(NamedTuple):
    """One run of the rules."""

    situation: Situation
    decision: Decision


def decided(
    pool: TemporalWorkerPoolSpec, seen: Observation, memory: Memory, overrides: Overrides = NO_OVERRIDES
) -> Run:
    """What is decided at noon on what was built for `NOW`."""
    later = NOON - NOW
    situation = Situation(pool, shifted(seen, later), shifted(memory, later), NOON, overrides=shifted(overrides, later))
    return Run(situation, decide(pool, situation.observation, situation.memory, NOON, situation.overrides))


@cache
def built() -> tuple[Run, ...]:
    """All built scenes."""
    return (
        *_backlog_per_replica(),
        *_accidents(),
        *_speed(),
        *_people_and_scalers(),
        *_bounds(),
        *_way_down(),
        *_slots(),
    )


def decisions() -> Iterator[Decision]:
    """Those of all scenes."""
    yield from (run.decision for run in built())
    for scenario, reasons in SIMULATED.items():
        yield from _simulated(scenario, reasons)
    yield from (run.decision for run in by_hand())


SIMULATED: Final = {
    "burst": frozenset({StepReason.BACKLOG_GONE, StepReason.BACKLOG_LATE, StepReason.IDLE}),
    "rate-limited": frozenset({StepReason.LIMIT_KNOWN, StepReason.BOTTLENECK_ELSEWHERE, StepReason.ARRIVALS_LIMITED}),
    "rate-limited-told": frozenset({StepReason.RATE_LIMITED}),
    "outage": frozenset({StepReason.READINGS_BACK}),
    "poller-limited": frozenset({StepReason.EXPERIMENT, StepReason.POLLER_LIMITED}),
    "day-curve": frozenset({StepReason.ARRIVALS_CLIPPED, StepReason.BACKLOG_PASSING}),
}
"""Scenarios, each played until its decisions have given all these reasons."""


def _backlog_per_replica() -> Iterator[Run]:
    started = Memory(start_up=StartUp(mean_seconds=20, count=5), revision="6")
    yield decided(spec(), observation(queue(24), replicas=2, pods=pods(2, used=8)), started)
    yield decided(spec(), observation(queue(11), replicas=2, pods=pods(2, used=8)), started)
    yield decided(spec(objective={"backlogPerReplica": 5, "activationBacklog": 10}), observation(queue(4)), started)
    yield decided(spec(), observation(replicas=3, pods=(*pods(2, used=8), pod(name="worker-2"))), started)
    yield decided(spec(), observation(queue(24)), started)


def _accidents() -> Iterator[Run]:
    two, memory, steady = pods(2, used=9), Memory(past_needs=()), spec(maxReplicas=10)
    yield decided(steady, observation(queue(24), replicas=2, pods=two), replace(memory, forgotten=FORGOTTEN))
    yield decided(steady, observation(queue(UNREAD), queue(4, name="bills"), replicas=2, pods=two), memory)
    fallback = {"afterSeconds": 180, "behavior": "ReplicasIfHigher", "replicas": 5}
    blind = Memory(blind_since=NOW - 190)
    yield decided(spec(), observation(queue(UNREAD), replicas=2, pods=two), Memory(blind_since=NOW - 45))
    yield decided(spec(fallback=fallback), observation(queue(UNREAD), replicas=2, pods=two), blind)
    silent = observation(
        queue(10), replicas=4, pods=tuple(pod(name=f"worker-{i}") for i in range(4)), in_flight=NO_REPORTS
    )
    for unneeded_since in (NOW - 120, NOW - 300):
        yield decided(spec(behavior=FREE), silent, Memory(unneeded_since=unneeded_since, busy_at=NOW))
    unpolled = replace(queue(40), unpolled_since=NOW - 120)
    yield decided(spec(), observation(unpolled, replicas=2, pods=pods(2)), memory)
    for blocker in (NO_NODE, NO_IMAGE):
        stuck = replace(pod(name="worker-2", ready_since=None), blocker=blocker, is_stopped=True)
        yield decided(spec(), observation(queue(40), replicas=3, pods=(*two, stuck)), memory)
    yield decided(spec(), replace(observation(queue(40), replicas=3, pods=two), creation_failure=QUOTA), memory)
    rolling = observation(replicas=4, pods=pods(4, used=1))
    for rollout in (Rollout.RUNNING, Rollout.STUCK):
        yield decided(spec(behavior=FREE), replace(rolling, rollout=rollout, revision="7"), memory)
    learned = Memory(start_up=StartUp(mean_seconds=20, count=5), revision="6")
    yield decided(spec(), replace(rolling, revision="7"), learned)


FREE = {"scaleDown": {"stabilizationWindowSeconds": 0}}
FORGOTTEN = from_status({"version": VERSION, "queues": {"orders/Activity": "many"}}).forgotten
NO_NODE = Blocker("Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.", NOW - 700)
NO_IMAGE = Blocker("ImagePullBackOff", 'Back-off pulling image "registry.example/worker:7"')
QUOTA = 'pods "worker-7d9c-x" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2'


def _speed() -> Iterator[Run]:
    """What `behavior` and its windows hold back."""
    three, earlier = pods(3, used=2), Memory(recommendations=(Recommendation(NOW - 20, 2),))
    windows = {"scaleUp": {"stabilizationWindowSeconds": 60}}
    yield decided(spec(behavior=windows), observation(queue(75), replicas=1, pods=pods(1, used=9)), earlier)
    earlier = Memory(recommendations=(Recommendation(NOW - 20, 5),))
    yield decided(spec(), observation(replicas=5, pods=pods(5)), earlier)
    one = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}], "stabilizationWindowSeconds": 0}
    for direction, backlog in (("scaleUp", 40), ("scaleDown", 0)):
        limited = spec(behavior=behavior(**{direction: one}))
        yield decided(limited, observation(queue(backlog), replicas=3, pods=three), Memory())


def _way_down() -> Iterator[Run]:
    """What keeps replicas for a while, and which of them go."""
    start_up = StartUp(mean_seconds=14, count=20)
    deadline = spec(objective={"scheduleToStartSeconds": 10}, taskDurationSeconds={"typical": 4, "max": 20})
    yield decided(deadline, observation(queue(24)), Memory(start_up=start_up, past_needs=(PastNeed(NOW - 14, 0, 0),)))
    needed = Memory(start_up=start_up, past_needs=(PastNeed(NOW - 14, 7, 0),), busy_at=NOW)
    yield decided(deadline, observation(replicas=7, pods=pods(7)), needed)
    over = replace(needed, past_needs=(PastNeed(NOW - 25, 7, 0),))
    steady = queue(statistics(add_rate=2, dispatch_rate=2))
    yield decided(deadline, observation(steady, replicas=4, pods=pods(4, used=3)), over)
    waits = queue(statistics(80, age_seconds=6))
    yield decided(deadline, observation(waits, replicas=20, pods=pods(20, used=10)), over)
    yield decided(deadline, observation(replicas=6, pods=pods(6)), replace(remembering(320, 300), start_up=start_up))
    yield decided(spec(behavior=FREE, scaleToZero={"idleSeconds": 20}), ONE_IDLE, idle_for(35))
    yield decided(spec(behavior=FREE, scaleToZero={"idleSeconds": 20}), ONE_IDLE, idle_for(12))
    three = (pod(report(1), name="worker-0"), *(pod(report(), name=f"worker-{i}") for i in (1, 2)))
    strict = spec(behavior=FREE, disruption="IdleOnly")
    yield decided(
        strict, replace(observation(replicas=3, pods=three), can_set_deletion_costs=True), Memory(busy_at=NOW)
    )


ONE_IDLE = observation(replicas=1, pods=pods(1))


def _people_and_scalers() -> Iterator[Run]:
    seen = observation(queue(24), replicas=2, pods=pods(2, used=9))
    fixed = Overrides(fixed=FixedReplicas(8, NOW + 3600, by="jo", reason="flash sale"))
    yield decided(spec(), seen, Memory(), fixed)
    yield decided(spec(), seen, Memory(), Overrides(pause=Pause(NOW + 3600)))
    asleep = Overrides(least=LeastReplicas(2, NOW + 3600, by="jo", reason="demo at noon"))
    yield decided(spec(), observation(), idle_for(400), asleep)
    yield decided(spec(), replace(seen, contenders=(OTHER_SCALER,)), Memory())
    yield decided(spec(), replace(seen, external_scale=ExternalScale(6, "argocd-controller")), Memory())
    fight = [(-40, 2, 5, None), (-30, 5, 2, "argocd-controller"), (-20, 2, 5, None), (-18, 5, 2, "argocd-controller")]
    fight += [(-12, 2, 5, None), (-10, 5, 2, "argocd-controller")]
    actions = tuple(ScaleAction(NOW + at, before, after, "", "", by) for at, before, after, by in fight)
    yield decided(spec(), seen, Memory(scale_actions=actions))


def by_hand() -> Iterator[Run]:
    """A person scales up, and scales down while tasks are late."""
    up, down = (ExternalScale(before, "kubectl-scale", ManagerKind.PERSON) for before in (2, 6))
    seven = replace(observation(queue(), replicas=7, pods=pods(7)), external_scale=up)
    waiting = queue(statistics(24, age_seconds=32))
    one = replace(observation(waiting, replicas=1, pods=pods(1, used=10)), external_scale=down)
    remembered = Memory(past_needs=(PastNeed(NOW - 30, 0, 0),), busy_at=NOW - 60)
    for seen in (seven, one):
        yield decided(spec(objective={"scheduleToStartSeconds": 15}), seen, remembered)


def _bounds() -> Iterator[Run]:
    one = observation(replicas=1, pods=pods(1))
    yield decided(spec(minReplicas=2), one, idle_for(400))
    office = {"cron": "0 8 * * 1-5", "timeZone": "Europe/Berlin", "durationSeconds": 36000, "minReplicas": 4}
    yield decided(spec(schedules=[office]), one, idle_for(400))
    yield decided(spec(schedules=[office | {"cron": "61 8 * * *"}]), one, idle_for(400))
    yield decided(spec(maxReplicas=10), observation(queue(150), replicas=10, pods=pods(10, used=10)), Memory())


def _slots() -> Iterator[Run]:
    long_ago = tuning.remembered()
    saturated = tuning.seen(statistics(), pods=tuning.replicas(2, Usage(0.95, 0.3)))
    for seen, memory in (
        (tuning.seen(statistics(), pods=tuning.replicas(2, used=2)), long_ago),
        (tuning.seen(pods=tuning.replicas(2, used=8)), long_ago),
        (tuning.seen(), Memory()),
        (tuning.seen(), tuning.remembered(changed_at=NOW - 60)),
        (tuning.seen(value=40), tuning.remembered(value=40)),
        (tuning.seen(), long_ago),
        (replace(saturated, slot_variables=FREE_MOMENT), long_ago),
        (tuning.seen(statistics(), pods=tuning.replicas(2, used=0)), tuning.remembered(chosen=15)),
        (replace(tuning.seen(), slot_variables=SlotVariables({"SLOTS": 10}, refused={"SLOTS": VALUE_FROM})), long_ago),
    ):
        yield decided(tuning.tuned(), seen, memory)


FREE_MOMENT = SlotVariables({"SLOTS": 10}, is_free_moment=True)
VALUE_FROM = "the variable takes its value from ConfigMap fleet"


class _EnoughError(Exception):
    """Everything that a scenario is played for was seen."""


class _Noted(TemporalWorkerPools):
    """The policy of this project, which notes its decisions until all of some reasons were given."""

    made: list[Decision]
    missing: set[StepReason]

    @override
    def decide(self, observation: SimulatedObservation, now: float) -> Decision:
        decision = super().decide(observation, now)
        self.made.append(decision)
        self.missing -= {step.reason for step in decision.steps}
        if not self.missing:
            raise _EnoughError
        return decision


def _simulated(name: str, reasons: Iterable[StepReason]) -> list[Decision]:
    scenario = SCENARIOS[name]
    policy = _Noted.of(scenario)
    policy.made, policy.missing = [], set(reasons)
    with suppress(_EnoughError):
        simulate(scenario, policy, "ours")
    return policy.made


@cache
def sentences() -> dict[StepReason, tuple[Rule, str]]:
    """Of each reason its rule and its first sentence."""
    found: dict[StepReason, tuple[Rule, str]] = {}
    for decision in decisions():
        for step in decision.steps:
            found.setdefault(step.reason, (step.rule, step.message))
    return found
