"""Grace: what a person set stays for a while, so that it is not undone before its author has looked.

Never fewer replicas than were set for `GRACE_SECONDS`, and no more either until tasks run late: a task that waits for
longer than the objective always gets its replicas, as does one whose waiting time is unknown. An objective without a
time can't be late, so it raises the number at once. `minReplicas` and `maxReplicas` hold as ever; to leave them, or to
keep a number for longer, there is the annotation `workerpools.dev/override`. A manifest that sets the replicas gets no
grace: where that happens again and again, it is contention.
"""

from dataclasses import replace
from typing import Final

from controller.api.model import written
from controller.api.spec import Mode, TemporalWorkerPoolSpec
from controller.scaling.by_hand import SetByHand, often
from controller.scaling.decision import Proposal, Situation
from controller.scaling.objective.lateness import latest_task
from controller.scaling.observation import Unknown
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import brief, counted

GRACE_SECONDS: Final = 300.0
"""Time enough to see what a change does, or to say by an override that it shall stay."""


def grace(situation: Situation, proposal: Proposal) -> Proposal:
    """Keeps the number that a person set a short while ago."""
    setting = setting_in_grace(situation)
    if setting is None:
        return proposal
    proposal = replace(proposal, kept_until=setting.at + GRACE_SECONDS)
    current, recommended = situation.observation.replicas, proposal.replicas
    kept, untouched = min(setting.replicas, situation.spec.max_replicas), current == setting.replicas
    if untouched and recommended > current and (why := _must_rise(situation, recommended)):
        message = f"Not kept at {counted(current, 'replica')}, {_author(setting)}: {why}."
        return proposal.step(Rule.GRACE, StepReason.TASKS_LATE, message)
    replicas = max(kept, situation.min_replicas if untouched else recommended)
    if replicas == recommended != kept:
        return proposal
    return proposal.step(Rule.GRACE, StepReason.KEPT_AS_SET, _kept(situation, setting, replicas, recommended), replicas)


def setting_in_grace(situation: Situation) -> SetByHand | None:
    """What a person set within `GRACE_SECONDS`.

    `None` also where another one lowered the replicas since, and where an annotation, another scaler or the mode says
    what counts.
    """
    overrides, setting = situation.overrides, next(reversed(situation.memory.by_hand), None)
    if setting is None or not 0 <= situation.now - setting.at < GRACE_SECONDS:
        return None
    if overrides.pause or overrides.fixed or situation.observation.contenders or situation.spec.mode == Mode.RECOMMEND:
        return None
    return setting if situation.observation.replicas >= min(setting.replicas, situation.spec.max_replicas) else None


def _must_rise(situation: Situation, recommended: int) -> str | None:
    """Why more replicas than were set can't wait: a task is late, or may be."""
    if situation.spec.objective.schedule_to_start_seconds is None:
        return f"{counted(recommended, 'replica')} recommended by objective.backlogPerReplica"
    unread = (q.name for q in situation.observation.task_queues if isinstance(q.statistics, Unknown))
    if name := next(unread, None):
        return f"{recommended} recommended, and it is unknown whether tasks of {brief(name)} are late"
    late = latest_task(situation.spec, situation.observation)
    return late and f"a task of {brief(late.queue)} has waited for {late.seconds:.0f} s"


def _kept(situation: Situation, setting: SetByHand, replicas: int, recommended: int) -> str:
    author = _author(setting)
    if replicas == setting.replicas:
        what = f"Kept at {counted(replicas, 'replica')}, {author},"
    else:
        bound = "maxReplicas" if replicas < setting.replicas else "minReplicas"
        what = f"Kept at {bound} {replicas} ({setting.replicas} {author})"
    until = f"until {written(setting.at + GRACE_SECONDS)}{_or_late(situation.spec)}"
    return f"{what} {until} ({recommended} recommended).{often(situation.memory.by_hand)}"


def _or_late(spec: TemporalWorkerPoolSpec) -> str:
    return " or until tasks run late" if spec.objective.schedule_to_start_seconds is not None else ""


def _author(setting: SetByHand) -> str:
    return f"set by {setting.by} at {written(setting.at)}"
