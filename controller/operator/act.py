"""Carrying out a decision: slot variables first, then the ranks of the pods, then replicas.

What went wrong is a finding.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from controller.api.conditions import AbleToScale, SlotsEffective
from controller.api.worker_pool import Mode, TemporalWorkerPoolSpec
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError
from controller.cluster.objects import Deployment, EnvVar, Pod
from controller.cluster.pods import set_deletion_cost
from controller.cluster.scale import Scaled, get_deployment, set_replicas
from controller.cluster.slots import EnvConflict, apply_slots
from controller.operator.findings import Finding
from controller.operator.observe import move
from controller.operator.slots import SlotPlan, is_free_moment, plan_slots
from controller.operator.target import Target
from controller.scaling.decide import decide
from controller.scaling.decision import Decision, Situation
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.words import counted

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


def decide_on(situation: Situation) -> Decision:
    """Decides on all that was seen."""
    return decide(situation.spec, situation.observation, situation.memory, situation.now, situation.overrides)


async def write_slots(
    cluster: Cluster, spec: TemporalWorkerPoolSpec, target: Target, plan: SlotPlan, decision: Decision
) -> tuple[Target, SlotPlan]:
    """Writes the slot variables if they differ and the moment is free, or the decision finds a restart worth it.

    Else it only asks whether it could.

    Returns:
        Target and plan as they are afterwards.
    """
    if not plan.due:
        return target, plan
    is_time = decision.restarts or is_free_moment(target.deployment)
    dry_run = spec.mode == Mode.RECOMMEND or decision.hands_off is not None or not is_time
    try:
        result = await apply_slots(cluster, target.deployment, target.container.name, plan.wanted, dry_run=dry_run)
    except ClusterError as error:
        return target, replace(plan, finding=Finding(SlotsEffective.FAILED_UPDATE_SLOTS, str(error)))
    if isinstance(result, EnvConflict):
        return target, replace(plan, finding=Finding(SlotsEffective.SLOTS_CONFLICT, result.message))
    if dry_run:
        return target, plan
    written = _written(target, plan.wanted, result.resource_version)
    after = plan_slots(spec, written.deployment, written.container, decision.slots)
    return written, replace(after, written=plan.changes)


async def scale(
    cluster: Cluster, deployment: Deployment, situation: Situation, decision: Decision, pods: Iterable[Pod]
) -> Outcome:
    """Ranks the pods for the way down, and sets the replicas."""
    refused = await rank_pods(cluster, pods, decision.deletion_costs)
    outcome = await _set_replicas(cluster, deployment, situation, decision)
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


async def _set_replicas(cluster: Cluster, deployment: Deployment, situation: Situation, decision: Decision) -> Outcome:
    """Sets the replicas; where somebody else has set them meanwhile, it reads and decides anew.

    A decision that never gets through leaves the Deployment as it is and is tried again by the next pass.
    """
    for _ in range(MAX_TRIES):
        if not decision.scales:
            return Outcome(decision, decision.memory, deployment)
        try:
            result = await set_replicas(cluster, deployment, decision.desired_replicas)
            if isinstance(result, Scaled):
                return _scaled(decision, deployment, result, situation.now)
            fresh = await get_deployment(cluster, deployment.namespace, deployment.name)
        except ClusterError as error:
            return Outcome(decision, decision.memory, deployment, failure=_refused(error, decision))
        if fresh is None or fresh.uid != deployment.uid:
            return Outcome(decision, decision.memory, deployment, failure=_replaced(deployment))
        situation = replace(situation, observation=_moved(situation.observation, fresh))
        deployment = fresh
        decision = decide_on(situation)
    return Outcome(decision, decision.memory, deployment, failure=_contended(deployment))


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


def _scaled(decision: Decision, deployment: Deployment, result: Scaled, now: float) -> Outcome:
    step = decision.deciding_step
    action = ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, decision.explanation)
    after = replace(deployment, replicas=decision.desired_replicas, resource_version=result.resource_version)
    return Outcome(decision, decision.memory.record(action), after, action)


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
