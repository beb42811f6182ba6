"""What all resource models share: immutability, the API's names, and how a field says what only the CRD can say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel


class TaskType(StrEnum):
    """The types of tasks that a worker polls from a task queue."""

    WORKFLOW = "Workflow"
    ACTIVITY = "Activity"
    NEXUS = "Nexus"


class ApiModel(BaseModel):
    """A part of a resource: immutable, camelCase in the API and snake_case here.

    Unknown fields are ignored: an operator that is older than the CRD of its cluster must keep scaling.
    The docstring under a field is its description in the CRD.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def from_manifest(cls, manifest: Any) -> Self:  # noqa: ANN401 - whatever the API server sent is judged here
        """Read an object as the API server sent it; null is absence, as Helm charts write it for what is not set.

        Raises:
            pydantic.ValidationError: A field is missing, has the wrong type or is out of range.
        """
        return cls.model_validate(_without_null(manifest))

    def to_manifest(self) -> dict[str, Any]:
        """Write the object as the API server takes it: JSON types, camelCase, absent where None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _without_null(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value


def rule(expression: str, message: str, field_path: str | None = None) -> dict[str, str]:
    """State one CEL rule of the CRD.

    Args:
        expression: CEL over `self`, true for a valid value.
        message: Names the field and the fix; the API server shows it to the user who applies the object.
        field_path: Field below `self` that the refusal points at, such as `.minReplicas`.
    """
    stated = {"rule": expression, "message": message}
    return stated if field_path is None else {**stated, "fieldPath": field_path}


def validations(*rules: dict[str, str]) -> dict[str, Any]:
    """Put CEL rules into the `json_schema_extra` of the field or model that they protect."""
    return {"x-kubernetes-validations": list(rules)}


def list_map(*keys: str) -> dict[str, Any]:
    """Say that a list is a map: its items are unique by `keys`, and several appliers may own different items."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def _two_digits(number: float) -> float:
    return float(f"{number:.2g}")


Rounded = Annotated[float, AfterValidator(_two_digits)]
"""A measured number with two significant digits: a smaller change is no reason to write status."""


def _one_decimal(number: float) -> float:
    return round(number, 1)


Percent = Annotated[float, AfterValidator(_one_decimal)]
"""A percentage with one decimal."""


def _whole_seconds(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise ValueError("it lies before the year 1 or after 9999 in UTC") from error


Timestamp = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]
"""A time in UTC with whole seconds, as Kubernetes writes `metav1.Time`."""

_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def timestamp(seconds: float) -> datetime:
    """A moment as a `Timestamp`: the first or last one that can be written where it lies before 1970 or after 9999."""
    return _whole_seconds(datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST), UTC))


def written(seconds: float) -> str:
    """A moment as people read it in messages, such as `2026-11-24T12:00:00Z`."""
    return timestamp(seconds).isoformat().replace("+00:00", "Z")


Model = TypeVar("Model", bound=ApiModel)

MOST_LEFT_OUT: Final = 200
"""Values that are dropped one by one; a resource with more values that can't be read counts as empty."""


def read_partly(model: type[Model], manifest: Any) -> tuple[Model, tuple[str, ...]]:  # noqa: ANN401 - any JSON
    """What can be read of a manifest, and the paths of what can't be.

    A part that lacks a required field, such as a condition without a reason, is dropped as a whole.

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
            unread[_path(fault["loc"])] = None
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


def _path(place: Sequence[int | str]) -> str:
    """As people write it, such as `conditions[0].reason`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")
