"""`twp decide`: the decision as a filter, for other simulators and recorded incidents."""

import sys
from typing import Annotated

import typer

from controller.cli.stream import Stream

EXAMPLE = """Example: (echo '{"config": {"slots": 10, "slo": 30, "min": 0, "max": 40}}';
echo '{"now": 0, "desired": 0, "backlog": 200, "age": 4, "add_rate": 7, "disp_rate": 0, "hb": []}')
| twp decide --stream"""


def decide(
    stream: Annotated[
        bool, typer.Option("--stream", help="Read a JSON object a line from standard input and answer one a line.")
    ] = False,
) -> None:
    """Decide on observations from standard input as the operator would.

    The first line is the configuration, {"config": {...}}, with slots, slo (the seconds within which tasks should
    start), grace, min, max and poll; it gets no answer. Each following line is an observation with now, valid,
    desired, ready, starting, draining, backlog, age, add_rate, disp_rate, rate_limited, effective_rate_limit (tasks per
    second), hb (of each pod a list: its name, heartbeat_time, used, ready_since), hb_done (of each pod a list: its
    name, tasks that had ended by its last heartbeat), hb_draining and start_mean (0 until a start was seen); times are
    in seconds. What is absent or null is unknown; other fields are ignored.

    Each answer has desired (null: keep the replicas), victim (idle or idle_only), reason and look_again_seconds: when
    the next observation is due, earlier than poll where it may change the decision. A line that cannot be read is
    answered with an error and desired null, and the next one is read.
    """
    if not stream:
        raise typer.BadParameter("it must be given: observations come as a stream", param_hint="--stream")
    answers = Stream()
    for line in sys.stdin.buffer:
        answer = answers.answer(line.decode(errors="replace"))
        if answer is not None:
            sys.stdout.write(f"{answer}\n")
            sys.stdout.flush()
