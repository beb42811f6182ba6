"""The Lease by which replicas of the operator agree on the one that writes.

The client library has an election of its own. It is not used: it compares wall clocks, which step, writes local time as
UTC, and does not give the Lease back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.cluster.client import Cluster, answer_to
from controller.cluster.errors import ConflictError, NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.resources import LEASES, Request, get, send


@dataclass(frozen=True, slots=True)
class Lease:
    """A Lease as it was read."""

    resource_version: str
    """Changes with each renewal."""
    holder: str
    """Identity of the replica that has it; empty if it was given back."""
    duration_seconds: float
    """How long others wait after the last renewal that they saw."""
    acquired_at: str
    """When the holder got it, as the API has it."""
    transitions: int
    """How often it went to another replica."""


@dataclass(frozen=True, slots=True)
class LeaseStore:
    """Reads and writes the Lease of one name."""

    cluster: Cluster
    namespace: str
    name: str

    async def read(self) -> Lease | None:
        """The Lease as it is; `None` if there is none yet.

        Raises:
            ClusterError: It could not be read; the text has the reason and the fix.
        """
        request = get(self.cluster.client, LEASES.path(self.namespace, self.name))
        try:
            return _lease(await answer_to(f"read Lease {self.namespace}/{self.name}", request))
        except NotFoundError:
            return None

    async def take(self, before: Lease | None, holder: str, duration_seconds: int, now: float) -> bool:
        """Makes a replica the holder, or renews what it holds, unless the Lease was changed since it was read.

        Args:
            before: As it was read; `None` if there was none.
            holder: Identity of the replica; empty to give the Lease back.
            duration_seconds: How long others wait after this.
            now: Seconds since the Unix epoch, for people: nothing is decided by it.

        Returns:
            Whether it was written.

        Raises:
            ClusterError: It could not be written; the text has the reason and the fix.
        """
        method, path = ("POST", LEASES.path(self.namespace)) if before is None else ("PUT", self._path)
        manifest = self._manifest(before, holder, duration_seconds, now)
        request = send(self.cluster.client, Request(method, path, body=manifest, is_fenced=False))
        try:
            await answer_to(f"write Lease {self.namespace}/{self.name}", request)
        except (ConflictError, NotFoundError):
            return False
        return True

    @property
    def _path(self) -> str:
        return LEASES.path(self.namespace, self.name)

    def _manifest(self, before: Lease | None, holder: str, duration_seconds: int, now: float) -> dict[str, Any]:
        time = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        stays = before is not None and before.holder == holder
        changes = before is not None and bool(holder) and not stays
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name, "namespace": self.namespace}
            | ({"resourceVersion": before.resource_version} if before else {}),
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": duration_seconds,
                "acquireTime": before.acquired_at if before and stays and before.acquired_at else time,
                "renewTime": time,
                "leaseTransitions": (before.transitions if before else 0) + changes,
            },
        }


def _lease(manifest: Mapping[str, Any]) -> Lease:
    fields = Fields(manifest)
    spec = fields.part("spec")
    return Lease(
        resource_version=fields.part("metadata").text("resourceVersion"),
        holder=spec.text("holderIdentity"),
        duration_seconds=float(spec.count("leaseDurationSeconds")),
        acquired_at=spec.text("acquireTime"),
        transitions=spec.count("leaseTransitions"),
    )
