"""The operator as a Deployment of the local cluster, as manifests/base has it, so that runbooks work on it."""

import json
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from localcluster.cluster import TOKEN_DURATION, LocalCluster
from localcluster.credentials import write_kubeconfig
from localcluster.folders import PROJECT_FOLDER
from localcluster.operator_process import ACCOUNT
from tests.support.cluster import wait_for
from tests.system.relay import Relay

NAME: Final = ACCOUNT
"""Of the Deployment, and of its namespace."""

REPLICAS: Final = 2
"""As in manifests/base: one leads."""

PORT: Final = 8080

START_SECONDS: Final = 120.0


@dataclass
class DeployedOperator:
    """The Deployment of the operator, whose way to the API server can be cut."""

    cluster: LocalCluster
    folder: Path
    api: Relay
    targets: Path = field(init=False)
    """What Prometheus scrapes, for `file_sd_configs`."""

    def __post_init__(self) -> None:
        """Nothing is scraped yet."""
        self.targets = self.folder / "targets.json"
        self.targets.write_text("[]")

    def deploy(self) -> None:
        """Apply the Deployment, and let Prometheus scrape its pod."""
        self.cluster.kubectl("apply", "-n", NAME, "-f", "-", input=json.dumps(self._manifest()))
        self.scrape()

    def scrape(self) -> None:
        """Let Prometheus scrape the pods that there are now; they need not be ready."""

        def addresses() -> list[str] | None:
            pods = self.cluster.read("pods", NAME)["items"]
            found = [pod["status"].get("podIP") for pod in pods if "deletionTimestamp" not in pod["metadata"]]
            return found if len(found) == REPLICAS and all(found) else None

        found = wait_for(addresses, START_SECONDS, "the operator's pods to have addresses")
        self.targets.write_text(json.dumps([{"targets": [f"{address}:{PORT}" for address in found]}]))

    def metrics(self) -> str:
        """What the replica that leads serves now, as text."""
        (group,) = json.loads(self.targets.read_text())
        texts = [_get(f"http://{target}/metrics") for target in group["targets"]]
        return next(text for text in texts if "temporal_worker_pool_leader 1.0" in text)

    def break_connections(self) -> None:
        """End every connection between the operator and the API server; new ones are let through at once."""
        self.api.cut()
        self.api.open()

    def _manifest(self) -> dict[str, Any]:
        """The Deployment of manifests/base, which reaches the API server by the relay and not as a pod does."""
        text = (PROJECT_FOLDER / "manifests" / "base" / "deployment.yaml").read_text(encoding="utf-8")
        manifest: dict[str, Any] = yaml.safe_load(text)
        spec = manifest["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        spec.pop("volumes")
        container.pop("volumeMounts")
        container.pop("startupProbe")
        container["args"] += ["--kubeconfig", str(self._kubeconfig())]
        return manifest

    def _kubeconfig(self) -> Path:
        token = self.cluster.kubectl("create", "token", NAME, "-n", NAME, "--duration", TOKEN_DURATION).strip()
        server = f"https://{self.api.address}"
        return write_kubeconfig(self.folder / "operator.kubeconfig", server, self.cluster.certificate, token, NAME)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as response:
        text: str = response.read().decode()
        return text
