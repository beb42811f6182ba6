"""What all resource models share: immutability, the API's names, and how a field says what only the CRD can say."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict
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
        message: Names the field and the mend; the API server shows it to whoever applied the object.
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
"""A measured number with two significant digits: what changes less is not worth a write of status."""


def _one_decimal(number: float) -> float:
    return round(number, 1)


Percent = Annotated[float, AfterValidator(_one_decimal)]
"""A percentage with one decimal."""
