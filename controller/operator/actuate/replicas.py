"""Setting the replicas that were decided on. What others set meanwhile is decided on anew; a failure is reported."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

from controller.api.condition_reasons import AbleToScale
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ClusterUnavailableError
from controller.cluster.objects import Deployment
from controller.cluster.workload import ScaleConflict, get_deployment, set_replicas
from controller.operator.actuate.journal import Journal, ScaleRequest
from controller.operator.external_scale import external_scale
from controller.operator.passes import ConditionUpdate, PassResult
from controller.scaling.decision import Decision
from controller.scaling.memory import ScaleAction
from controller.scaling.text import counted

MAX_TRIES: Final = 3
"""How often a pass decides because others set the replicas at the same time."""


async def scale(cluster: Cluster, journal: Journal, result: PassResult) -> PassResult:
    """Sets the replicas; where others have set them meanwhile, it reads and decides anew.

    A decision that never gets through leaves the Deployment as it is; the next pass decides again.

    Args:
        cluster: Where the Deployment is.
        journal: What happens is noted in it at once.
        result: What was decided.
    """
    for _ in range(MAX_TRIES):
        if not result.decision.scales:
            return result
        try:
            answer = await _request(cluster, journal, result)
            if isinstance(answer, PassResult):
                return answer
            fresh = await get_deployment(cluster, result.deployment.namespace, result.deployment.name)
        except ClusterError as error:
            return result.failed(_refused(error, result.decision))
        if fresh is None or fresh.uid != result.deployment.uid:
            return result.failed(_replaced(result.deployment))
        result = _decide_anew(journal, result, fresh, is_ours=journal.settle(fresh))
    return result.failed(_contended(result.deployment))


def _decide_anew(journal: Journal, result: PassResult, fresh: Deployment, *, is_ours: bool) -> PassResult:
    """What is decided now that the replicas were set in the middle of the pass, by others or by a late request."""
    observation = result.situation.observation
    before = observation.external_scale.replicas_before if observation.external_scale else observation.replicas
    external = None if is_ours else external_scale(before, fresh)
    observation = replace(observation, replicas=fresh.replicas, external_scale=external)
    anew = PassResult.of(replace(result.situation, observation=observation, memory=journal.memory), fresh)
    return replace(anew, slots=result.slots)


async def _request(cluster: Cluster, journal: Journal, result: PassResult) -> PassResult | ScaleConflict:
    """Asks once for the replicas that were decided; without an answer, the Deployment shows whether it happened."""
    deployment, decision = result.deployment, result.decision
    action = _action(decision, result.situation.now)
    try:
        answer = await set_replicas(cluster, deployment, decision.desired_replicas)
    except (ClusterUnavailableError, asyncio.CancelledError) as error:
        request = ScaleRequest(deployment.uid, action, was_unowned=deployment.replicas_manager is None)
        journal.note_unanswered(request)
        if isinstance(error, asyncio.CancelledError) or not (fresh := await _happened(cluster, request, deployment)):
            raise
        return _scaled(journal, result, fresh, action)
    if isinstance(answer, ScaleConflict):
        return answer
    after = replace(deployment, replicas=decision.desired_replicas, resource_version=answer.resource_version)
    return _scaled(journal, result, after, action)


async def _happened(cluster: Cluster, request: ScaleRequest, deployment: Deployment) -> Deployment | None:
    """The Deployment, if it shows already that a request without an answer happened; later passes read it again."""
    with suppress(ClusterError):
        fresh = await get_deployment(cluster, deployment.namespace, deployment.name)
        if fresh is not None and request.happened(fresh):
            return fresh
    return None


def _scaled(journal: Journal, result: PassResult, after: Deployment, action: ScaleAction) -> PassResult:
    """The result of a change that happened, noted in the journal."""
    journal.memory = result.decision.memory
    journal.note_applied(after)
    journal.note_scaled(action)
    return replace(result, deployment=after, action=action)


def _action(decision: Decision, now: float) -> ScaleAction:
    step = decision.deciding_step
    return ScaleAction(now, decision.current_replicas, decision.desired_replicas, step.reason, decision.explanation)


def _refused(error: ClusterError, decision: Decision) -> ConditionUpdate:
    change = f"Could not scale {decision.current_replicas} → {counted(decision.desired_replicas, 'replica')}"
    return ConditionUpdate(AbleToScale.FAILED_UPDATE_SCALE, f"{change}: {error}")


def _replaced(deployment: Deployment) -> ConditionUpdate:
    message = (
        f"Deployment {deployment.name} was deleted or replaced during this reconcile. The next one reads it again."
    )
    return ConditionUpdate(AbleToScale.FAILED_GET_SCALE, message)


def _contended(deployment: Deployment) -> ConditionUpdate:
    message = (
        f"Replicas of Deployment {deployment.name} were set by another field manager during each of {MAX_TRIES} tries; "
        f"the next reconcile tries again. `kubectl get deployment {deployment.name} -o yaml --show-managed-fields` "
        "names the manager."
    )
    return ConditionUpdate(AbleToScale.FAILED_UPDATE_SCALE, message)
