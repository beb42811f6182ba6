"""The settings of a worker process by its environment, checked before anything is started."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TEMPORAL_HOST = "127.0.0.1:7233"
DEFAULT_TEMPORAL_NAMESPACE = "default"

REFERENCE = f"""\
environment:
  TEMPORAL_HOST                  frontend of the Temporal server, host:port (default {DEFAULT_TEMPORAL_HOST})
  TEMPORAL_NAMESPACE             Temporal namespace (default {DEFAULT_TEMPORAL_NAMESPACE})
  TASK_QUEUE                     task queue to poll (default: the application's own)
  MAX_CONCURRENT_ACTIVITIES      activities run at once, 1 to 10000 (default 10)
  MAX_CONCURRENT_WORKFLOW_TASKS  workflow tasks run at once, 1 to 10000 (default 10)
  GRACEFUL_SHUTDOWN_SECONDS      time that running activities get to finish after SIGTERM, 0 to 86400 (default 20)
  POD_IP                         address that probes and metrics listen on (default 127.0.0.1)
  POD_NAME                       name in the worker's identity (default: the host name)
  HEALTH_PORT                    port of /health and /ready (default 8080)
  METRICS_PORT                   port of /metrics (default 9464)
"""
"""The variables and their defaults, as `--help` prints them."""


class InvalidSettingError(ValueError):
    """A variable of the environment has a value that the worker can't run with; the text is one line for the user."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one worker process.

    Attributes:
        temporal_host: Frontend of the Temporal server, `host:port`.
        temporal_namespace: Temporal namespace.
        task_queue: Task queue that the worker polls.
        max_concurrent_activities: Activity slots.
        max_concurrent_workflow_tasks: Workflow task slots.
        graceful_shutdown_seconds: Time that running activities get to finish once the worker was asked to stop.
        pod_ip: Address that probes and metrics listen on.
        pod_name: Name of the pod; `None` outside of Kubernetes.
        health_port: Port of `/health` and `/ready`.
        metrics_port: Port of `/metrics`.
    """

    temporal_host: str
    temporal_namespace: str
    task_queue: str
    max_concurrent_activities: int
    max_concurrent_workflow_tasks: int
    graceful_shutdown_seconds: int
    pod_ip: str
    pod_name: str | None
    health_port: int
    metrics_port: int

    @property
    def metrics_address(self) -> str:
        """Address and port of `/metrics` as the SDK takes them, IPv6 addresses in brackets."""
        host = f"[{self.pod_ip}]" if ":" in self.pod_ip else self.pod_ip
        return f"{host}:{self.metrics_port}"


def read_settings(environment: Mapping[str, str], *, default_task_queue: str) -> Settings:
    """Read the settings of a worker.

    Args:
        environment: The variables; `REFERENCE` lists those that count.
        default_task_queue: Task queue where `TASK_QUEUE` is not set.

    Raises:
        InvalidSettingError: A variable is empty, malformed or out of range. Zero slots are out of range because the
            SDK would silently run 100 at once.
    """
    return Settings(
        temporal_host=_host_and_port(environment, "TEMPORAL_HOST", DEFAULT_TEMPORAL_HOST),
        temporal_namespace=_text(environment, "TEMPORAL_NAMESPACE", DEFAULT_TEMPORAL_NAMESPACE),
        task_queue=_text(environment, "TASK_QUEUE", default_task_queue),
        max_concurrent_activities=_whole_number(environment, "MAX_CONCURRENT_ACTIVITIES", 10, 1, 10_000),
        max_concurrent_workflow_tasks=_whole_number(environment, "MAX_CONCURRENT_WORKFLOW_TASKS", 10, 1, 10_000),
        graceful_shutdown_seconds=_whole_number(environment, "GRACEFUL_SHUTDOWN_SECONDS", 20, 0, 86_400),
        pod_ip=_ip_address(environment, "POD_IP", "127.0.0.1"),
        pod_name=_text(environment, "POD_NAME", "") or None,
        health_port=_whole_number(environment, "HEALTH_PORT", 8080, 1, 65_535),
        metrics_port=_whole_number(environment, "METRICS_PORT", 9464, 1, 65_535),
    )


def _text(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name)
    if value is None:
        return default
    if not value.strip():
        raise InvalidSettingError(f"{name} is empty: give it a value or leave it out")
    return value.strip()


def _whole_number(environment: Mapping[str, str], name: str, default: int, minimum: int, maximum: int) -> int:
    text = _text(environment, name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() else None
    if number is None or not minimum <= number <= maximum:
        raise InvalidSettingError(
            f"{name} is {text!r}: it must be a whole number from {minimum} to {maximum}; leave it out for {default}"
        )
    return number


def _host_and_port(environment: Mapping[str, str], name: str, default: str) -> str:
    text = _text(environment, name, default)
    host, _, port = text.rpartition(":")
    if not host or "/" in text or not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65_535):
        raise InvalidSettingError(f"{name} is {text!r}: it must be host:port without a scheme, as in {default}")
    return text


def _ip_address(environment: Mapping[str, str], name: str, default: str) -> str:
    text = _text(environment, name, default)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise InvalidSettingError(f"{name} is {text!r}: it must be an IP address, as in {default}") from None
