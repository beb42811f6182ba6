"""Reads by which version of the operator the CRDs of the cluster were made."""

from collections.abc import Iterable
from typing import Final

from controller.api.crd import CrdStamp, stamp_of
from controller.cluster.client import Cluster, answer_to
from controller.cluster.errors import NotFoundError
from controller.cluster.fields import Fields
from controller.cluster.resources import CRDS, Request, send

METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""Leaves out the schema, which is 100 times as long."""


async def read_stamps(cluster: Cluster, names: Iterable[str]) -> dict[str, CrdStamp]:
    """The stamps of CRDs by their names; one that is not there is left out.

    Raises:
        ForbiddenError: The operator may not read CRDs, as where it only has rights in one namespace.
        ClusterError: Another failure; the text has the reason and the fix.
    """
    stamps = {}
    for name in names:
        try:
            manifest = await answer_to(f"read CRD {name}", send(cluster.client, _metadata_of(name)))
        except NotFoundError:
            continue
        stamps[name] = stamp_of(Fields(manifest).part("metadata").labels("annotations"))
    return stamps


def _metadata_of(name: str) -> Request:
    return Request("GET", CRDS.path(name=name), headers={"Accept": METADATA_ONLY})
