"""The environment of a worker is checked before anything is started."""

import pytest

from examples.worker.settings import REFERENCE, InvalidSettingError, read_settings


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    """A worker started by hand needs no settings."""
    settings = read_settings({}, default_task_queue="orders")
    assert settings.temporal_host == "127.0.0.1:7233"
    assert settings.temporal_namespace == "default"
    assert settings.task_queue == "orders"
    assert (settings.max_concurrent_activities, settings.max_concurrent_workflow_tasks) == (10, 10)
    assert settings.graceful_shutdown_seconds == 20
    assert settings.pod_name is None
    assert settings.metrics_address == "127.0.0.1:9464"


@pytest.mark.parametrize(
    "name",
    [
        "temporal_host",
        "temporal_namespace",
        "max_concurrent_activities",
        "max_concurrent_workflow_tasks",
        "graceful_shutdown_seconds",
        "pod_ip",
        "health_port",
        "metrics_port",
    ],
)
def test_the_help_has_the_real_defaults(name: str) -> None:
    """The text and the code agree."""
    default = vars(read_settings({}, default_task_queue="orders"))[name]
    (line,) = (line for line in REFERENCE.splitlines() if line.startswith(f"  {name.upper()} "))
    assert line.endswith(f"(default {default})")


def test_every_variable_is_read() -> None:
    """Values arrive as numbers and text."""
    environment = {
        "TEMPORAL_HOST": "temporal.example:7233",
        "TEMPORAL_NAMESPACE": "prod",
        "TASK_QUEUE": "invoices",
        "MAX_CONCURRENT_ACTIVITIES": "5",
        "MAX_CONCURRENT_WORKFLOW_TASKS": "7",
        "GRACEFUL_SHUTDOWN_SECONDS": "0",
        "POD_IP": "fd00::7",
        "POD_NAME": "worker-1",
        "HEALTH_PORT": "8081",
        "METRICS_PORT": "9465",
    }
    settings = read_settings(environment, default_task_queue="orders")
    assert vars(settings) == {
        "temporal_host": "temporal.example:7233",
        "temporal_namespace": "prod",
        "task_queue": "invoices",
        "max_concurrent_activities": 5,
        "max_concurrent_workflow_tasks": 7,
        "graceful_shutdown_seconds": 0,
        "pod_ip": "fd00::7",
        "pod_name": "worker-1",
        "health_port": 8081,
        "metrics_port": 9465,
    }
    assert settings.metrics_address == "[fd00::7]:9465"
    assert all(name in REFERENCE for name in environment)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        # The SDK would silently run 100 at once.
        ("MAX_CONCURRENT_ACTIVITIES", "0", "is '0': it must be a whole number from 1 to 10000; leave it out for 10"),
        ("MAX_CONCURRENT_ACTIVITIES", "many", "is 'many': it must be a whole number from 1 to 10000"),
        ("MAX_CONCURRENT_WORKFLOW_TASKS", "-3", "is '-3': it must be a whole number from 1 to 10000"),
        ("MAX_CONCURRENT_WORKFLOW_TASKS", "10001", "is '10001': it must be a whole number from 1 to 10000"),
        (
            "GRACEFUL_SHUTDOWN_SECONDS",
            "1.5",
            "is '1.5': it must be a whole number from 0 to 86400; leave it out for 20",
        ),
        ("HEALTH_PORT", "65536", "is '65536': it must be a whole number from 1 to 65535; leave it out for 8080"),
        ("METRICS_PORT", "²", "is '²': it must be a whole number from 1 to 65535"),
        ("TEMPORAL_HOST", "https://temporal:7233", "is 'https://temporal:7233': it must be host:port without a scheme"),
        ("TEMPORAL_HOST", "temporal", "is 'temporal': it must be host:port without a scheme, as in 127.0.0.1:7233"),
        ("TEMPORAL_HOST", "temporal:99999", "is 'temporal:99999': it must be host:port"),
        ("POD_IP", "localhost", "is 'localhost': it must be an IP address, as in 127.0.0.1"),
        ("TASK_QUEUE", " ", "is empty: give it a value or leave it out"),
        ("TEMPORAL_NAMESPACE", "", "is empty: give it a value or leave it out"),
    ],
)
def test_a_bad_value_is_refused_with_name_value_and_fix(name: str, value: str, message: str) -> None:
    """The one line is enough to fix it."""
    with pytest.raises(InvalidSettingError) as refusal:
        read_settings({name: value}, default_task_queue="orders")
    assert str(refusal.value).startswith(f"{name} {message}")
    assert "\n" not in str(refusal.value)
