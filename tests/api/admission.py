"""Offering objects to a real API server, which says what it has against them and stores nothing.

Without kubectl: a `kubectl create --dry-run=server` for each of hundreds takes 60 ms of CPU, a request a few.
"""

import json
import ssl
from base64 import b64decode
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from localcluster.cluster import LocalCluster

_PLURALS: Final = {"TemporalWorkerPool": "temporalworkerpools", "TemporalConnection": "temporalconnections"}


class Admission:
    """Offers objects as the admin of a local cluster."""

    def __init__(self, cluster: LocalCluster) -> None:
        config = json.loads(cluster.kubeconfig.read_text())
        server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = b64decode(server["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._host = urlsplit(server["server"]).netloc
        self._headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}

    def refusals(self, manifest: dict[str, Any]) -> list[str]:
        """What the API server has against an object, one line for each fault, as kubectl prints them."""
        plural = _PLURALS[manifest["kind"]]
        path = f"/apis/{manifest['apiVersion']}/namespaces/default/{plural}?dryRun=All&fieldValidation=Strict"
        with closing(HTTPSConnection(self._host, context=self._tls, timeout=30)) as connection:
            connection.request("POST", path, json.dumps(manifest), self._headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        if response.status == HTTPStatus.CREATED:
            return []
        assert response.status == HTTPStatus.UNPROCESSABLE_ENTITY, answer
        return [f"{cause['field']}: {cause['message']}" for cause in answer["details"]["causes"]]
