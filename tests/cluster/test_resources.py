"""Paths of objects, and what comes into a process with the requests for them."""

import subprocess
import sys

from controller.cluster.resources import DEPLOYMENTS, SECRETS


def test_paths_are_those_of_the_api() -> None:
    """Of all, of a namespace's, of one, and of a part of it."""
    assert DEPLOYMENTS.path() == "/apis/apps/v1/deployments"
    assert DEPLOYMENTS.path("prod") == "/apis/apps/v1/namespaces/prod/deployments"
    assert DEPLOYMENTS.path("prod", "worker") == "/apis/apps/v1/namespaces/prod/deployments/worker"
    assert DEPLOYMENTS.path("prod", "worker", "scale") == "/apis/apps/v1/namespaces/prod/deployments/worker/scale"


def test_a_name_cannot_lead_to_another_object() -> None:
    """It may come from a pool."""
    path = SECRETS.path("prod", "x/../../../other/secrets/y?watch=true")
    assert path == "/api/v1/namespaces/prod/secrets/x%2F..%2F..%2F..%2Fother%2Fsecrets%2Fy%3Fwatch%3Dtrue"


def test_the_operator_starts_without_the_models_of_the_client_library() -> None:
    """They cost 0.8 s of CPU and 40 MiB; the one that kopf brings in is no more than metadata."""
    count = "print(sum(name.startswith('kubernetes.aio.client.models.') for name in sys.modules))"
    program = f"import sys, controller.operator.main; {count}"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "0\n"
