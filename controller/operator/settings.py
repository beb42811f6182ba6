"""What is set when the operator process starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from controller.scaling.server_times import FIRST_REPORT_SECONDS
from controller.temporal.budget import DEFAULT_READS_PER_SECOND

VERSION: Final = version("temporal-worker-pools")
"""Version of the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set once, on the command line."""

    namespaces: tuple[str, ...] = ()
    """The Kubernetes namespaces whose pools are scaled; empty for all."""
    kubeconfig: Path | None = None
    """Kubeconfig file; `None` for the usual places."""
    context: str | None = None
    """Context of the kubeconfig; `None` for its current one."""
    http_host: str = "0.0.0.0"  # noqa: S104 - probes and Prometheus come from outside the pod
    """Address on which metrics and probes are served."""
    http_port: int = 8080
    """Port on which metrics and probes are served."""
    page_host: str = "127.0.0.1"
    """Address on which the page is served."""
    page_port: int | None = None
    """Port on which the page is served; `None`: it is not."""
    concurrent_passes: int = 20
    """Pools of one Temporal namespace that are reconciled at the same time."""
    temporal_reads_per_second: float = DEFAULT_READS_PER_SECOND
    """Requests a second to one Temporal namespace, all pools together."""
    leader_elect: bool = True
    """Whether replicas elect one that reconciles, by a Lease."""
    lease_namespace: str | None = None
    """The Kubernetes namespace of that Lease; `None` for the kubeconfig's or the operator's own."""
    first_report_seconds: float = FIRST_REPORT_SECONDS
    """How long ready pods need not have polled or reported; no option, because it follows from the SDKs' heartbeats."""
    target_labels: Mapping[str, str] = field(default_factory=dict)
    """The labels without which a Deployment is no target of a pool; empty: every Deployment may be one."""
    record: Path | None = None
    """Folder into which is recorded what pools see and decide; `None`: nothing is."""

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """What is listed and watched: each namespace, or with `None` the whole cluster."""
        return self.namespaces or (None,)
