"""The command of the benchmark."""

import pytest
from typer.testing import CliRunner

from bench.real.__main__ import BROKEN, FAILED, app, exit_status, summary
from bench.real.anchors import compared
from bench.real.run import Played
from tests.bench.real.builders import played


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([played("twp")], 0),
        ([played("twp", share=0.94)], BROKEN),
        ([played("twp", cut_short=1)], BROKEN),
        ([played("keda-tuned", share=0.1, cut_short=9)], 0),
        ([played("keda-tuned", unfinished=1)], FAILED),
        ([played("twp", share=0.1), RuntimeError("no server")], FAILED),
    ],
)
def test_the_exit_status_is_about_the_operator(outcomes: list[Played | Exception], status: int) -> None:
    """A stand-in may miss any objective; what could not be played counts first."""
    assert exit_status(outcomes) == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profiles", "burst,nothing"], "there is no load 'nothing': choose from"),
        (["--operator", "keda"], "there is no 'keda': choose from twp, keda-default, keda-tuned, hpa-ramp, constant-N"),
        (["--objective", "5,soon"], "'5,soon' is not a list of whole numbers"),
    ],
)
def test_unknown_names_are_refused_before_anything_starts(arguments: list[str], said: str) -> None:
    """With what there is."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


def test_a_run_is_one_line() -> None:
    """Whether the objective was kept comes first."""
    assert summary(played("twp")).startswith(
        "kept: 100.0% within 15 s, p95 12.0 s, 936 pod-seconds (best constant 10: 272)"
    )
    assert summary(played("twp", share=0.5)).startswith("lost: 50.0%")
    assert summary(RuntimeError("no server")) == "failed: RuntimeError('no server')"


def test_a_stand_in_is_printed_beside_the_real_program() -> None:
    """Only where that was measured."""
    assert compared(played("keda-tuned", p95=36)) == (
        "burst, keda-tuned stand-in: p50 5 s, p95 36 s, 936 pod-seconds; "
        "the real program (mean of 3): p50 28 s, p95 37 s, 686 pod-seconds"
    )
    assert compared(played("hpa-ramp")) is None
