"""The tables of docs/decision.md, made from the reasons: `python -m controller.scaling.reference` writes them.

What a reason means is the docstring under it, which only the source has; so the source is read.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from controller.scaling import reasons
from controller.scaling.reasons import StepReason

PAGE: Final = Path("docs") / "decision.md"
BEGIN: Final = "<!-- The table below is written by `make docs` from controller/scaling/reasons.py. -->\n"
END: Final = "<!-- The end of that table. -->\n"


def reasons_table() -> str:
    """A row for each reason that a decision can give, in the order in which the rules speak."""
    meanings = dict(_meanings())
    rows = (f"| `{reason}` | {meanings[reason.name]} |" for reason in StepReason)
    return "\n".join(["| reason | what it means |", "|---|---|", *rows, ""])


def with_table(page: str) -> str:
    """The page with the table that the reasons make.

    Raises:
        ValueError: The page does not have the two marks between which the table belongs.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{PAGE} needs the lines {BEGIN.strip()} and {END.strip()}, between which the table belongs."
        raise ValueError(message)
    return f"{before}{begin}\n{reasons_table()}\n{end}{after}"


def _meanings() -> Iterator[tuple[str, str]]:
    """Name and docstring of each reason."""
    source = ast.parse(Path(reasons.__file__).read_text(encoding="utf-8"))
    (definition,) = (n for n in source.body if isinstance(n, ast.ClassDef) and n.name == StepReason.__name__)
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.Assign) and isinstance(following, ast.Expr):
            (target,), text = statement.targets, following.value
            if isinstance(target, ast.Name) and isinstance(text, ast.Constant):
                yield target.id, " ".join(str(text.value).split())


if __name__ == "__main__":
    page = Path(sys.argv[1]) if sys.argv[1:] else PAGE
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
