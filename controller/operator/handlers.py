"""What kopf calls: parse and store, nothing else."""

from typing import Any

import kopf

from controller.api.spec import GROUP, PLURAL, VERSION
from controller.cluster.client import Cluster
from controller.cluster.fields import Fields
from controller.operator.pools import PoolTable


def registry(table: PoolTable, cluster: Cluster) -> kopf.OperatorRegistry:
    """The handlers: every pool that comes, changes or goes is put into the table or taken out of it.

    They are event handlers, which write nothing: no finalizer that would block a deletion while the operator is
    down, and no annotation for a GitOps tool to fight. They are coroutines, because kopf runs others in threads.
    Kopf keeps the events of one UID in order, and not those of two pools that had the same name.
    """
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    def login(**_: Any) -> kopf.ConnectionInfo:  # noqa: ANN401 - kopf's protocol
        credentials = cluster.credentials()
        return kopf.ConnectionInfo(
            server=credentials.server,
            ca_path=credentials.ca_path,
            insecure=credentials.insecure,
            token=credentials.token,
            certificate_path=credentials.certificate_path,
            private_key_path=credentials.private_key_path,
        )

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=handlers)
    async def store(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - kopf's protocol
        manifest = event["object"]
        if event["type"] == "DELETED":
            metadata = Fields(manifest).part("metadata")
            table.forget((metadata.text("namespace"), metadata.text("name")), metadata.text("uid"))
        else:
            table.store(manifest)

    return handlers


def settings() -> kopf.OperatorSettings:
    """How kopf behaves: it watches pools, writes nothing, and needs no right to watch CRDs and Namespaces."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.peering.standalone = True
    chosen.scanning.disabled = True
    chosen.watching.server_timeout = 300
    chosen.watching.client_timeout = 310
    chosen.watching.connect_timeout = 30
    # A server that ends each watch at once would else be asked ten times a second.
    chosen.watching.reconnect_backoff = 1.0
    chosen.networking.request_timeout = 30
    chosen.networking.connect_timeout = 10
    return chosen
