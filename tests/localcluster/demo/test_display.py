"""The display: plain lines that can be piped, with the reason of each decision."""

import io

from rich.console import Console

from localcluster.demo.display import Display
from localcluster.demo.timeline import Action, Sample


def _sample(seconds: float, backlog: int | None) -> Sample:
    return Sample(seconds, backlog, None, 4, 4, 3, "20 tasks wait.")


def test_piped_output_is_plain_lines_every_few_seconds() -> None:
    """No control characters; unknown is a question mark; a decision comes at once with its reason."""
    output = io.StringIO()
    display = Display(Console(file=output, width=200))
    with display.live():
        display.show(_sample(0, 0), [], "no work yet")
        display.show(_sample(1, 0), [], "no work yet")
        display.show(_sample(2, None), [Action(2, 0, 4, "BacklogPerReplica", "20 tasks wait.")], "0 of 1 done")
        display.show(_sample(65, 7), [], "1 of 1 done")
    assert output.getvalue().splitlines() == [
        "Time  Backlog  Slots in use  Desired  Replicas  Ready",
        "0:00        0             ?        4         4      3  no work yet",
        "0:02  Scaled 0 → 4. 20 tasks wait.",
        "0:02        ?             ?        4         4      3  0 of 1 done",
        "1:05        7             ?        4         4      3  1 of 1 done",
    ]
