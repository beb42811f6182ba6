"""`python -m localcluster`: prepare the binaries, or keep a local cluster running."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from localcluster.binaries import control_plane_binaries
from localcluster.cluster import LocalCluster
from localcluster.command_line import run_command
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from localcluster.kubelet.node import Capacity
from localcluster.kubelet.sandbox import ensure_sandbox_works
from localcluster.processes import require_linux
from localcluster.running import Options, running_cluster
from localcluster.temporal_server import temporal_binary

ENVIRONMENT_FILE: Final = PROJECT_FOLDER / "out" / "cluster.env"

app = typer.Typer(
    help="A real Kubernetes control plane and Temporal server on this machine, without containers.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def prepare() -> None:
    """Build the control plane into the user's cache folder, unless it is there; some minutes on 2 cores.

    Example: python -m localcluster prepare
    """
    # What a build can't fix is said before it.
    require_linux()
    ensure_sandbox_works()
    temporal = temporal_binary()
    _say(f"The control plane is in {control_plane_binaries(_say)}.")
    _say(f"Temporal is {temporal}.")


@app.command()
def up(
    cpu: Annotated[str, typer.Option(help="What the node says it has.")] = Capacity.cpu,
    memory: Annotated[str, typer.Option(help="What the node says it has.")] = Capacity.memory,
    pods: Annotated[int, typer.Option(help="Most pods on the node.", min=1)] = Capacity.pods,
    ui: Annotated[bool, typer.Option(help="Serve Temporal's web UI.")] = True,  # noqa: FBT002 - an option
) -> None:
    """Run a local cluster until Ctrl-C, and then remove it.

    A shell that reads out/cluster.env has its kubectl, `kubectl twp`, and the examples pointed at its Temporal server.

    Example: python -m localcluster up --pods 20
    """
    options = Options(capacity=Capacity(cpu, memory, pods), temporal_ui=ui)
    with running_cluster(options, _say) as cluster, _environment_file(cluster):
        _say(f"export KUBECONFIG={cluster.kubeconfig}")
        _say(f"Temporal: {cluster.temporal_address}")
        if cluster.temporal_ui_url:
            _say(f"Temporal UI: {cluster.temporal_ui_url}")
        _say(f"Logs: {cluster.logs_folder}")
        _say(f"All of it in a shell: . {ENVIRONMENT_FILE.relative_to(PROJECT_FOLDER)}")
        _say("Running; Ctrl-C ends it.")
        while True:
            time.sleep(1)
            cluster.ensure_running()


@contextmanager
def _environment_file(cluster: LocalCluster) -> Iterator[None]:
    """What a shell needs to use the cluster, in a file for as long as it runs."""
    ENVIRONMENT_FILE.parent.mkdir(exist_ok=True)
    ENVIRONMENT_FILE.write_text(
        f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}\n"
        f"export TEMPORAL_HOST={cluster.temporal_address}\n"
        f'export PATH={shlex.quote(str(ENVIRONMENT_BIN_FOLDER))}:{shlex.quote(str(cluster.binaries))}:"$PATH"\n'
    )
    try:
        yield
    finally:
        ENVIRONMENT_FILE.unlink(missing_ok=True)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    run_command(app)
