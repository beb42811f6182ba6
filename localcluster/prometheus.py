"""A real Prometheus on this machine: built once from its pinned Go module, run beside the local cluster."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from localcluster.errors import LocalClusterError
from localcluster.go_build import GoBuild
from localcluster.ports import LOOPBACK, start_on_free_ports
from localcluster.processes import Child, require_linux, start_child

_MODULE: Final = "github.com/prometheus/prometheus"

PROMETHEUS: Final = GoBuild(
    what="Prometheus",
    folder="prometheus",
    module_folder=Path(__file__).resolve().parent / "monitoring",
    main_module=_MODULE,
    packages=(f"{_MODULE}/cmd/prometheus", f"{_MODULE}/cmd/promtool"),
    binaries=("prometheus", "promtool"),
    disk_bytes=3_000_000_000,  # 1.2 GB of Go's build cache, 0.9 GB of modules and 0.1 GB of programs were measured
    # Neither the clients of all clouds nor the web pages, which no test needs.
    flags=("-tags=remove_all_sd", "-ldflags=-s -w"),
)

START_SECONDS: Final = 60.0
"""How long it may take to be ready; 1 s was measured on an idle machine with 2 cores."""


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    child: Child
    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression gives now: labels (`metric`) and `value` of each.

        Raises:
            LocalClusterError: It is no valid expression; the text is Prometheus' own.
        """
        found: list[dict[str, Any]] = self._get("/api/v1/query", query=expression)["result"]
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing alerts: `labels`, `annotations` and `state` of each."""
        found: list[dict[str, Any]] = self._get("/api/v1/alerts")["alerts"]
        return found

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as response:  # noqa: S310 - always http
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(  # noqa: S310 - always http
                f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=30
            ) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise LocalClusterError(f"Prometheus refused {query}: {json.load(error)['error']}") from error
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def running_prometheus(
    binaries: Path, folder: Path, config: Mapping[str, Any], name: str = "prometheus"
) -> Iterator[Prometheus]:
    """A Prometheus, from when it is ready until it has ended.

    Args:
        binaries: What `PROMETHEUS.find` gives.
        folder: An existing, empty folder for configuration and data.
        config: Its configuration; paths in it are relative to the folder.
        name: What its log file is called.

    Raises:
        LocalClusterError: It ended, or was not ready in time; with the end of its log.
    """
    require_linux()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(dict(config)))

    def start(port: int) -> Prometheus:
        command = [
            str(binaries / "prometheus"),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
        ]
        running = Prometheus(start_child(name, command, folder), f"http://{LOOPBACK}:{port}")
        running.child.wait_until(running.is_ready, START_SECONDS)
        return running

    prometheus = start_on_free_ports(1, start)
    try:
        yield prometheus
    finally:
        prometheus.child.stop()


def promtool(binaries: Path, *arguments: str, input: str | None = None) -> str:  # noqa: A002 - as subprocess has it
    """Run promtool, and give what it printed.

    Raises:
        LocalClusterError: It found something wrong; with what it printed.
    """
    command = [str(binaries / "promtool"), *arguments]
    result = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LocalClusterError(f"promtool {' '.join(arguments)} said:\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def prepare(say: Callable[[str], None] = print) -> Path:
    """The folder with the programs; builds them if need be."""
    require_linux()
    return PROMETHEUS.find(say)


if __name__ == "__main__":
    from localcluster.command_line import run_command

    run_command(lambda: print(f"Prometheus is in {prepare()}.", flush=True))
