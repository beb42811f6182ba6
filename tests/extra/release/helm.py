"""`python -m tests.extra.release.helm`: of Helm's command line what the docs use, by Helm's own code."""

from pathlib import Path
from typing import Annotated

import helm_python
import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def helm() -> None:
    """Helm, in part."""


@app.command()
def install(
    name: str,
    chart: Path,
    namespace: Annotated[str, typer.Option("--namespace", "-n")] = "default",
    *,
    create_namespace: Annotated[bool, typer.Option("--create-namespace")] = False,
) -> None:
    """Install a chart into the cluster of KUBECONFIG."""
    with helm_python.Config(namespace=namespace) as config:
        config.install(str(chart), name, create_namespace=create_namespace)
    typer.echo(f"NAME: {name}")


if __name__ == "__main__":
    app()
