"""The operator as a process."""

from pathlib import Path

import pytest

from localcluster import operator_process
from localcluster.errors import LocalClusterError
from localcluster.operator_process import install


class ClusterWithYoungCrds:
    """Stands in for a cluster whose CRDs have no conditions yet; on the real one that lasts for a moment."""

    logs_folder = Path()

    def __init__(self, failures: int) -> None:
        self.commands: list[str] = []
        self._failures = failures

    def kubectl(self, *arguments: str) -> str:
        """Refuses to wait for some times."""
        self.commands.append(arguments[0])
        if arguments[0] == "wait" and self.commands.count("wait") <= self._failures:
            raise LocalClusterError("error: .status.conditions accessor error: <nil> is of the type <nil>")
        return ""

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Not asked for."""
        raise NotImplementedError


def test_a_crd_without_conditions_is_waited_for_again() -> None:
    """And the rights come after it."""
    cluster = ClusterWithYoungCrds(failures=2)
    install(cluster)
    assert cluster.commands == ["apply", "wait", "wait", "wait", "apply"]


def test_a_crd_that_never_has_any_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what kubectl said."""
    monkeypatch.setattr(operator_process, "CRD_SECONDS", 0.0)
    with pytest.raises(LocalClusterError, match="accessor error"):
        install(ClusterWithYoungCrds(failures=1000))
