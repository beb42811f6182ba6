"""Three pools at one fixed time, and commands that are run against them: what docs/cli.md shows, and more."""

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from typer.testing import CliRunner, Result

from controller.cli.kube import PoolRecord
from controller.cli.main import app
from tests.cli.fake_api_server import FakeApi, pool_path, serving

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()

_FILE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("pools.yaml").read_text(encoding="utf-8"))


def pool(name: str, **status: Any) -> PoolRecord:
    """One of the three pools, with other fields of its status; `None` leaves one out."""
    manifest = next(each for each in _FILE["pools"] if each["metadata"]["name"] == name)
    changed = {key: value for key, value in {**manifest["status"], **status}.items() if value is not None}
    return PoolRecord.of({**manifest, "status": changed})


def api(*forbidden: str) -> FakeApi:
    """An API server that has them and their Events."""
    objects = {pool_path(each["metadata"]["name"]): each for each in _FILE["pools"]}
    objects |= {f"/api/v1/namespaces/prod/events/{each['metadata']['name']}": each for each in _FILE["events"]}
    return FakeApi(objects, forbidden)


@contextmanager
def at_noon() -> Iterator[None]:
    """The clock of commands stands at the time of the pools."""
    with patch.object(time, "time", lambda: NOW):
        yield


def run(
    command: str, folder: Path, server: FakeApi | None = None, environment: Mapping[str, str] | None = None
) -> Result:
    """Runs `twp ...` or `kubectl twp ...` against the pools, with a kubeconfig in a folder."""
    arguments = shlex.split(command.removeprefix("kubectl ").removeprefix("twp "))
    with serving(server or api(), folder) as kubeconfig, at_noon():
        return CliRunner(env={"KUBECONFIG": str(kubeconfig), **(environment or {})}).invoke(app, arguments)
