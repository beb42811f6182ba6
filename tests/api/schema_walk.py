"""A walk over the schema of a CRD."""

from collections.abc import Iterator
from typing import Any

LIMITS = {
    "enum",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "x-kubernetes-list-map-keys",
}
"""Keywords of a schema that limit a value."""


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each node below a schema with its path, such as `spec.taskQueues[].tasks[].slots`."""
    if path:
        yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")


def limits(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each limit that the schema of a spec sets: the field's path and the keyword."""
    for path, node in nodes(spec, "spec"):
        inner = path.removeprefix("spec.")
        yield from ((inner, keyword) for keyword in LIMITS & set(node))
        prefix = "" if path == "spec" else f"{inner}."
        yield from ((f"{prefix}{name}", "required") for name in node.get("required", []))
