"""Dataclasses of the decision as JSON values, and back without loss.

A field that has its default is left out, so that a record is small. An unknown field is refused: it would be lost.
"""

import dataclasses
import types
from collections.abc import Hashable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class CodecError(ValueError):
    """A value is not what its type says; the text names the field."""


def to_json(value: Any) -> Any:  # noqa: ANN401 - whatever a dataclass may hold
    """The value as JSON has it; floats and whole numbers stay what they are."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(item) for name, item in _given(value)}
    if isinstance(value, Mapping):
        return {str(to_json(key)): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(to_json(item) for item in value)
    return value


def from_json(type_: type[T], value: Any, name: str = "") -> T:  # noqa: ANN401 - whatever is in a file is judged here
    """The value that `to_json` wrote.

    Args:
        type_: What it is to be.
        value: As it was read.
        name: Of the field, for messages.

    Raises:
        CodecError: It is something else, or has a field that the type has not.
    """
    return cast("T", _read(type_, value, name))


def _given(value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - likewise
    """The fields that don't have their default."""
    held = [(field, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return [(field.name, item) for field, item in held if not _is_default(field, item)]


def _is_default(field: dataclasses.Field[Any], item: Any) -> bool:  # noqa: ANN401 - likewise
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    else:
        return False
    return type(default) is type(item) and bool(default == item)


def _read(type_: Any, value: Any, name: str) -> Any:  # noqa: ANN401 - types of all kinds
    origin, arguments = get_origin(type_), get_args(type_)
    if origin in {Union, types.UnionType}:
        return _read_one_of(arguments, value, name)
    if dataclasses.is_dataclass(type_):
        return _read_dataclass(cast("type[Any]", type_), value, name)
    if origin is not None:
        return _read_many(origin, arguments, value, name)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _read_enum(type_, value, name)
    return _expect(type_, value, name)


def _read_one_of(arguments: tuple[Any, ...], value: Any, name: str) -> Any:  # noqa: ANN401 - likewise
    errors = []
    for argument in arguments:
        try:
            return _read(argument, value, name)
        except CodecError as error:
            errors.append(str(error))
    raise CodecError(errors[0])


def _read_dataclass(type_: type[Any], value: Any, name: str) -> Any:  # noqa: ANN401 - likewise
    hints = _hints(cast("Any", type_))
    given = _expect(dict, value, name)
    if unknown := sorted(given.keys() - hints.keys()):
        raise CodecError(f"{name or type_.__name__} has no field {unknown[0]}")
    fields = {key: _read(hints[key], item, f"{name}.{key}".lstrip(".")) for key, item in given.items()}
    try:
        return type_(**fields)
    except TypeError as error:
        raise CodecError(f"{name or type_.__name__}: {str(error).partition('() ')[2]}") from None


def _read_many(origin: type[Any], arguments: tuple[Any, ...], value: Any, name: str) -> Any:  # noqa: ANN401 - likewise
    if origin is tuple:
        return _read_tuple(arguments, value, name)
    if issubclass(origin, Mapping):
        named = _expect(dict, value, name).items()
        return {_read(arguments[0], key, name): _read(arguments[1], item, f"{name}.{key}") for key, item in named}
    return frozenset(_read(arguments[0], item, name) for item in _expect(list, value, name))


def _read_tuple(arguments: tuple[Any, ...], value: Any, name: str) -> Any:  # noqa: ANN401 - likewise
    items = _expect(list, value, name)
    if arguments[-1] is Ellipsis:
        return tuple(_read(arguments[0], item, f"{name}[{i}]") for i, item in enumerate(items))
    if len(items) != len(arguments):
        raise CodecError(f"{name} must have {len(arguments)} items")
    return tuple(_read(kind, item, f"{name}[{i}]") for i, (kind, item) in enumerate(zip(arguments, items, strict=True)))


def _read_enum(type_: type[Enum], value: Any, name: str) -> Enum:  # noqa: ANN401 - likewise
    try:
        return type_(value)
    except ValueError:
        raise CodecError(f"{name} must be one of {', '.join(str(each.value) for each in type_)}") from None


def _expect(type_: Any, value: Any, name: str) -> Any:  # noqa: ANN401 - likewise
    """A plain value of just this type; a whole number is a float, too, and stays one for exactness."""
    if type_ is float and type(value) is int:
        return value
    if type_ in {None, types.NoneType}:
        if value is None:
            return None
        raise CodecError(f"{name} must be null")
    if type_ is Any or type(value) is type_:
        return value
    raise CodecError(f"{name or 'it'} must be {_WORDS.get(type_, str(type_))}, and is {str(value)[:40]!r}")


_WORDS = {
    float: "a number",
    int: "a whole number",
    str: "text",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


@cache
def _hints(type_: Hashable) -> dict[str, Any]:
    hints = get_type_hints(type_)
    return {field.name: hints[field.name] for field in dataclasses.fields(cast("type[Any]", type_)) if field.init}
