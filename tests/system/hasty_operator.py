"""`twp` with an operator that judges pods 15 s after they are ready, not 90 s: the tests' workers report that soon."""

from dataclasses import replace
from unittest.mock import patch

from controller.cli import operator
from controller.cli.main import main
from controller.operator.ending import Ending
from controller.operator.settings import Settings

FIRST_REPORT_SECONDS = 15.0
"""The examples send heartbeats every 10 s."""

run_operator = operator.run_operator


async def run_hastily(settings: Settings, ending: Ending) -> None:
    """Run the operator with the shorter time."""
    await run_operator(replace(settings, first_report_seconds=FIRST_REPORT_SECONDS), ending)


if __name__ == "__main__":
    with patch.object(operator, "run_operator", run_hastily):
        main()
