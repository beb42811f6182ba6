"""`twp`: the command line of the project, also installed as the kubectl plug-in `kubectl twp`."""

from importlib.metadata import version as distribution_version
from typing import Annotated

import typer

from controller.cli import (
    dashboard,
    decide,
    diff,
    eject,
    events,
    explain,
    get,
    history,
    operator,
    override,
    replay,
    simulate,
    status,
    validate,
    why_not,
)
from controller.cli.bundle import command as bundle
from controller.cli.check import command as check
from controller.cli.commands import Commands
from controller.cli.migrate import adopt, compare, convert

app = typer.Typer(
    name="twp",
    cls=Commands,
    help="Temporal Worker Pools: scale Temporal workers on Kubernetes by the work itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("status", epilog=status.EXAMPLE)(status.status)
app.command("explain", epilog=explain.EXAMPLE)(explain.explain)
app.command("why-not", epilog=why_not.EXAMPLE)(why_not.why_not)
app.command("history", epilog=history.EXAMPLE)(history.history)
app.command("events", epilog=events.EXAMPLE)(events.events)
app.command("top", epilog=get.TOP_EXAMPLE)(get.top)
app.command("get", epilog=get.GET_EXAMPLE)(get.get)
app.add_typer(operator.app, name="operator")
app.command("check", epilog=check.EXAMPLE)(check.check)
app.command("dashboard", epilog=dashboard.EXAMPLE)(dashboard.dashboard)
app.command("report", epilog=bundle.EXAMPLE)(bundle.report)
app.command("pause", epilog=override.PAUSE_EXAMPLE)(override.pause)
app.command("resume", epilog=override.RESUME_EXAMPLE)(override.resume)
app.command("override", epilog=override.OVERRIDE_EXAMPLE)(override.override)
app.command("wake", epilog=override.WAKE_EXAMPLE)(override.wake)
app.command("eject", epilog=eject.EXAMPLE)(eject.eject)
app.command("diff", epilog=diff.EXAMPLE)(diff.diff)
app.command("simulate", epilog=simulate.EXAMPLE)(simulate.simulate)
app.command("validate", epilog=validate.EXAMPLE)(validate.validate)
app.command("decide", epilog=decide.EXAMPLE)(decide.decide)
app.command("replay", epilog=replay.EXAMPLE)(replay.replay_command)
app.command("from-keda", epilog=convert.KEDA_EXAMPLE)(convert.from_keda_command)
app.command("from-hpa", epilog=convert.HPA_EXAMPLE)(convert.from_hpa_command)
app.command("compare", epilog=compare.EXAMPLE)(compare.compare)
app.command("adopt", epilog=adopt.EXAMPLE)(adopt.adopt)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(distribution_version("temporal-worker-pools"))
        raise typer.Exit


@app.callback()
def twp(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Scale Temporal workers on Kubernetes by the work itself."""


def main() -> None:
    """The entry point of `twp` and `kubectl-twp`."""
    app()
