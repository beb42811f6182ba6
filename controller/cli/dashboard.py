"""`twp dashboard`: the operator's page, through `kubectl port-forward`."""

import re
import shutil
import subprocess
import urllib.request
import webbrowser
from typing import IO, Annotated, Final

import typer

from controller.cli.check.operator import NAME as OPERATOR
from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Context, Kubeconfig

EXAMPLE = "Example: twp dashboard --open"

PAGE_PORT: Final = 8081
"""On which the operator serves its page, if --page-port says so."""

CHECK_SECONDS: Final = 10.0


def dashboard(
    operator_namespace: Annotated[
        str, typer.Option("--operator-namespace", help="Kubernetes namespace of the operator.")
    ] = OPERATOR,
    target: Annotated[
        str | None, typer.Option("--target", help="What is forwarded to; default: the pod of the replica that leads.")
    ] = None,
    page_port: Annotated[int, typer.Option("--page-port", help="Port of the operator's page.")] = PAGE_PORT,
    local_port: Annotated[int, typer.Option("--local-port", help="Port of this machine; 0 takes a free one.")] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Show the operator's page: all pools with their last hours and decisions.

    Runs `kubectl port-forward`, prints the address of the page, and ends with Ctrl-C. The operator serves the page only
    with `--page-port`. You need `create` on `pods/portforward` in its namespace, and `get` on its Lease and its pods.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise CliError("there is no kubectl on the PATH; install it, it forwards the port", ExitStatus.USAGE)
    where = ["--namespace", operator_namespace]
    where += [f"--kubeconfig={kubeconfig}"] if kubeconfig else []
    where += [f"--context={context}"] if context else []
    target = target or _leader([kubectl, "get", *where]) or f"deployment/{OPERATOR}"
    command = [kubectl, "port-forward", *where, target, f"{local_port or ''}:{page_port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as forwarding:  # noqa: S603
        try:
            url = _url(forwarding)
            _check(url, page_port)
            typer.echo(f"{url} is the operator's page; Ctrl-C ends it.")
            if open_browser:
                webbrowser.open(url)
            forwarding.wait()
        finally:
            forwarding.terminate()


def _leader(get: list[str]) -> str | None:
    """The pod of the replica that leads, which alone has the history; `None` where its Lease can't be read.

    The holder of the Lease is named by its pod and a random part.
    """
    command = [*get, "lease", OPERATOR, "-o", "jsonpath={.spec.holderIdentity}"]
    holder = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    pod = holder.rpartition("_")[0].strip()
    return f"pod/{pod}" if pod else None


def _url(forwarding: subprocess.Popen[str]) -> str:
    """The address that kubectl prints once it forwards."""
    line = _read(forwarding.stdout)
    found = re.search(r"Forwarding from (127\.0\.0\.1:\d+)", line)
    if found is None:
        said = " ".join((line + _read(forwarding.stderr)).split()).removeprefix("error: ").rstrip(".")
        raise CliError(f"kubectl port-forward ended: {said or 'without a word'}", ExitStatus.UNREACHABLE)
    return f"http://{found[1]}/"


def _read(stream: IO[str] | None) -> str:
    return stream.readline() if stream else ""


def _check(url: str, page_port: int) -> None:
    """Whether the page answers: it is off by default."""
    try:
        with urllib.request.urlopen(url, timeout=CHECK_SECONDS):  # noqa: S310 - kubectl's own address
            return
    except OSError as error:
        remedy = f"let it run with --page-port {page_port}, or name its port with --page-port"
        raise CliError(f"the operator serves no page on port {page_port} ({error}); {remedy}", ExitStatus.NO) from error
