"""Passes of a pool under a simulated load, reported as the operator does: what the page is tested and measured with."""

from functools import cache
from typing import Any

from typing_extensions import override

from controller.api.spec import ObjectMeta
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.passes import PassResult
from controller.operator.pool import Pool
from controller.operator.report.events import rescaled, transitions
from controller.operator.report.explain import explain
from controller.operator.report.reporter import Reported, Reporter
from controller.page.pass_record import Decided, PassRecord, PoolEvent
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import ScaleAction
from controller.scaling.objective.attainment import Attainment
from controller.simulator.policy import SimulatedObservation, TemporalWorkerPools
from controller.simulator.pool import pool_spec
from controller.simulator.scenarios import SCENARIOS
from controller.simulator.simulation import simulate
from controller.temporal.reader import TemporalReading
from tests.operator import builders

BEGAN_AT = 1_767_225_600.0
"""When simulated loads begin, in seconds since the Unix epoch."""


class _Reporting(TemporalWorkerPools):
    """The policy of this project, whose passes are reported."""

    def __init__(self, pool: Pool, poll_seconds: float, began_at: float) -> None:
        assert not isinstance(pool.spec, str)
        super().__init__(pool.spec, poll_seconds)
        self.records: list[PassRecord] = []
        self._pool, self._began_at = pool, began_at
        self._status = TemporalWorkerPoolStatus()
        self._attainment = Attainment()

    @override
    def decide(self, observation: SimulatedObservation, now: float) -> Decision:
        memory = self._memory
        decision = super().decide(observation, now)
        situation = Situation(self._spec, observation, memory, now)
        action = None
        if decision.scales:
            step = decision.deciding_step
            action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, step.message)
        self._report(situation, decision, action)
        return decision

    def _report(self, situation: Situation, decision: Decision, action: ScaleAction | None) -> None:
        ready = len(situation.observation.ready_pods)
        deployment = builders.deployment(replicas=decision.desired_replicas, ready_replicas=ready)
        result = PassResult(situation, decision, deployment, action=action)
        objective = self._spec.objective.schedule_to_start_seconds or 0
        self._attainment, _ = self._attainment.observe(situation.observation, decision.memory.queues, objective)
        inputs = builders.inputs((), {}, TemporalReading({}, (), None), spec=self._spec)
        report = explain(inputs, result, self._attainment, self._status.conditions)
        before = self._status
        cluster: Any = None
        self._status = Reporter(cluster, lambda: self._began_at + situation.now).rendered(
            self._pool, Reported(before), report
        )
        self._keep(situation.now, Decided(situation, decision, action), before)

    def _keep(self, now: float, decided: Decided, before: TemporalWorkerPoolStatus) -> None:
        at = self._began_at + now
        events = [rescaled(decided.action)] if decided.action else []
        events += transitions(before.conditions, self._status.conditions)
        named = (PoolEvent(f"{at}-{i}", at, e.type, e.reason, e.note) for i, e in enumerate(events))
        record = PassRecord(
            namespace=self._pool.metadata.namespace,
            name=self._pool.metadata.name,
            uid=self._pool.metadata.uid,
            at=at,
            spec=self._spec,
            status=self._status,
            decided=decided,
            events=tuple(named),
        )
        self.records.append(record)


def records(
    scenario_name: str, name: str = "orders", *, namespace: str = "prod", began_at: float = BEGAN_AT
) -> list[PassRecord]:
    """The passes over a pool in a scenario of the simulator, one after the other."""
    scenario = SCENARIOS[scenario_name]
    pool = Pool(ObjectMeta(name=name, namespace=namespace, uid=name, generation=1), pool_spec(scenario))
    policy = _Reporting(pool, scenario.poll_seconds, began_at)
    simulate(scenario, policy, "this pool")
    return policy.records


@cache
def burst() -> tuple[PassRecord, ...]:
    """Bursts of tasks on a pool that scales to zero between them."""
    return tuple(records("real-bursts"))
