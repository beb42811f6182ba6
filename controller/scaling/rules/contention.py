"""Contention: another scaler on the Deployment, or a field manager that sets the replicas back again and again.

Two that set one number only undo each other's work. The operator backs off where another scaler is found, and for a
while where its own changes were reversed three times within five minutes; then it tries again.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Final

from controller.api.model import written
from controller.api.spec import Mode
from controller.scaling.by_hand import SetByHand, remember
from controller.scaling.decision import Proposal, Situation
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import ScaleAction
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import now_and_recommended

CONTENTION_REVERSALS: Final = 3
CONTENTION_SECONDS: Final = 300.0
"""So many reversals within this time are no coincidence."""

HAND_WEIGHT: Final = 0.5
"""What a reversal by a person counts, who may try out several numbers: grace keeps each, unless tasks run late."""

FIRST_BACK_OFF_SECONDS: Final = 300.0
LONGEST_BACK_OFF_SECONDS: Final = 3600.0
"""Bounds of the time for which the operator backs off; it doubles with each try that is reversed."""


def external_scale(situation: Situation, proposal: Proposal) -> Proposal:
    """Records a change of the replicas that is not the operator's; the decision goes on from it."""
    scale = situation.observation.external_scale
    if scale is None:
        return proposal
    after = situation.observation.replicas
    message = f"{scale.by} scaled {scale.replicas_before} → {after}; the decision goes on from {after}."
    action = ScaleAction(situation.now, scale.replicas_before, after, StepReason.SCALED_BY_OTHER, message, by=scale.by)
    memory = proposal.memory.record(action)
    if scale.kind == ManagerKind.PERSON:
        setting = SetByHand(situation.now, after, scale.by)
        memory = replace(memory, by_hand=remember(memory.by_hand, setting))
    return replace(proposal, memory=memory).step(Rule.OTHERS, StepReason.SCALED_BY_OTHER, message)


def contested(situation: Situation, proposal: Proposal) -> Proposal:
    """Leaves the replicas to the other scaler; where only recommendations are made, that is no conflict."""
    if situation.spec.mode == Mode.RECOMMEND:
        return proposal
    current = situation.observation.replicas
    figures = now_and_recommended(current, proposal.replicas)
    if contenders := situation.observation.contenders:
        named = " ".join(contenders)
        message = f"Not scaling {figures}: {named}"
        return replace(proposal, suspended=message).step(Rule.CONTENTION, StepReason.CONTESTED, message, current)
    reversals = tuple(_reversals(proposal.memory.scale_actions))
    by_hand = {round(setting.at) for setting in proposal.memory.by_hand}
    until = backs_off_until((action.at for action in reversals), by_hand)
    if until <= situation.now:
        return proposal
    message = f"Not scaling until {written(until)} {figures}: {_reversed(reversals)}"
    return replace(proposal, suspended=message).step(Rule.CONTENTION, StepReason.REVERSED, message, current)


def backs_off_until(reversals: Iterable[float], by_hand: Container[int] = ()) -> float:
    """When the operator tries again after changes of its own were reversed; in the past: it need not back off.

    Worked out from the reversals alone, so that a restart forgets nothing that status has.

    Args:
        reversals: When each was made, oldest first, in seconds since the Unix epoch.
        by_hand: Those of them, to the second, that a person made: they count half.
    """
    until, pause_seconds, recent = float("-inf"), 0.0, list[float]()
    for at in reversals:
        recent = [*(each for each in recent if at - each < CONTENTION_SECONDS), at]
        weight = sum(HAND_WEIGHT if round(each) in by_hand else 1.0 for each in recent)
        tried_again = at - until < CONTENTION_SECONDS
        if tried_again:
            pause_seconds = min(2 * pause_seconds, LONGEST_BACK_OFF_SECONDS)
        elif weight >= CONTENTION_REVERSALS:
            pause_seconds = FIRST_BACK_OFF_SECONDS
        else:
            continue
        until = at + pause_seconds
    return until


def _reversals(actions: Iterable[ScaleAction]) -> Iterable[ScaleAction]:
    """External changes that follow one of the operator's and go the other way."""
    before: ScaleAction | None = None
    for action in actions:
        if before and action.by and not before.by and action.change * before.change < 0:
            yield action
        before = action


def _reversed(reversals: tuple[ScaleAction, ...]) -> str:
    last = reversals[-1]
    recent = sum(last.at - each.at < CONTENTION_SECONDS for each in reversals)
    times = f"{recent} times within {CONTENTION_SECONDS:.0f} s, last" if recent > 1 else "again,"
    change = f"{last.replicas_before} → {last.replicas_after}"
    return f"{last.by} set the replicas back {times} {change} at {written(last.at)}."
