"""The Event of a scale by another one than the operator: what did it, what becomes of it, and how to keep it."""

from collections.abc import Iterator

from controller.api.event_reasons import EventReason
from controller.api.overrides import FixedReplicas, annotate, twp_override
from controller.cluster.events import Event
from controller.operator.passes import PassResult
from controller.operator.pool import Pool
from controller.operator.report.events import event_of, replica_facts
from controller.scaling.field_manager import ManagerKind
from controller.scaling.reasons import Rule

KEEP_SECONDS = 3600.0
"""How long the override of the commands lasts that an Event names."""


def scaled_by_other(pool: Pool, result: PassResult) -> Iterator[Event]:
    """The Event of an external scale, if this pass saw one.

    None where another scaler works on the Deployment, or sets the replicas back again and again: the condition says so,
    and an Event for each of its changes would say no more.
    """
    scale, decision = result.situation.observation.external_scale, result.decision
    if scale is None or decision.step(Rule.CONTENTION):
        return
    action = next(action for action in reversed(result.memory.scale_actions) if action.by)
    what = f"{scale.by} scaled {action.replicas_before} → {action.replicas_after}."
    then = next(filter(None, map(decision.step, (Rule.PAUSE, Rule.OVERRIDE, Rule.GRACE))), None)
    if then is not None:
        what = f"{what} {then.message}"
    if scale.kind == ManagerKind.PERSON and not decision.step(Rule.PAUSE):
        what = (
            f"{what} To keep {action.replicas_after}: {_commands(pool, action.replicas_after, result.situation.now)}."
        )
    yield event_of(EventReason.SCALED_BY_OTHER, what, replica_facts(action))


def _commands(pool: Pool, replicas: int, now: float) -> str:
    """How to keep a number by an override, with the plugin and with kubectl alone."""
    namespace, name = pool.key
    override = FixedReplicas(replicas, now + KEEP_SECONDS)
    with_plugin = twp_override(namespace, name, replicas, KEEP_SECONDS)
    return f"`{with_plugin}` or `{annotate(namespace, name, override)}`"
