"""The checks of a structural schema: types, limits and required fields, in the words of k8s.io/kube-openapi."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

from typing_extensions import override

Schema = Mapping[str, Any]

NO_FIELD: Final = "<nil>"
"""What the API server writes where a fault has no field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    field: str
    """Such as `spec.taskQueues[0].name`."""
    text: str
    """Such as `Required value`."""
    blocks_rules: bool = False
    """Whether the API server evaluates no CEL rule after it."""

    @override
    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def sent(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value as kubectl sends it: 5.0 as 5, and what no integer of 64 bits holds as a fraction."""
    match value:
        case dict():
            return {name: sent(item) for name, item in value.items()}
        case list():
            return [sent(item) for item in value]
        case float() if value.is_integer() and abs(value) < 1e21:
            return int(value) if abs(value) < 2**63 else value
        case int() if not -(2**63) <= value < 2**63:
            return float(value)
    return value


def completed(schema: Schema, value: Any) -> Any:  # noqa: ANN401 - likewise
    """The value as the API server validates it: without null in objects, and with the defaults."""
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        present = {name: item for name, item in value.items() if item is not None or name not in fields}
        defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
        return {name: completed(fields.get(name, {}), item) for name, item in (defaults | present).items()}
    if isinstance(value, list):
        return [completed(schema.get("items", {}), item) for item in value]
    return value


def unknown_fields(schema: Schema, value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - likewise
    """The paths of fields that the schema does not have."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        for name, item in value.items():
            below = f"{path}.{name}".removeprefix(".")
            if name in fields:
                yield from unknown_fields(fields[name], item, below)
            else:
                yield below
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(schema.get("items", {}), item, f"{path}[{index}]")


def faults(schema: Schema, value: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - likewise
    """What the schema has against a value, and against all that is in it."""
    yield from _wrong_type(schema, value, path)
    if value is None:
        return
    yield from _not_in_enum(schema, value, path)
    match value:
        case bool():
            return
        case int() | float():
            yield from _number(schema, value, path)
        case str():
            yield from _text(schema, value, path)
        case list():
            yield from _array(schema, value, path)
        case _:
            yield from _object(schema, value, path)


_KINDS: Final[Mapping[type, tuple[str, str]]] = {
    NoneType: ("null", ""),
    bool: ("boolean", ""),
    int: ("integer", "int64"),
    float: ("number", "float64"),
    str: ("string", ""),
    list: ("array", ""),
    dict: ("object", ""),
}
"""Type and format of a value, as the API server sees it."""


def _wrong_type(schema: Schema, value: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - likewise
    expected, found = schema.get("type"), _KINDS[type(value)]
    if expected in {None, found[0]} or (expected == "number" and found[0] == "integer"):
        return
    named, shown = expected, found[0]
    if "format" in schema and found[0] not in {"null", "string", "array"}:
        named, shown = schema["format"], found[1]
    yield Fault(path, f'Invalid value: "{shown}": {path} in body must be of type {named}: "{shown}"', blocks_rules=True)


def _not_in_enum(schema: Schema, value: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - likewise
    if "enum" in schema and value not in schema["enum"]:
        supported = ", ".join(map(quoted, schema["enum"]))
        yield Fault(path, f"Unsupported value: {quoted(value)}: supported values: {supported}", blocks_rules=True)


def _number(schema: Schema, value: float, path: str) -> Iterator[Fault]:
    is_int32 = isinstance(value, int) and -(2**31) <= value < 2**31
    if schema.get("format") == "int32" and schema.get("type") == "integer" and not is_int32:
        text = f"Checked value must be of type integer with format int32 in {path}"
        yield Fault(NO_FIELD, f'Invalid value: "": {text}')
    if "minimum" in schema and value < schema["minimum"]:
        yield _limit(path, value, f"be greater than or equal to {quoted(schema['minimum'])}")
    if "maximum" in schema and value > schema["maximum"]:
        yield _limit(path, value, f"be less than or equal to {quoted(schema['maximum'])}")


def _text(schema: Schema, value: str, path: str) -> Iterator[Fault]:
    if len(value) > schema.get("maxLength", len(value)):
        yield Fault(path, f"Too long: may not be more than {schema['maxLength']} bytes", blocks_rules=True)
    if len(value) < schema.get("minLength", 0):
        yield _limit(path, value, f"be at least {schema['minLength']} chars long")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield _limit(path, value, f"match '{schema['pattern']}'")


def _array(schema: Schema, value: list[Any], path: str) -> Iterator[Fault]:
    for index, item in enumerate(value):
        yield from faults(schema.get("items", {}), item, f"{path}[{index}]")
    if len(value) < schema.get("minItems", 0):
        text = f"{path} in body should have at least {schema['minItems']} items"
        yield Fault(path, f"Invalid value: {len(value)}: {text}")
    if len(value) > schema.get("maxItems", len(value)):
        yield Fault(path, f"Too many: {len(value)}: must have at most {schema['maxItems']} items", blocks_rules=True)
    if schema.get("x-kubernetes-list-type") == "map":
        yield from _duplicates(schema["x-kubernetes-list-map-keys"], value, path)


def _duplicates(keys: list[str], items: list[Any], path: str) -> Iterator[Fault]:
    """Items of a list that is a map, with the key of an earlier one."""
    seen: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            if item is not None:
                text = "must be an object for an array of list-type map"
                yield Fault(f"{path}[{index}]", f"Invalid value: {quoted(item)}: {text}")
            continue
        key = {name: item[name] for name in keys if name in item}
        if key in seen:
            written = json.dumps(key, separators=(",", ":"), ensure_ascii=False)
            yield Fault(f"{path}[{index}]", f"Duplicate value: {written}")
        else:
            seen.append(key)


def _object(schema: Schema, value: dict[str, Any], path: str) -> Iterator[Fault]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault(f"{path}.{name}", "Required value", blocks_rules=True)
    for name, field in schema.get("properties", {}).items():
        if name in value:
            yield from faults(field, value[name], f"{path}.{name}")


def _limit(path: str, value: Any, limit: str) -> Fault:  # noqa: ANN401 - likewise
    return Fault(path, f"Invalid value: {quoted(value)}: {path} in body should {limit}")


def quoted(value: Any) -> str:  # noqa: ANN401 - likewise
    """A value as the API server writes it in a message."""
    return json.dumps(value, ensure_ascii=False)
