"""The CEL rules of a schema (`x-kubernetes-validations`), in the words of k8s.io/apiextensions-apiserver."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from controller.cli.admission.schema import Fault, Schema, quoted

if TYPE_CHECKING:
    import cel


def rule_faults(schema: Schema, value: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - any JSON
    """The rules that a value breaks, and those that what is in it breaks; it is valid by its schema."""
    for rule in schema.get("x-kubernetes-validations", ()):
        yield from _broken(rule, typed(schema, value), path)
    if isinstance(value, dict):
        for name, field in schema.get("properties", {}).items():
            if name in value:
                yield from rule_faults(field, value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from rule_faults(schema.get("items", {}), item, f"{path}[{index}]")


def _broken(rule: Mapping[str, str], value: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401 - likewise
    shown = "" if isinstance(value, dict | list) else f"{quoted(_written(value))}: "
    try:
        if _compiled(rule["rule"]).execute(_context(value)) is not True:
            yield Fault(path + rule.get("fieldPath", ""), f"Invalid value: {shown}{rule['message']}")
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        kind = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else str(_written(value))
        yield Fault(path, f'Invalid value: "{kind}": {error} evaluating rule: {rule["message"]}')


def typed(schema: Schema, value: Any) -> Any:  # noqa: ANN401 - likewise
    """The value with the types of its schema: CEL compares no whole number with a fraction."""
    if isinstance(value, dict):
        return {name: typed(schema.get("properties", {}).get(name, {}), item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(schema.get("items", {}), item) for item in value]
    is_number = schema.get("type") == "number" and isinstance(value, int) and not isinstance(value, bool)
    return float(value) if is_number else value


def _written(value: Any) -> Any:  # noqa: ANN401 - likewise
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def _compiled(rule: str) -> "cel.Program":
    import cel  # noqa: PLC0415 - it loads a whole terminal toolkit, which no other command needs

    return cel.compile(rule)


def _context(value: Any) -> "cel.Context":  # noqa: ANN401 - likewise
    import cel  # noqa: PLC0415 - likewise

    return cel.Context(
        variables={"self": value}, functions={"lastIndexOf": str.rfind, "substring": _substring, "trim": str.strip}
    )


def _substring(text: str, start: int, end: int | None = None) -> str:
    """Of Kubernetes' own string functions, which CEL itself does not have."""
    return text[start:end]
