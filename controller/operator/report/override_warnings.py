"""Warnings about an override that may have been forgotten: tasks run late meanwhile, or it ends far from now."""

from dataclasses import dataclass, replace
from typing import Final

from controller.api.event_reasons import EventReason
from controller.api.overrides import Override, annotation, remove
from controller.api.status import OverrideStatus
from controller.cluster.events import Event
from controller.operator.passes import PassResult
from controller.operator.pool import Pool
from controller.operator.report.events import event_of
from controller.operator.report.overrides import in_force, override_status
from controller.scaling.decision import Step
from controller.scaling.objective.lateness import latest_task
from controller.scaling.reasons import Rule
from controller.scaling.text import counted, duration

LATE_AGAIN_SECONDS: Final = 3600.0
"""How often it is repeated that tasks run late: the API server keeps an Event for an hour."""

LONG_SECONDS: Final = 86_400.0
"""An end further away than this is a warning, which is repeated after this time."""

NEVER: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class Warned:
    """Which warnings were given about the override in force, in seconds since the Unix epoch."""

    override: Override | None = None
    late_at: float = NEVER
    long_at: float = NEVER


def override_warnings(
    pool: Pool, result: PassResult, warned: Warned, known: OverrideStatus | None
) -> tuple[Warned, tuple[Event, ...]]:
    """The warnings that are due, and which were given then.

    Args:
        pool: The pool.
        result: What was decided for it.
        warned: Those that were given.
        known: The override that status has: of its end an operator that ran before has warned.
    """
    situation = result.situation
    override, now = next(iter(situation.overrides.at(situation.now).each), None), situation.now
    if override != warned.override:
        long_at = now if known and override_status(situation.overrides, now) == known else NEVER
        warned = Warned(override, long_at=long_at)
    if override is None:
        return warned, ()
    events = []
    if override.until - now > LONG_SECONDS <= now - warned.long_at:
        warned = replace(warned, long_at=now)
        events.append(_long(pool, override, now))
    late = _late(result)
    if late and now - warned.late_at >= LATE_AGAIN_SECONDS:
        warned = replace(warned, late_at=now)
        events.append(
            event_of(EventReason.LATE_WHILE_OVERRIDDEN, f"{in_force(override)} {late} {_end(pool, override)}")
        )
    return warned, tuple(events)


def _long(pool: Pool, override: Override, now: float) -> Event:
    note = f"{in_force(override)} That is {duration(override.until - now)} from now. {_end(pool, override)}"
    return event_of(EventReason.LONG_OVERRIDE, note)


def _end(pool: Pool, override: Override) -> str:
    name, _ = annotation(override)
    return f"To end it now: `{remove(*pool.key, name)}`."


def _late(result: PassResult) -> str | None:
    """That the work asks for more replicas than the override leaves, and since when a task waits."""
    step = _held_back(result)
    if step is None:
        return None
    more = f"{counted(step.replicas_before, 'replica')} recommended, {step.replicas_after} there."
    if result.situation.spec.objective.schedule_to_start_seconds is None:
        return more
    late = latest_task(result.situation.spec, result.situation.observation)
    return late and f"A task of {late.queue} has waited for {late.seconds:.0f} s; {more}"


def _held_back(result: PassResult) -> Step | None:
    """The step of an override that lowered the number, or kept it from rising."""
    steps = (result.decision.step(rule) for rule in (Rule.PAUSE, Rule.OVERRIDE))
    held = (step for step in steps if step and step.replicas_after < step.replicas_before)
    return next(held, None)
