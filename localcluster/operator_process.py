"""The operator as a process on this machine, under the account and the rights that `manifests/` gives it."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localcluster.errors import LocalClusterError
from localcluster.folders import ENVIRONMENT_BIN_FOLDER, PROJECT_FOLDER
from localcluster.ports import LOOPBACK, start_on_free_ports
from localcluster.processes import POLL_SECONDS, Child, start_child

ACCOUNT = "temporal-worker-pools"
"""Namespace and name of the operator's ServiceAccount."""

START_SECONDS = 120.0
"""How long the operator may take to be ready. 2 s were measured on an idle machine with 2 cores."""

CRD_SECONDS = 60.0
"""How long a CRD may take until it has conditions; a moment on an idle machine."""

STOP_SECONDS = 60.0
"""How long it may take to end after SIGTERM."""


class Installable(Protocol):
    """What the operator needs of a cluster."""

    @property
    def logs_folder(self) -> Path:
        """Where its log goes."""

    @property
    def kubectl(self) -> Callable[..., str]:
        """Runs kubectl as an admin."""

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Write a kubeconfig with a token of a ServiceAccount."""


class Operator(Protocol):
    """A running operator, wherever it runs."""

    @property
    def url(self) -> str:
        """Of its HTTP endpoint, without a path."""

    def get(self, path: str) -> str | None:
        """What it answers with status 200 to a path; `None` for any other answer."""

    def ensure_running(self) -> None:
        """Raise when it has ended."""


@dataclass(frozen=True)
class OperatorProcess:
    """A running operator."""

    child: Child
    url: str
    """Of its HTTP endpoint, without a path."""

    def get(self, path: str) -> str | None:
        """What it answers with status 200 to a path such as `/metrics`; `None` for any other answer."""
        return answer(f"{self.url}{path}")

    def ensure_running(self) -> None:
        """Raise when it has ended.

        Raises:
            LocalClusterError: With the end of its log.
        """
        self.child.ensure_running()

    def wait_until_ready(self) -> None:
        """Wait until it watches its pools.

        Raises:
            LocalClusterError: It ended, or was not ready in time; with the end of its log.
        """
        self.child.wait_until(lambda: self.get("/readyz") is not None, START_SECONDS)


def answer(url: str) -> str | None:
    """What is answered with status 200; `None` for any other answer, and for none."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - always http
            text: str = response.read().decode()
            return text
    except (urllib.error.URLError, OSError):
        return None


def install(cluster: Installable) -> None:
    """Install the CRD, the operator's account and its rights, and wait until they can be used.

    Raises:
        LocalClusterError: Something was refused, or not ready in time.
    """
    cluster.kubectl("apply", "-k", str(PROJECT_FOLDER / "crds"))
    wait_for_crds(cluster)
    cluster.kubectl("apply", "-k", str(PROJECT_FOLDER / "manifests" / "rbac"))


def wait_for_crds(cluster: Installable) -> None:
    """Wait until the CRDs can be used; `kubectl wait` gives up on one that has no conditions yet."""
    deadline = time.monotonic() + CRD_SECONDS
    while True:
        try:
            cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", str(PROJECT_FOLDER / "crds"))
        except LocalClusterError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


TWP = (str(ENVIRONMENT_BIN_FOLDER / "twp"),)
"""The program that has the operator."""


def start_operator(
    cluster: Installable, kubeconfig: Path, port: int, name: str, *arguments: str, program: Sequence[str] = TWP
) -> OperatorProcess:
    """Start an operator, and don't wait until it is ready.

    Args:
        cluster: Where it is installed.
        kubeconfig: Of its ServiceAccount.
        port: A free one for its HTTP endpoint.
        name: What its log file is called.
        arguments: More arguments of `twp operator run`.
        program: What is run in place of `twp`.
    """
    fixed = ("--http-host", LOOPBACK, "--http-port", str(port), "--log-format", "json", "--log-level", "debug")
    command = [*program, "operator", "run", "--kubeconfig", str(kubeconfig)]
    child = start_child(name, [*command, *fixed, *arguments], cluster.logs_folder)
    return OperatorProcess(child, f"http://{LOOPBACK}:{port}")


@contextmanager
def running_operator(
    cluster: Installable,
    name: str,
    *arguments: str,
    program: Sequence[str] = TWP,
    account: tuple[str, str] = (ACCOUNT, ACCOUNT),
) -> Iterator[OperatorProcess]:
    """An operator, from when it is ready until it has ended by SIGTERM.

    Args:
        cluster: Where it is installed.
        name: What its log file is called.
        arguments: More arguments of `twp operator run`.
        program: What is run in place of `twp`.
        account: Namespace and name of its ServiceAccount.

    Raises:
        LocalClusterError: It ended, or was not ready in time; with the end of the log.
    """
    kubeconfig = cluster.kubeconfig_for_service_account(*account)

    def start(port: int) -> OperatorProcess:
        operator = start_operator(cluster, kubeconfig, port, name, *arguments, program=program)
        operator.wait_until_ready()
        return operator

    operator = start_on_free_ports(1, start)
    try:
        yield operator
    finally:
        operator.child.stop(STOP_SECONDS)
