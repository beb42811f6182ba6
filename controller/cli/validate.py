"""`twp validate`: what the API server would say of manifests, without a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from controller.api.spec import KIND, TemporalWorkerPoolSpec
from controller.cli.admission.objects import STRICT, is_ours, refusals
from controller.cli.admission.schema import Fault
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.manifests import Manifest, ManifestError, files_in, read_manifests
from controller.scaling.text import counted
from controller.simulator.pool import PoolError

EXAMPLE = "Example: twp validate -f manifests/ --recursive"


def validate(
    files: Annotated[
        list[Path], typer.Option("--file", "-f", help="File or folder with manifests; - is standard input.")
    ],
    recursive: Annotated[bool, typer.Option("--recursive", "-R", help="Folders in folders, too.")] = False,
) -> None:
    """Check TemporalWorkerPools and TemporalConnections offline, with the API server's own messages.

    One line for each fault: FILE:LINE: KIND/NAME: FIELD: MESSAGE. Objects of other kinds are counted and not checked.

    Ends with status 0 if the API server would admit every object, with 1 if not, and with 2 if a file can't be read.
    """
    try:
        manifests = [manifest for file in files for manifest in _manifests(file, recursive=recursive)]
    except ManifestError as error:
        raise CliError(str(error), ExitStatus.USAGE) from error
    ours = [manifest for manifest in manifests if is_ours(manifest.content)]
    faults = [(manifest, fault) for manifest in ours for fault in faults_of(manifest)]
    for manifest, fault in faults:
        typer.echo(f"{manifest.source}:{manifest.line(fault.field)}: {manifest.name}: {fault}")
    typer.echo(_summary(ours, len({id(manifest) for manifest, _ in faults}), len(manifests)), err=True)
    raise typer.Exit(ExitStatus.NO if faults else ExitStatus.OK)


def faults_of(manifest: Manifest) -> list[Fault]:
    """What the API server has against an object of a file."""
    twice = [Fault(path, f'{STRICT}: duplicate field "{path}"') for path in manifest.duplicates]
    return twice or refusals(manifest.content)


def read_pool(file: Path) -> TemporalWorkerPoolSpec:
    """The spec of the one TemporalWorkerPool of a file, as the API server would admit it.

    Raises:
        PoolError: There is none or several, or it would be refused.
    """
    return spec_of(pool_manifest(file))


def pool_manifest(file: Path) -> Manifest:
    """The one TemporalWorkerPool of a file, as the API server would admit it.

    Raises:
        PoolError: There is none or several, or it would be refused.
    """
    try:
        pools = [manifest for manifest in read_manifests(file) if manifest.kind == KIND]
    except ManifestError as error:
        raise PoolError(str(error)) from None
    if len(pools) != 1:
        raise PoolError(f"{file} has {len(pools)} objects of kind {KIND}: it must have one")
    if faults := faults_of(pools[0]):
        more = f" (and {len(faults) - 1} more: twp validate -f {file})" if len(faults) > 1 else ""
        raise PoolError(f"{file}:{pools[0].line(faults[0].field)} is not valid: {faults[0]}{more}")
    return pools[0]


def spec_of(manifest: Manifest) -> TemporalWorkerPoolSpec:
    """The spec of an admitted pool."""
    return TemporalWorkerPoolSpec.from_manifest(manifest.content["spec"])


def _manifests(file: Path, *, recursive: bool) -> Iterator[Manifest]:
    for each in files_in(file, recursive=recursive):
        yield from read_manifests(each)


def _summary(ours: list[Manifest], invalid: int, total: int) -> str:
    others = f"; {counted(total - len(ours), 'object')} of other kinds not checked" if total > len(ours) else ""
    return f"{counted(len(ours), 'object')} checked, {invalid} invalid{others}."
