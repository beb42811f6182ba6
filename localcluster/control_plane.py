"""The Kubernetes control plane: etcd, API server, controller manager and scheduler, the real programs, on loopback."""

import signal
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from localcluster.credentials import Tokens, write_kubeconfig, write_signing_key, write_tokens
from localcluster.ports import LOOPBACK, accepts_connections, start_on_free_ports
from localcluster.processes import Children

START_SECONDS = 120.0
"""How long a server may take to get ready. 3 s were measured for all on an idle machine with 2 cores."""

_STOP_SIGNAL = signal.SIGKILL
"""For those two that would wait for their clients, in vain when these end at the same time: 20 s were measured. Nothing
is lost: the data is thrown away."""

CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "disruption-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "horizontal-pod-autoscaler-controller",
    "namespace-controller",
    "pod-garbage-collector-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
)
"""What runs of the controller manager: all that concerns Deployments, their scalers, quotas and accounts."""


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane."""

    server: str
    """URL of the API server."""
    certificate: Path
    """The API server's certificate with its authority (PEM)."""
    tokens: Tokens
    kubeconfig: Path
    """The admin's."""


def start_control_plane(binaries: Path, folder: Path, children: Children) -> ControlPlane:
    """Start the control plane and wait until the API server is ready.

    Args:
        binaries: Folder of the programs.
        folder: An existing one for data and keys.
        children: What the programs are started with, and ended by.

    Raises:
        LocalClusterError: A program ended or was not ready in time.
    """
    tokens = write_tokens(folder / "tokens.csv")
    write_signing_key(folder / "service-account.key")
    etcd_url = start_on_free_ports(1, lambda port: _start_etcd(binaries, folder, children, port))
    server = start_on_free_ports(1, lambda port: _start_api_server(binaries, folder, children, etcd_url, port))
    certificate = folder / "certificates" / "apiserver.crt"
    kubeconfig = write_kubeconfig(folder / "admin.kubeconfig", server, certificate, tokens.admin)
    _start_controllers(binaries, certificate, kubeconfig, children)
    return ControlPlane(server, certificate, tokens, kubeconfig)


def _start_etcd(binaries: Path, folder: Path, children: Children, port: int) -> str:
    url = f"http://{LOOPBACK}:{port}"
    # No member joins a cluster of one: its peer port may be any. Its data needn't survive a crash.
    command = [
        str(binaries / "etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls=http://{LOOPBACK}:0",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]
    child = children.start("etcd", command, stop_signal=_STOP_SIGNAL)
    child.wait_until(lambda: accepts_connections(port), START_SECONDS)
    child.ensure_running()
    return url


def _start_api_server(binaries: Path, folder: Path, children: Children, etcd_url: str, port: int) -> str:
    key = folder / "service-account.key"
    certificates = folder / "certificates"
    command = [
        str(binaries / "kube-apiserver"),
        f"--etcd-servers={etcd_url}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--cert-dir={certificates}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        # ServiceAccount would give every pod a volume, and TaintNodesByCondition every node a taint that only the
        # node lifecycle controller lifts, which doesn't run here.
        "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
        # Nothing answers at the Service `kubernetes`: the network is this machine's.
        "--endpoint-reconciler-type=none",
        # The kubelet's port (for `kubectl logs`) is on this machine, too.
        "--kubelet-preferred-address-types=InternalIP",
    ]
    child = children.start("kube-apiserver", command, stop_signal=_STOP_SIGNAL)
    url = f"https://{LOOPBACK}:{port}"
    child.wait_until(lambda: _is_ready(url, certificates / "apiserver.crt"), START_SECONDS)
    return url


def _is_ready(server: str, certificate: Path) -> bool:
    try:
        context = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(f"{server}/readyz", timeout=5, context=context) as response:  # noqa: S310 - https
            return bool(response.status == 200)
    except (OSError, ssl.SSLError, urllib.error.URLError):
        return False


def _start_controllers(binaries: Path, certificate: Path, kubeconfig: Path, children: Children) -> None:
    common = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"]
    # The default of 20 requests a second makes a Deployment of 100 pods wait for its own controller.
    manager = ["--kube-api-qps=200", "--kube-api-burst=400", f"--root-ca-file={certificate}"]
    controllers = f"--controllers={','.join(CONTROLLERS)}"
    children.start(
        "kube-controller-manager", [str(binaries / "kube-controller-manager"), *common, *manager, controllers]
    )
    children.start("kube-scheduler", [str(binaries / "kube-scheduler"), *common])
