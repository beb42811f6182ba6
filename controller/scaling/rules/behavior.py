"""How fast the number may change, with the fields and meaning of autoscaling/v2.

Formulas from the HPA controller (`stabilizeRecommendationWithBehaviors`, `calculateScaleUpLimitWithScalingRules` and
`calculateScaleDownLimitWithBehaviors` in kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go). One thing
is ours, because the HPA never scales from zero: no window and no policy keeps a pool with waiting tasks at zero.
"""

from dataclasses import dataclass, replace
from math import ceil, floor

from controller.api.spec import Behavior, ScalingPolicy, ScalingPolicyType, ScalingRules, SelectPolicy
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.keep_time import keep_time
from controller.scaling.text import counted, now_and_recommended

SCALE_UP_POLICIES = (
    ScalingPolicy(type=ScalingPolicyType.PODS, value=4, period_seconds=15),
    ScalingPolicy(type=ScalingPolicyType.PERCENT, value=100, period_seconds=15),
)
"""autoscaling/v2: the policies of an unset `scaleUp.policies`."""

SCALE_DOWN_POLICIES = (ScalingPolicy(type=ScalingPolicyType.PERCENT, value=100, period_seconds=15),)
"""autoscaling/v2: the policies of an unset `scaleDown.policies`."""

SCALE_DOWN_WINDOW_SECONDS = 300
"""autoscaling/v2: the stabilization window of an unset `scaleDown.stabilizationWindowSeconds`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The scaling rules of one direction with every default filled in."""

    window_seconds: int
    policies: tuple[ScalingPolicy, ...]
    select_policy: SelectPolicy


def scale_up_rules(rules: ScalingRules | None) -> Rules:
    """The rules for raising replicas, defaults of autoscaling/v2 filled in."""
    rules = rules or ScalingRules()
    window = rules.stabilization_window_seconds or 0
    return Rules(window, rules.policies or SCALE_UP_POLICIES, rules.select_policy or SelectPolicy.MAX)


def scale_down_rules(rules: ScalingRules | None) -> Rules:
    """The rules for lowering replicas, defaults of autoscaling/v2 filled in."""
    rules = rules or ScalingRules()
    window = rules.stabilization_window_seconds
    window = SCALE_DOWN_WINDOW_SECONDS if window is None else window
    return Rules(window, rules.policies or SCALE_DOWN_POLICIES, rules.select_policy or SelectPolicy.MAX)


def behavior(situation: Situation, proposal: Proposal) -> Proposal:
    """How fast the number may change: by `behavior` if it is set or the objective is KEDA's, else by keep time."""
    if situation.spec.behavior is None and situation.spec.objective.schedule_to_start_seconds is not None:
        return keep_time(situation, proposal)
    return behavior_of_hpa(situation, proposal)


def behavior_of_hpa(situation: Situation, proposal: Proposal) -> Proposal:
    """Stabilizes the number over the windows, then limits the change by the policies."""
    rules = situation.spec.behavior or Behavior()
    if situation.spec.objective.schedule_to_start_seconds is not None:
        proposal = _tolerate(situation, proposal, rules)
    up, down = scale_up_rules(rules.scale_up), scale_down_rules(rules.scale_down)
    proposal = _remember(situation, proposal, max(up.window_seconds, down.window_seconds))
    spoken = len(proposal.steps)
    proposal = _stabilize(situation, proposal, up, down)
    current = situation.observation.replicas
    if proposal.replicas > current:
        proposal = _limit_scale_up(situation, proposal, up)
    elif proposal.replicas < current:
        proposal = _limit_scale_down(situation, proposal, down)
    if len(proposal.steps) > spoken:
        return proposal
    return proposal.step(
        Rule.BEHAVIOR, StepReason.READY_FOR_NEW_SCALE, "No stabilization window or policy limits the change."
    )


def _tolerate(situation: Situation, proposal: Proposal, rules: Behavior) -> Proposal:
    """Leaves the replicas alone within a tolerance that is set; unlike with KEDA's formula there is no default."""
    current, recommended = situation.observation.replicas, proposal.replicas
    direction = rules.scale_up if recommended > current else rules.scale_down
    tolerance = direction.tolerance if direction else None
    if tolerance is None or current in {recommended, 0} or abs(recommended / current - 1) > tolerance:
        return proposal
    message = (
        f"Staying at {counted(current, 'replica')}: {recommended} recommended is within the tolerance of {tolerance:g}."
    )
    return proposal.step(Rule.BEHAVIOR, StepReason.WITHIN_TOLERANCE, message, current)


