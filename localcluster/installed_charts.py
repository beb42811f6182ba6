"""The operator as its users have it: both charts of this checkout, installed by Helm on a local cluster."""

from dataclasses import dataclass
from typing import Final

import helm_python

from localcluster.cluster import LocalCluster
from localcluster.errors import LocalClusterError
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import ACCOUNT, START_SECONDS, answer, wait_for_crds
from localcluster.running import RunningCluster

MANIFESTS: Final = PROJECT_FOLDER / "manifests"
PORT: Final = 8080
_LEADS: Final = "temporal_worker_pool_leader 1.0"
"""The line of the metrics by which a replica says that it is the one that scales."""


@dataclass(frozen=True)
class InstalledOperator:
    """The replicas of the operator, as pods."""

    cluster: RunningCluster

    @property
    def url(self) -> str:
        """Of the HTTP endpoint of the replica that scales.

        Raises:
            LocalClusterError: None of them does.
        """
        for url in _urls(self.cluster):
            if _LEADS in (answer(f"{url}/metrics") or ""):
                return url
        raise LocalClusterError(f"No replica of the operator leads: kubectl logs -n {ACCOUNT} deployment/{ACCOUNT}")

    def get(self, path: str) -> str | None:
        """What the replica that scales answers to a path; `None` while none does."""
        try:
            return answer(f"{self.url}{path}")
        except LocalClusterError:
            return None

    def ensure_running(self) -> None:
        """Raise when a program of the cluster has ended."""
        self.cluster.ensure_running()


def install_charts(cluster: RunningCluster) -> InstalledOperator:
    """Install the CRDs and the operator, and wait until all its replicas are ready.

    Raises:
        LocalClusterError: Helm refused, or they were not ready in time.
    """
    try:
        with helm_python.Config(kubeconfig_path=str(cluster.kubeconfig), namespace=ACCOUNT) as helm:
            helm.install(str(MANIFESTS / "chart-crds"), f"{ACCOUNT}-crds", create_namespace=True)
            wait_for_crds(cluster)
            helm.install(str(MANIFESTS / "chart"), ACCOUNT)
    except helm_python.HelmError as error:
        raise LocalClusterError(f"Helm could not install the charts: {error}") from error
    cluster.kubectl("rollout", "status", f"deployment/{ACCOUNT}", "-n", ACCOUNT, f"--timeout={START_SECONDS:.0f}s")
    return InstalledOperator(cluster)


def _urls(cluster: LocalCluster) -> list[str]:
    """The HTTP endpoint of each replica that has an address."""
    label = f"app.kubernetes.io/name={ACCOUNT}"
    pods = cluster.read("pods", ACCOUNT, labelSelector=label)["items"]
    return [f"http://{address}:{PORT}" for pod in pods if (address := pod["status"].get("podIP"))]
