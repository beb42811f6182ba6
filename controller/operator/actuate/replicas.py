"""Carrying out a decision: slot variables first, then the ranks of the pods, then replicas.

What went wrong is a finding.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from controller.api.condition_reasons import AbleToScale, SlotsEffective
from controller.api.spec import Mode
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ClusterUnavailableError, ForbiddenError, RejectedError
from controller.cluster.objects import Deployment, EnvVar, Pod
from controller.cluster.pods import set_deletion_cost
from controller.cluster.workload import EnvConflict, ScaleConflict, apply_slots, get_deployment, set_replicas
from controller.operator.actuate.scale_request import ScaleRequest
from controller.operator.actuate.slot_question import SlotQuestion
from controller.operator.actuate.slots import SlotPlan, is_free_moment, plan_slots
from controller.operator.findings import Finding
from controller.operator.inputs.observe import move
from controller.operator.inputs.target import Target
from controller.operator.pools import TrackedPool
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.text import counted

MAX_TRIES: Final = 3
"""How often a pass decides because somebody else sets the replicas at the same time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a decision."""

    decision: Decision
    memory: Memory
    deployment: Deployment
    """As it is after the change."""
    action: ScaleAction | None = None
    """The change that was made."""
    failure: Finding | None = None
    """Why a change that was wanted was not made."""
    situation: Situation | None = None
    """What the decision was made on, if that is not what the pass began with: somebody else came in between."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided for a Deployment as it was read."""

    deployment: Deployment
    situation: Situation
    decision: Decision

    def anew(self, fresh: Deployment, memory: Memory) -> "Decided":
        """What is decided now that somebody else set the replicas in the middle of the pass."""
        observation = _moved(self.situation.observation, fresh)
        situation = replace(self.situation, observation=observation, memory=memory)
        return Decided(fresh, situation, decide_on(situation))


def decide_on(situation: Situation) -> Decision:
    """Decides on all that was seen."""
    return decide(situation.spec, situation.observation, situation.memory, situation.now, situation.overrides)


async def write_slots(
    cluster: Cluster, tracked: TrackedPool, target: Target, plan: SlotPlan, decision: Decision
) -> tuple[Target, SlotPlan]:
    """Writes the slot variables if they differ and the moment is free, or the decision finds a restart worth it.

    Else it only asks whether it could, once for the same slots and the same Deployment; after a refusal ever later.

    Returns:
        Target and plan as they are afterwards.
    """
    spec = tracked.spec
    if isinstance(spec, str) or not plan.due:
        return target, plan
    is_time = decision.restarts or is_free_moment(target.deployment)
    dry_run = spec.mode == Mode.RECOMMEND or decision.suspended is not None or not is_time
    question = SlotQuestion.of(target, plan)
    asked = tracked.slots_asked if tracked.slots_asked == question else None
    if asked and asked.is_answered(_elapsed(), dry_run=dry_run):
        return target, asked.answered(plan)
    try:
        result = await apply_slots(cluster, target.deployment, target.container.name, plan.wanted, dry_run=dry_run)
    except (ForbiddenError, RejectedError) as error:
        tracked.slots_asked = question.refused(str(error), asked, _elapsed())
        return target, tracked.slots_asked.answered(plan)
    except ClusterError as error:
        return target, replace(plan, finding=Finding(SlotsEffective.FAILED_UPDATE_SLOTS, str(error)))
    if dry_run or isinstance(result, EnvConflict):
        tracked.slots_asked = replace(question, conflict=result.message if isinstance(result, EnvConflict) else None)
        return target, tracked.slots_asked.answered(plan)
    written = _written(target, plan.wanted, result.resource_version)
    after = plan_slots(spec, written.deployment, written.container, decision.slots)
    return written, replace(after, written=plan.changes)


async def scale(cluster: Cluster, tracked: TrackedPool, decided: Decided, pods: Iterable[Pod]) -> Outcome:
    """Ranks the pods for the way down, and sets the replicas; what happened is recorded on the pool at once."""
    refused = await rank_pods(cluster, pods, decided.decision.deletion_costs)
    outcome = await _set_replicas(cluster, tracked, decided)
    return replace(outcome, failure=outcome.failure or refused)


async def rank_pods(cluster: Cluster, pods: Iterable[Pod], deletion_costs: Mapping[str, int]) -> Finding | None:
    """Writes the deletion costs that were decided; what was refused is tried again by the next pass."""
    writes = (set_deletion_cost(cluster, pod, deletion_costs[pod.name]) for pod in pods if pod.name in deletion_costs)
    results = await asyncio.gather(*writes, return_exceptions=True)
    for result in results:
        if isinstance(result, ClusterError):
            return Finding(AbleToScale.FAILED_RANK_PODS, f"{result} {AbleToScale.FAILED_RANK_PODS.remedy}")
        if isinstance(result, BaseException):
            raise result
    return None


