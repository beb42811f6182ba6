"""The Deployment that the other scaler scales: its name, and what of its manifest a pool needs to know."""

from collections.abc import Mapping
from typing import Any

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.migrate.source import Source
from controller.cluster.fields import Fields


def scale_target(source: Source) -> str:
    """The name of the Deployment.

    Raises:
        CliError: Something else is scaled.
    """
    path = "spec", "scaleTargetRef"
    kind = source.take(*path, "kind") or "Deployment"
    version = source.take(*path, "apiVersion") or "apps/v1"
    name = source.take(*path, "name")
    if (kind, version) != ("Deployment", "apps/v1") or not name:
        raise CliError(
            f"{source.manifest.name} scales {kind} {name or '(no name)'} of {version}; a pool scales a Deployment of "
            "apps/v1: run the workers as one",
            ExitStatus.USAGE,
        )
    return str(name)


def name_containers(source: Source, deployment: Mapping[str, Any] | None) -> None:
    """Says so where a pool has to be given the container that runs the worker, because there are several."""
    if len(names := [container.text("name") for container in _containers(deployment)]) > 1:
        source.note(
            f"set spec.containerName of the pool: the pods have the containers {', '.join(names)}",
            *("spec", "scaleTargetRef"),
        )


def variable(deployment: Mapping[str, Any] | None, name: str, container: str | None) -> str | None:
    """The value of an environment variable of its pods, as KEDA resolves it; `None` where it is not in the manifest."""
    found = _containers(deployment)
    chosen = [each for each in found if container in {None, each.text("name")}][:1]
    variables = (variable for each in chosen for variable in each.items("env"))
    return next((each.text("value") for each in variables if each.text("name") == name), None) or None


def _containers(deployment: Mapping[str, Any] | None) -> list[Fields]:
    return list(Fields(deployment or {}).part("spec", "template", "spec").items("containers"))
