"""An operator that can't start: one clear line on standard error, and exit status 1."""

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcluster.binaries import control_plane_binaries
from localcluster.control_plane import start_control_plane
from localcluster.credentials import write_kubeconfig
from localcluster.folders import ENVIRONMENT_BIN_FOLDER
from localcluster.ports import LOOPBACK, free_ports
from localcluster.processes import Children
from tests.system.place import PATIENCE_SECONDS, Place


@pytest.fixture
def empty_control_plane(tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig of an admin of a control plane on which nothing is installed."""
    with Children(tmp_path) as children:
        yield start_control_plane(control_plane_binaries(print), tmp_path, children).kubeconfig


@pytest.fixture
def account_without_rights(place: Place) -> Path:
    """A kubeconfig of an account that may do nothing."""
    name = f"unused-{secrets.token_hex(4)}"
    place.kubectl("create", "serviceaccount", name)
    return place.cluster.kubeconfig_for_service_account(place.namespace, name)


def refused(*arguments: str, home: Path) -> str:
    """Run an operator that must end by itself, and give the error in its one line."""
    # Nothing but the arguments names a cluster: neither the home folder nor a variable.
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [str(ENVIRONMENT_BIN_FOLDER / "twp"), "operator", "run", "--http-host", LOOPBACK, "--http-port", "0"]
    ended = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    fields = json.loads(line)
    assert (fields["level"], fields["event"]) == ("critical", "operator_failed")
    return str(fields["error"])


WHAT_TO_NAME = "set --kubeconfig or KUBECONFIG, or run the operator in a pod."


def test_without_any_kubeconfig_it_names_the_usual_place(tmp_path: Path) -> None:
    """A machine that has never seen a cluster."""
    assert refused(home=tmp_path) == f"There is no kubeconfig ~/.kube/config: {WHAT_TO_NAME}"


def test_without_the_named_kubeconfig_it_names_it(tmp_path: Path) -> None:
    """A path with a typing error."""
    nowhere = tmp_path / "nowhere"
    assert refused("--kubeconfig", str(nowhere), home=tmp_path) == f"There is no kubeconfig {nowhere}: {WHAT_TO_NAME}"


def test_without_a_server_it_names_the_address(tmp_path: Path) -> None:
    """No server listens where the kubeconfig leads."""
    (port,) = free_ports(1)
    authority = tmp_path / "authority.crt"
    authority.touch()
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", f"https://{LOOPBACK}:{port}", authority, "token")
    line = refused("--kubeconfig", str(kubeconfig), home=tmp_path)
    assert line.startswith(f"Could not reach the API server https://{LOOPBACK}:{port}: ")
    assert line.endswith("check the API server, and the network between it and the operator.")


def test_without_the_crd_it_says_how_to_install_it(tmp_path: Path, empty_control_plane: Path) -> None:
    """A cluster on which nothing was installed."""
    line = refused("--kubeconfig", str(empty_control_plane), home=tmp_path)
    assert line == (
        "The cluster has no temporalworkerpools.workerpools.dev/v1alpha1: "
        "install the CRD with `kubectl apply -f crds/`."
    )


@pytest.mark.parametrize("everywhere", [True, False], ids=["cluster-wide", "one namespace"])
def test_without_permission_it_names_the_permission(
    tmp_path: Path, place: Place, account_without_rights: Path, *, everywhere: bool
) -> None:
    """The API server's own words say who may not do what, and where."""
    where = () if everywhere else ("--namespace", place.namespace)
    line = refused("--kubeconfig", str(account_without_rights), *where, home=tmp_path)
    assert 'cannot list resource "temporalworkerpools" in API group "workerpools.dev"' in line
    assert ("at the cluster scope" if everywhere else f'in the namespace "{place.namespace}"') in line
    assert line.endswith("give the operator's account the permission that the message names.")


def test_without_its_port_it_names_the_port(tmp_path: Path, place: Place) -> None:
    """Another process listens on the port of metrics and probes."""
    kubeconfig = place.cluster.kubeconfig
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refused("--kubeconfig", str(kubeconfig), "--http-port", port, home=tmp_path)
    assert port in line
    assert "address already in use" in line
