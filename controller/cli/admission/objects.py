"""Whole objects: what the API server refuses before it validates the spec, and then what it has against that."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from controller.api.crd import crds
from controller.api.spec import GROUP
from controller.cli.admission.rules import rule_faults
from controller.cli.admission.schema import NO_FIELD, Fault, Schema, completed, faults, quoted, sent, unknown_fields

STRICT: Final = "strict decoding error"

_UNCHECKED: Final = Fault(
    NO_FIELD,
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation",
)

_METADATA: Final[Schema] = {
    "properties": {
        name: {"x-kubernetes-preserve-unknown-fields": True}
        for name in (
            *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers"),
            *("generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences"),
            *("resourceVersion", "selfLink", "uid"),
        )
    }
}
"""The fields of ObjectMeta."""

_NAME: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_WRONG_NAME: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_NAME}')"
)


def is_ours(manifest: Mapping[str, Any]) -> bool:
    """Whether the API group is that of pools and connections."""
    return str(manifest.get("apiVersion", "")).partition("/")[0] == GROUP


@cache
def _schemas() -> dict[tuple[str, str], Schema]:
    """The schema of each kind, by apiVersion and kind."""
    return {
        (f"{GROUP}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"]["openAPIV3Schema"]
        for crd in crds()
        for version in crd["spec"]["versions"]
    }


def refusals(manifest: Mapping[str, Any]) -> list[Fault]:
    """What the API server has against an object of this group; empty where it would admit it."""
    version, kind = str(manifest.get("apiVersion")), str(manifest.get("kind"))
    schema = _schemas().get((version, kind))
    if schema is None:
        return [Fault("kind", f'no matches for kind "{kind}" in version "{version}"')]
    return list(_undecodable(schema, manifest)) or list(_invalid(schema, manifest))


def _undecodable(schema: Schema, manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """What can't be decoded: then nothing else is checked."""
    strict = {"properties": schema["properties"] | {"metadata": _METADATA}}
    for path in sorted(unknown_fields(strict, manifest)):
        yield Fault(path, f'{STRICT}: unknown field "{path}"')
    metadata = manifest.get("metadata")
    for name in ("labels", "annotations"):
        texts = metadata.get(name) if isinstance(metadata, dict) else None
        for key, text in texts.items() if isinstance(texts, dict) else ():
            if not isinstance(text, str):
                expected = f"{quoted(text)} must be a string: put it in quotes"
                yield Fault(f"metadata.{name}.{key}", f"Invalid value: {expected}")


def _invalid(schema: Schema, manifest: Mapping[str, Any]) -> list[Fault]:
    found = list(_metadata_faults(manifest))
    spec = schema["properties"]["spec"]
    if manifest.get("spec") is None:
        return [*found, Fault("spec", "Required value", blocks_rules=True), _UNCHECKED]
    value = completed(spec, sent(manifest["spec"]))
    found += faults(spec, value, "spec")
    if any(fault.blocks_rules for fault in found):
        return [*found, _UNCHECKED]
    return [*found, *rule_faults(spec, value, "spec")]


def _metadata_faults(manifest: Mapping[str, Any]) -> Iterator[Fault]:
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name = metadata.get("name") or metadata.get("generateName")
    if not name:
        yield Fault("metadata.name", "Required value: name or generateName is required", blocks_rules=True)
    elif metadata.get("name") and not re.fullmatch(_NAME, str(name)):
        yield Fault("metadata.name", f"Invalid value: {quoted(name)}: {_WRONG_NAME}")