async def _set_replicas(cluster: Cluster, tracked: TrackedPool, decided: Decided) -> Outcome:
    """Sets the replicas; where somebody else has set them meanwhile, it reads and decides anew.

    A decision that never gets through leaves the Deployment as it is and is tried again by the next pass.
    """
    for _ in range(MAX_TRIES):
        deployment, decision = decided.deployment, decided.decision
        if not decision.scales:
            return Outcome(decision, decision.memory, deployment, situation=decided.situation)
        try:
            result = await _request(cluster, tracked, decided)
            if isinstance(result, Outcome):
                return result
            fresh = await get_deployment(cluster, deployment.namespace, deployment.name)
        except ClusterError as error:
            failure = _refused(error, decision)
            return Outcome(decision, decision.memory, deployment, failure=failure, situation=decided.situation)
        if fresh is None or fresh.uid != deployment.uid:
            failure = _replaced(deployment)
            return Outcome(decision, decision.memory, deployment, failure=failure, situation=decided.situation)
        tracked.settle(fresh)
        decided = decided.anew(fresh, tracked.memory)
    return Outcome(
        decided.decision, decided.decision.memory, decided.deployment, failure=_contended(decided.deployment)
    )


async def _request(cluster: Cluster, tracked: TrackedPool, decided: Decided) -> Outcome | ScaleConflict:
    """Asks once for the replicas that were decided; if no answer comes, the Deployment tells whether it happened."""
    deployment, decision = decided.deployment, decided.decision
    action = _action(decision, decided.situation.now)
    try:
        result = await set_replicas(cluster, deployment, decision.desired_replicas)
    except (ClusterUnavailableError, asyncio.CancelledError) as error:
        tracked.doubt(ScaleRequest(deployment.uid, action))
        if isinstance(error, asyncio.CancelledError) or not (fresh := await _happened(cluster, tracked, deployment)):
            raise
        return _scaled(tracked, decided, fresh, action)
    if isinstance(result, ScaleConflict):
        return result
    after = replace(deployment, replicas=decision.desired_replicas, resource_version=result.resource_version)
    return _scaled(tracked, decided, after, action)


async def _happened(cluster: Cluster, tracked: TrackedPool, deployment: Deployment) -> Deployment | None:
    """The Deployment, if it shows already that the last request without an answer happened; later passes look again."""
    with suppress(ClusterError):
        fresh = await get_deployment(cluster, deployment.namespace, deployment.name)
        if fresh is not None and tracked.unanswered[-1].happened(fresh):
            return fresh
    return None


def _scaled(tracked: TrackedPool, decided: Decided, after: Deployment, action: ScaleAction) -> Outcome:
    """The outcome of a change that happened, recorded on the pool."""
    tracked.memory, tracked.left = decided.decision.memory, after
    tracked.record(action)
    return Outcome(decided.decision, tracked.memory, after, action, situation=decided.situation)


def _elapsed() -> float:
    """Seconds of a clock that never steps."""
    return asyncio.get_running_loop().time()


def _written(target: Target, variables: Mapping[str, int], resource_version: str) -> Target:
    """The target once exactly these variables are the operator's own."""
    container = target.container
    given_up = {name for owner, name in target.deployment.applied_env if owner == container.name}
    kept = tuple(entry for entry in container.env if entry.name not in given_up | variables.keys())
    own = tuple(EnvVar(name, str(slots)) for name, slots in variables.items())
    deployment = replace(
        target.deployment,
        resource_version=resource_version,
        generation=target.deployment.generation + 1,
        template_generation=target.deployment.generation + 1,
        applied_env=frozenset((container.name, name) for name in variables),
    )
    return Target(deployment, replace(container, env=kept + own))


def _moved(observation: Observation, fresh: Deployment) -> Observation:
    """The observation once somebody else set the replicas in the middle of the pass."""
    before = observation.moved.replicas_before if observation.moved else observation.replicas
    return replace(observation, replicas=fresh.replicas, moved=move(before, fresh))


def _action(decision: Decision, now: float) -> ScaleAction:
    step = decision.deciding_step
    return ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, decision.explanation)


def _refused(error: ClusterError, decision: Decision) -> Finding:
    change = f"{decision.current_replicas} → {counted(decision.desired_replicas, 'replica')} was not possible"
    return Finding(AbleToScale.FAILED_UPDATE_SCALE, f"{change}: {error}")


def _replaced(deployment: Deployment) -> Finding:
    message = f"Deployment {deployment.name} was deleted or replaced meanwhile; the next pass looks again."
    return Finding(AbleToScale.FAILED_GET_SCALE, message)


def _contended(deployment: Deployment) -> Finding:
    message = (
        f"Replicas of Deployment {deployment.name} were set by somebody else during each of {MAX_TRIES} tries; "
        "the next pass tries again. See `kubectl get deployment -o yaml --show-managed-fields` for who it is."
    )
    return Finding(AbleToScale.FAILED_UPDATE_SCALE, message)
