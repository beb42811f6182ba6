"""`python -m release`: make a release of this checkout, or prepare the commit that it is made of."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from release import version
from release.build import Order, build
from release.errors import ReleaseError
from release.image import published_image

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command("build")
def build_release(
    output: Annotated[Path, typer.Option(help="Folder for it; a release that is there is replaced.")] = Path(
        "out/release"
    ),
    image: Annotated[str, typer.Option(help="REPOSITORY@sha256:DIGEST that charts and manifests install.")] = "",
    tag: Annotated[str, typer.Option(help="Tag that it is made for, which has to be vVERSION.")] = "",
    kubectl: Annotated[str, typer.Option(help="kubectl, to render manifests; else the one of `make prepare`.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Allow changed files, and a changelog without a section of the version.")
    ] = False,
    require_audit: Annotated[
        bool, typer.Option("--require-audit", help="Fail if the advisory service does not answer for each dependency.")
    ] = False,
) -> None:
    """Build everything that is published, with checksums: the same bytes for the same commit.

    Example: python -m release build --dry-run
    """
    order = Order(
        output=output,
        kubectl=lambda: Path(kubectl) if kubectl else _prepared_kubectl(),
        image=published_image(image) if image else None,
        tag=tag,
        dry_run=dry_run,
        require_audit=require_audit,
    )
    folder = build(order, _say)
    for file in sorted(folder.iterdir()):
        _say(f"{file.stat().st_size:>10}  {file}")


@app.command()
def prepare(number: Annotated[str, typer.Argument(metavar="VERSION", help="Such as 0.2.0.")]) -> None:
    """Write a version to every place that has it, and make what is unreleased in CHANGELOG.md its section.

    Example: python -m release prepare 0.2.0
    """
    for file in version.set_version(number, date.today()):  # noqa: DTZ011 - the day of who releases
        _say(f"changed {file}")
    _say(f"Next: `make environment crds docs`, commit, tag it v{number} and push the tag: the workflow publishes it.")


def _prepared_kubectl() -> Path:
    from localcluster.binaries import control_plane_binaries  # noqa: PLC0415 - not for who names another

    return control_plane_binaries(_say) / "kubectl"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - to the person who waits


def main() -> None:
    """Run the command; what ends a release is one line."""
    try:
        app()
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - likewise
        sys.exit(1)


if __name__ == "__main__":
    main()
