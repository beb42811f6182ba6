"""Worker processes of the examples, started as a kubelet would start them."""

import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcluster.kubelet.addresses import PodNetwork
from localcluster.processes import Child, Children

READY_SECONDS = 90.0
"""How long a worker may take to poll. 2 s were measured on an idle machine with 2 cores."""

HEALTH_PORT = 8080
METRICS_PORT = 9464


@dataclass(frozen=True)
class WorkerProcess:
    """A worker with an address of its own, as a pod has one."""

    child: Child
    pod_ip: str

    def get(self, port: int, path: str) -> tuple[int, str]:
        """Status and body of a request.

        Raises:
            OSError: Nothing listens.
        """
        connection = http.client.HTTPConnection(self.pod_ip, port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether the readiness probe succeeds."""
        return self.listens() and self.get(HEALTH_PORT, "/ready")[0] == 200

    def listens(self) -> bool:
        """Whether the probes are answered at all."""
        try:
            return self.get(HEALTH_PORT, "/health")[0] == 200
        except OSError:
            return False

    def metrics(self) -> str:
        """What a scrape of the metrics answers."""
        status, body = self.get(METRICS_PORT, "/metrics")
        assert status == 200
        return body

    def terminate(self) -> None:
        """Send SIGTERM, as the kubelet does first."""
        self.child.ask_to_stop()

    def exit_status(self, timeout_seconds: float = 60.0) -> int:
        """Wait for the end of the process."""
        return self.child.process.wait(timeout_seconds)

    def memory_bytes(self) -> int:
        """The most memory that the process had so far."""
        status = Path(f"/proc/{self.child.process.pid}/status").read_text()
        (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return int(kibibytes) * 1024


@dataclass
class WorkerStarter:
    """Starts workers that find one Temporal server and namespace in their environment."""

    children: Children
    network: PodNetwork
    environment: Mapping[str, str]
    started: int = 0

    def start(self, module: str, **environment: str) -> WorkerProcess:
        """Start `python -m <module>`; variables are added to the environment, or override it."""
        pod_ip, name = self.network.allocate(), f"worker-{self.started}"
        self.started += 1
        child = self.children.start(
            name,
            [sys.executable, "-m", module],
            {**self.environment, "POD_IP": pod_ip, "POD_NAME": name, **environment},
        )
        return WorkerProcess(child, pod_ip)

    def start_ready(self, module: str, **environment: str) -> WorkerProcess:
        """The same, and wait until it polls."""
        worker = self.start(module, **environment)
        worker.child.wait_until(worker.is_ready, READY_SECONDS)
        return worker
