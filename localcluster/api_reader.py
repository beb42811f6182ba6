"""Objects of the API server as JSON, for those that poll: `kubectl get` costs 60 ms of CPU, a read of these 1 ms."""

import http.client
import json
import ssl
import threading
from base64 import b64decode
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from localcluster.errors import LocalClusterError

TIMEOUT_SECONDS: Final = 30.0
"""How long one read may take."""

_PATHS: Final = {
    **dict.fromkeys(("configmap", "configmaps"), "api/v1//configmaps"),
    **dict.fromkeys(("event", "events"), "api/v1//events"),
    **dict.fromkeys(("node", "nodes"), "api/v1/nodes"),
    **dict.fromkeys(("pod", "pods"), "api/v1//pods"),
    **dict.fromkeys(("quota", "resourcequotas"), "api/v1//resourcequotas"),
    **dict.fromkeys(("deployment", "deployments"), "apis/apps/v1//deployments"),
    **dict.fromkeys(("lease", "leases"), "apis/coordination.k8s.io/v1//leases"),
    **dict.fromkeys(("twp", "temporalworkerpool"), "apis/workerpools.dev/v1alpha1//temporalworkerpools"),
}
"""Kinds by the names that kubectl takes, and where they are; `//` is where the namespace goes."""


class ApiReader:
    """Reads as the admin of a kubeconfig that this project wrote, over one connection that stays open."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._host = urlsplit(cluster["server"]).netloc
        authority = b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._headers = {"Authorization": f"Bearer {user['token']}", "Accept": "application/json"}
        self._connection: http.client.HTTPSConnection | None = None
        self._one_at_a_time = threading.Lock()

    def read(self, kind: str, namespace: str, name: str = "", **query: str) -> Any:  # noqa: ANN401 - JSON
        """Read one object, or without a name a list of them.

        Args:
            kind: One of those of kubectl, such as `pod` or `twp`.
            namespace: Where; of no meaning for nodes.
            name: Of the object.
            query: Such as `fieldSelector` or `labelSelector`.

        Raises:
            LocalClusterError: It isn't there, or the API server refused.
        """
        path = "/" + _PATHS[kind].replace("//", f"/namespaces/{namespace}/")
        path += (f"/{name}" if name else "") + (f"?{urlencode(query)}" if query else "")
        with self._one_at_a_time:
            status, body = self._answer(path)
        if status != HTTPStatus.OK:
            raise LocalClusterError(f"Reading {path} failed with status {status}: {body[:500]}")
        return json.loads(body)

    def _answer(self, path: str) -> tuple[int, str]:
        """Ask again over a new connection where the server has closed the old one meanwhile."""
        if self._connection is not None:
            try:
                return self._ask(self._connection, path)
            except (http.client.HTTPException, OSError):
                self._connection.close()
        self._connection = http.client.HTTPSConnection(self._host, timeout=TIMEOUT_SECONDS, context=self._tls)
        return self._ask(self._connection, path)

    def _ask(self, connection: http.client.HTTPSConnection, path: str) -> tuple[int, str]:
        connection.request("GET", path, headers=self._headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
