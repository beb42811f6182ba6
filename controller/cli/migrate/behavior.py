"""`behavior` of autoscaling/v2, which a pool has with the same fields and meaning."""

from typing import Any, Final

from controller.cli.migrate.source import Path, Source

DIRECTIONS: Final = ("scaleUp", "scaleDown")


def behavior(source: Source, *path: str | int) -> dict[str, Any]:
    """Its rules for both directions; empty where there are none."""
    both = {direction: _rules(source, (*path, direction)) for direction in DIRECTIONS}
    return {direction: rules for direction, rules in both.items() if rules}


def _rules(source: Source, path: Path) -> dict[str, Any]:
    policies = source.get(*path, "policies") or ()
    rules = {
        "stabilizationWindowSeconds": source.number(*path, "stabilizationWindowSeconds"),
        "selectPolicy": source.take(*path, "selectPolicy"),
        "policies": [_policy(source, (*path, "policies", index)) for index in range(len(policies))] or None,
        "tolerance": source.quantity(*path, "tolerance"),
    }
    return {name: value for name, value in rules.items() if value is not None}


def _policy(source: Source, path: Path) -> dict[str, Any]:
    return {
        "type": source.take(*path, "type"),
        "value": source.number(*path, "value"),
        "periodSeconds": source.number(*path, "periodSeconds"),
    }