def _remember(situation: Situation, proposal: Proposal, keep_seconds: int) -> Proposal:
    """Adds the number to the recommendations; at the first pass the replicas that are there count as just needed."""
    memory = proposal.memory
    if not memory.recommendations:
        memory = memory.recommend(situation.now, situation.observation.replicas, keep_seconds)
    return replace(proposal, memory=memory.recommend(situation.now, proposal.replicas, keep_seconds))


def _stabilize(situation: Situation, proposal: Proposal, up: Rules, down: Rules) -> Proposal:
    current, recommended = situation.observation.replicas, proposal.replicas
    lowest = min(_recommended(situation, proposal, up.window_seconds))
    highest = max(_recommended(situation, proposal, down.window_seconds))
    if current == 0 and recommended > 0:
        lowest = max(lowest, 1)
    stable = min(max(current, lowest), highest)
    if stable == recommended:
        return proposal
    if recommended >= current:
        message = (
            f"scaleUp stabilization: {lowest} was the lowest recommendation of the last {up.window_seconds} s "
            f"(now {recommended})."
        )
        return proposal.step(Rule.BEHAVIOR, StepReason.SCALE_UP_STABILIZED, message, stable)
    message = (
        f"scaleDown stabilization: {highest} was the highest recommendation of the last {down.window_seconds} s "
        f"(now {recommended})."
    )
    return proposal.step(Rule.BEHAVIOR, StepReason.SCALE_DOWN_STABILIZED, message, stable)


def _recommended(situation: Situation, proposal: Proposal, window_seconds: int) -> list[int]:
    """What was recommended within a window, the number of this pass included."""
    since = situation.now - window_seconds
    return [proposal.replicas, *(r.replicas for r in proposal.memory.recommendations if r.at > since)]


def _limit_scale_up(situation: Situation, proposal: Proposal, rules: Rules) -> Proposal:
    current = situation.observation.replicas
    limit = current
    if rules.select_policy != SelectPolicy.DISABLED:
        choose = min if rules.select_policy == SelectPolicy.MIN else max
        limit = max(current, choose(_raised(p, _period_start(situation, p)) for p in rules.policies))
    if current == 0:
        limit = max(limit, 1)
    if proposal.replicas <= limit:
        return proposal
    figures = now_and_recommended(current, proposal.replicas)
    message = f"Limited to {counted(limit, 'replica')} by the scaleUp policies {figures}."
    return proposal.step(Rule.BEHAVIOR, StepReason.SCALE_UP_LIMIT, message, limit)


def _limit_scale_down(situation: Situation, proposal: Proposal, rules: Rules) -> Proposal:
    current = situation.observation.replicas
    limit = current
    if rules.select_policy != SelectPolicy.DISABLED:
        choose = max if rules.select_policy == SelectPolicy.MIN else min
        limit = min(current, choose(_lowered(p, _period_start(situation, p)) for p in rules.policies))
    if proposal.replicas >= limit:
        return proposal
    figures = now_and_recommended(current, proposal.replicas)
    message = f"Limited to {counted(limit, 'replica')} by the scaleDown policies {figures}."
    return proposal.step(Rule.BEHAVIOR, StepReason.SCALE_DOWN_LIMIT, message, limit)


def _period_start(situation: Situation, policy: ScalingPolicy) -> int:
    """Replicas at the start of the policy's period: those of now without the changes made since."""
    since = situation.now - policy.period_seconds
    return situation.observation.replicas - sum(
        a.change for a in situation.memory.scale_actions if a.at > since and not a.by
    )


def _raised(policy: ScalingPolicy, start: int) -> int:
    if policy.type == ScalingPolicyType.PODS:
        return start + policy.value
    return ceil(start * (100 + policy.value) / 100)


def _lowered(policy: ScalingPolicy, start: int) -> int:
    if policy.type == ScalingPolicyType.PODS:
        return start - policy.value
    return floor(start * (100 - policy.value) / 100)
