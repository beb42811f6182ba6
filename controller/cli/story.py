"""A decision as a story: what was read, each step that mattered, and what would change it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from controller.api.model import written
from controller.cli.output import Screen
from controller.cli.times import ago
from controller.scaling.decision import Decision, Step
from controller.scaling.reasons import StepReason
from controller.scaling.text import counted

UNEVENTFUL: Final = frozenset(
    {
        StepReason.NO_BACKLOG,
        StepReason.SLOTS_LIMIT,
        StepReason.UP_AT_ONCE,
        StepReason.RUNNING_WORK_FITS,
        StepReason.FRESH,
        StepReason.READY_FOR_NEW_SCALE,
        StepReason.DESIRED_WITHIN_RANGE,
        StepReason.SLOTS_FIT,
    }
)
"""Reasons of steps that say only that nothing stood in the way."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of one decision."""

    pool: str
    """Namespace and name."""
    decided_at: float
    decision: Decision
    readings: tuple[str, ...] = ()
    """What was read, as sentences."""
    happened: tuple[str, ...] = ()
    """What happened before it, as sentences, where its readings are not known."""
    changes: tuple[str, ...] = ()
    """What would change it, as sentences."""
    notes: tuple[str, ...] = ()
    """What is not known of it, and why, or how a reader gets more."""
    trouble: tuple[str, ...] = ()
    """What is in the pool's way, as sentences: read before anything else."""


def lines_of(story: Story, now: float, screen: Screen, *, every_step: bool = False) -> Iterator[str]:
    """The story in lines.

    Args:
        story: It.
        now: Seconds since the Unix epoch.
        screen: Where it is printed.
        every_step: Also the steps that changed nothing and held nothing.
    """
    decision = story.decision
    at = f"decided {ago(story.decided_at, now)} ({written(story.decided_at)})"
    number = counted(decision.desired_replicas, "replica")
    yield screen.heading(f"{story.pool}: {number} desired ({decision.current_replicas} before), {at}")
    yield from (screen.paragraph(line, "  ") for line in story.trouble)
    yield from _part(screen, "What was read", story.readings)
    yield from _part(screen, "What happened", story.happened)
    yield from _part(screen, "What was decided", ())
    steps = [step for step in decision.steps if every_step or matters(step)]
    yield from (_step(screen, step) for step in steps)
    if len(steps) < len(decision.steps):
        left = len(decision.steps) - len(steps)
        yield f"  ({counted(left, 'step')} that neither changed nor held the number; -o wide shows all)"
    yield from _part(screen, "What would change it", story.changes)
    for note in story.notes:
        yield screen.paragraph(note, "  ", "Note: ")


def as_record(story: Story) -> dict[str, Any]:
    """The story for programs."""
    return {
        "pool": story.pool,
        "decidedAt": written(story.decided_at),
        "currentReplicas": story.decision.current_replicas,
        "desiredReplicas": story.decision.desired_replicas,
        "readings": list(story.readings),
        "happened": list(story.happened),
        "steps": [
            {
                "rule": str(step.rule),
                "reason": str(step.reason),
                "message": step.message,
                "before": step.replicas_before,
                "after": step.replicas_after,
            }
            for step in story.decision.steps
        ],
        "changes": list(story.changes),
        "notes": [*story.trouble, *story.notes],
    }


def matters(step: Step) -> bool:
    """Whether a step changed the number, held it, or says where it comes from."""
    return step.changed or step.reason not in UNEVENTFUL


def _step(screen: Screen, step: Step) -> str:
    number = f"{step.replicas_before} → {step.replicas_after}" if step.changed else f"{step.replicas_after}"
    return screen.paragraph(step.message, " " * 25, f"  {number:<8} {step.rule:<13} ")


def _part(screen: Screen, heading: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines or heading == "What was decided":
        yield ""
        yield screen.heading(heading)
    yield from (screen.paragraph(line, "    ", "  ") for line in lines)
