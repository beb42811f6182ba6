"""docs/messages.md: one real sentence for each reason, as a user gets it.

`python -m tests.docs.messages` writes it. Read it aloud from top to bottom after a change: that is the review.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from controller.api.conditions import ConditionReason
from controller.scaling.reasons import StepReason
from tests.docs import condition_scenes, step_scenes

PAGE: Final = Path("docs") / "messages.md"

HEAD: Final = """# Messages

One real message for each reason, as a pool shows it: written by `make docs` from runs of the rules, and compared by a
test. What each reason means and what to do is in [conditions](conditions.md) and [the decision](decision.md); Events
have a [page](events.md) of their own.

A message says first what decided, then the arithmetic, each number with the name of its field. None is longer than
1 KB.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((HEAD, *_conditions(), *_steps()))


def _conditions() -> Iterator[str]:
    yield "## Conditions\n\n`Ready` has the message of the first condition that needs something, or of the decision.\n"
    said = condition_scenes.sentences()
    for group in ConditionReason.__subclasses__():
        reasons = tuple(group)
        yield f"### {reasons[0].condition}\n"
        rows = ((f"{r}", str(r.status), said[r.condition, str(r)]) for r in reasons if (r.condition, str(r)) in said)
        yield from table(("reason", "status", "message"), rows)
    by_server = ", ".join(f"`{reason.condition}`/`{reason}`" for reason in sorted(condition_scenes.BY_A_SERVER))
    yield f"Not here, because only a real server gives them: {by_server}.\n"


def _steps() -> Iterator[str]:
    yield "## Steps of a decision\n\nIn `status.lastDecision.steps`, in the order of the rules.\n"
    said = step_scenes.sentences()
    rows = ((reason, *said[reason]) for reason in StepReason if reason in said)
    yield from table(("rule", "reason", "message"), ((rule, reason, message) for reason, rule, message in rows))


def table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table in Markdown."""
    heads = tuple(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
