"""Pods and Deployments that the tests of the process kubelet run."""

from typing import Any

WEB = """
import http.server, os, signal, socket, sys
def stop(*_):
    print("SIGTERM", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if os.path.exists(os.environ.get("UNREADY_FILE", "/nonexistent")) else 200)
        self.end_headers()
        self.wfile.write(socket.gethostname().encode())
print("serving on", os.environ["POD_IP"], "as", socket.gethostname(), flush=True)
http.server.HTTPServer((os.environ["POD_IP"], 8080), Handler).serve_forever()
"""
"""A web server on port 8080 of the pod's address that answers with its host name; unready while a file exists."""

POD_IP = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}

READINESS = {"httpGet": {"path": "/ready", "port": "web"}, "periodSeconds": 1, "failureThreshold": 2}


def container(*command: str, **fields: Any) -> dict[str, Any]:
    """A container named `worker`."""
    return {"name": "worker", "image": "none", "command": list(command), **fields}


def web_container(**fields: Any) -> dict[str, Any]:
    """A container that serves `WEB` and is probed."""
    env = [POD_IP, *fields.pop("env", ())]
    ports = [{"name": "web", "containerPort": 8080}]
    return container("python", "-c", WEB, env=env, ports=ports, **{"readinessProbe": READINESS, **fields})


def pod(name: str, worker: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod with one container."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [worker], **spec}}


def deployment(name: str, worker: dict[str, Any], replicas: int, **spec: Any) -> dict[str, Any]:
    """A Deployment whose pods have one container and the label `app`."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [worker], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }
