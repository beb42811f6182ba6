"""Requests to the API server as the admin, without a process: one of kubectl costs 60 ms of CPU, a request 1 ms."""

import http.client
import json
import ssl
import threading
from base64 import b64decode
from collections.abc import Mapping
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


class RefusedError(LocalClusterError):
    """The API server refused a request."""

    def __init__(self, method: str, path: str, status: int, answer: str) -> None:
        super().__init__(f"{method} {path} was refused with status {status}: {answer[:500]}")
        self.status = status
        self.answer = answer


class AdminApi:
    """The API server as the admin of a kubeconfig that this project wrote, over one connection that stays open."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._host = urlsplit(cluster["server"]).netloc
        authority = b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}
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
            RefusedError: It isn't there, or may not be read.
        """
        path = "/" + _PATHS[kind].replace("//", f"/namespaces/{namespace}/")
        path += (f"/{name}" if name else "") + (f"?{urlencode(query)}" if query else "")
        return self.request("GET", path)

    def create_namespace(self, name: str) -> None:
        """Create a namespace."""
        self.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def delete_namespace(self, name: str) -> None:
        """Delete a namespace, and don't wait until it is gone."""
        self.request("DELETE", f"/api/v1/namespaces/{name}")

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send one request and return what the API server answers.

        Raises:
            RefusedError: The API server refused.
        """
        content = None if body is None else json.dumps(body)
        with self._one_at_a_time:
            status, answer = self._answer(method, path, content)
        if status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(method, path, status, answer)
        return json.loads(answer)

    def _answer(self, method: str, path: str, content: str | None) -> tuple[int, str]:
        """Ask again over a new connection where the server has closed the old one meanwhile."""
        if self._connection is not None:
            try:
                return self._ask(self._connection, method, path, content)
            except (http.client.HTTPException, OSError):
                self._connection.close()
        self._connection = http.client.HTTPSConnection(self._host, timeout=TIMEOUT_SECONDS, context=self._tls)
        return self._ask(self._connection, method, path, content)

    def _ask(
        self, connection: http.client.HTTPSConnection, method: str, path: str, content: str | None
    ) -> tuple[int, str]:
        connection.request(method, path, content, self._headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
