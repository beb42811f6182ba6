"""Reading a resource of which not everything can be read: what can't is left out, by its path, and the rest counts."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from controller.api.model import ApiModel

Model = TypeVar("Model", bound=ApiModel)

MOST_LEFT_OUT: Final = 200
"""Values that are left out one by one; a resource of which more can't be read counts as empty."""


def read_partly(model: type[Model], manifest: Any) -> tuple[Model, tuple[str, ...]]:  # noqa: ANN401 - any JSON
    """What can be read of a manifest, and the paths of what can't be.

    A part that lacks a field which it must have, such as a condition without a reason, is left out as a whole.

    Raises:
        pydantic.ValidationError: The manifest itself lacks such a field.
    """
    unread: dict[str, None] = {}
    for _ in range(MOST_LEFT_OUT):
        try:
            return model.from_manifest(manifest), tuple(unread)
        except ValidationError as error:
            fault = error.errors()[0]
            place = fault["loc"][:-1] if fault["type"] == "missing" else fault["loc"]
            unread[_written(fault["loc"])] = None
            if not place:
                break
            manifest = _without(manifest, place)
    return model(), tuple(unread)


def _without(node: Any, place: Sequence[int | str]) -> Any:  # noqa: ANN401 - any JSON
    """The JSON without the value in a place; without all of it, where it is no such place."""
    match node, place:
        case dict(), [key]:
            return {name: value for name, value in node.items() if name != key}
        case dict(), [key, *below] if key in node:
            return node | {key: _without(node[key], below)}
        case list(), [int(index)]:
            return [*node[:index], *node[index + 1 :]]
        case list(), [int(index), *below] if index < len(node):
            return [*node[:index], _without(node[index], below), *node[index + 1 :]]
        case _:
            return {}


def _written(place: Sequence[int | str]) -> str:
    """As people write it, such as `conditions[0].reason`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")
