"""A cluster that exists (kind, k3d, a real one), named by its kube context, in place of the local one."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcluster.cluster import TOKEN_DURATION, KubectlError


@dataclass(frozen=True)
class ExistingCluster:
    """What the demo and the operator need of a cluster, over a kubectl that is there."""

    context: str
    folder: Path
    """A folder of the demo's own, for kubeconfig and logs."""
    kubectl_binary: str = "kubectl"

    @property
    def logs_folder(self) -> Path:
        """Where logs go."""
        return self.folder

    def kubectl(self, *arguments: str, input: str | None = None) -> str:  # noqa: A002 - as subprocess
        """Run kubectl in the context and return what it printed.

        Raises:
            KubectlError: It failed, or there is none.
        """
        command = [self.kubectl_binary, "--context", self.context, *arguments]
        try:
            result = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise KubectlError("kubectl is not on the PATH: install it, or leave out the context.") from error
        if result.returncode != 0:
            raise KubectlError(f"`kubectl {' '.join(arguments)}` in {self.context} failed: {result.stderr.strip()}")
        return result.stdout

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Write a kubeconfig for the same API server with a token of a ServiceAccount."""
        config: dict[str, Any] = json.loads(
            self.kubectl("config", "view", "--minify", "--flatten", "--raw", "-o", "json")
        )
        token = self.kubectl("create", "token", name, "--namespace", namespace, "--duration", TOKEN_DURATION).strip()
        config["users"] = [{"name": name, "user": {"token": token}}]
        config["contexts"][0]["context"].update({"user": name, "namespace": namespace})
        file = self.folder / f"{namespace}_{name}.kubeconfig"
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(config))
        return file
