"""From the JSON schema of a pydantic model to the structural schema that a CRD takes.

A structural schema has no references and no `null` alternatives, and a type at every node; see
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from typing import Any, Final

from pydantic import BaseModel

_NULL: Final = {"type": "null"}
_DROPPED: Final = frozenset({"title", "$defs"})
_FIRST: Final = ("description", "type", "format", "default")


def structural_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Describe `model` as a CRD does, with every nested model in its place.

    Raises:
        ValueError: A field inside a list has a default.
    """
    schema = model.model_json_schema(by_alias=True)
    described = _structural(schema, schema.get("$defs", {}))
    _refuse_defaults_in_lists(described)
    return described


def _refuse_defaults_in_lists(node: dict[str, Any], path: str = "", *, in_list: bool = False) -> None:
    """See that the API server fills in nothing inside a list.

    Argo CD compares lists as a whole: what is filled in within one differs from the manifest for ever. Such a default
    belongs into the code.
    """
    if in_list and "default" in node:
        raise ValueError(f"{path} has a default inside a list: let it be None, and give the default where it is used")
    for name, child in node.get("properties", {}).items():
        _refuse_defaults_in_lists(child, f"{path}.{name}".lstrip("."), in_list=in_list)
    if "items" in node:
        _refuse_defaults_in_lists(node["items"], f"{path}[]", in_list=True)


def _structural(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Make a node, and all those below it, structural."""
    node = _resolved(_without_null(node), definitions)
    node = {key: value for key, value in node.items() if key not in _DROPPED}
    if node.get("type") == "integer":
        node = {"format": "int32"} | node
    if node.pop("additionalProperties", None) is True:
        node["x-kubernetes-preserve-unknown-fields"] = True
    if "description" in node:
        node["description"] = " ".join(node["description"].split())
    if "items" in node:
        node["items"] = _structural(node["items"], definitions)
    if "properties" in node:
        node["properties"] = {name: _structural(child, definitions) for name, child in node["properties"].items()}
    return {key: node[key] for key in sorted(node, key=_reading_order)}


def _reading_order(key: str) -> tuple[int, str]:
    """Put what a field is before what it may hold."""
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Leave absence to `required`: an optional field has one type, and no default that only says it is absent."""
    node = {key: value for key, value in node.items() if key != "default" or value not in (None, [])}
    alternatives = node.get("anyOf", [])
    if _NULL not in alternatives:
        return node
    (alternative,) = (choice for choice in alternatives if choice != _NULL)
    remaining: dict[str, Any] = alternative
    return remaining | {key: value for key, value in node.items() if key != "anyOf"}


def _resolved(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Put the definition in place of a reference; what the field says, such as its description, goes before it."""
    definition: dict[str, Any] = definitions[node["$ref"].removeprefix("#/$defs/")] if "$ref" in node else {}
    return definition | {key: value for key, value in node.items() if key != "$ref"}
