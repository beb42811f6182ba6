"""Offering objects to a real API server, which says what it has against them and stores nothing.

Without kubectl: a `kubectl create --dry-run=server` for each of hundreds takes 60 ms of CPU, a request a few.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from localcluster.admin_api import RefusedError
from localcluster.cluster import LocalCluster

_PLURALS: Final = {"TemporalWorkerPool": "temporalworkerpools", "TemporalConnection": "temporalconnections"}


class Admission:
    """Offers objects as the admin of a local cluster."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._api = cluster.api

    def refusals(self, manifest: dict[str, Any]) -> list[str]:
        """What the API server has against an object, one line for each fault, as kubectl prints them."""
        plural = _PLURALS[manifest["kind"]]
        path = f"/apis/{manifest['apiVersion']}/namespaces/default/{plural}?dryRun=All&fieldValidation=Strict"
        try:
            self._api.request("POST", path, manifest)
        except RefusedError as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            return [f"{cause['field']}: {cause['message']}" for cause in json.loads(error.answer)["details"]["causes"]]
        return []
