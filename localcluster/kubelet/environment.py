"""A container's environment variables: values, references and `$(VAR)`, with the real kubelet's meaning."""

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from kubernetes.utils.quantity import parse_quantity

from localcluster.kubelet.node import Capacity
from localcluster.kubelet.pod_spec import Container, Json

_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


class ConfigError(Exception):
    """A container can't be created from what its spec refers to; the message is for the pod's status."""


@dataclass(frozen=True)
class Known:
    """What a pod may refer to that its own object does not show, or not yet."""

    fields: Mapping[str, str]
    """By their paths, such as `status.podIP`."""
    capacity: Mapping[str, str]
    """Of the node, by resource: the limit of a container that has none."""

    @classmethod
    def of(cls, pod_address: str, host_address: str, capacity: Capacity) -> Self:
        """Of a pod with one address on a node with one."""
        addresses = {"pod": pod_address, "host": host_address}
        fields = {f"status.{whose}IP{end}": address for whose, address in addresses.items() for end in ("", "s")}
        return cls(fields, capacity.as_json())


class Reader(Protocol):
    """Reads what a pod of this node refers to; `None` if it doesn't exist."""

    async def config_map(self, namespace: str, name: str) -> Json | None:
        """A ConfigMap."""

    async def secret(self, namespace: str, name: str) -> Json | None:
        """A Secret."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace `$(NAME)` by the variable's value and `$$` by `$`.

    A reference to a variable that isn't there stays as it is (Kubernetes API reference, `Container.command`).
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        return "$" if name is None else variables.get(name, match.group(0))

    return _REFERENCE.sub(replace, text)


async def container_environment(container: Container, pod: Json, known: Known, reader: Reader) -> dict[str, str]:
    """The variables that the spec asks for, in its order: a later one may use an earlier one, and overrides `envFrom`.

    Args:
        container: Whose variables.
        pod: The pod it belongs to.
        known: What the pod's own object does not show.
        reader: Gives ConfigMaps and Secrets.

    Raises:
        ConfigError: Something that is referred to doesn't exist and isn't optional.
    """
    variables: dict[str, str] = {}
    for source in container.env_from:
        variables.update(await _all_of(source, pod, reader))
    for variable in container.env:
        reference: Json | None = variable.get("valueFrom")
        if reference is None:
            variables[variable["name"]] = expand(variable.get("value", ""), variables)
        elif (value := await _referenced(reference, pod, container.name, known, reader)) is not None:
            variables[variable["name"]] = value
    return variables


async def _all_of(source: Json, pod: Json, reader: Reader) -> dict[str, str]:
    kind = "configMapRef" if "configMapRef" in source else "secretRef"
    data = await _data(kind, source[kind], pod, reader)
    return {source.get("prefix", "") + key: value for key, value in (data or {}).items()}


async def _referenced(source: Json, pod: Json, container: str, known: Known, reader: Reader) -> str | None:
    if "fieldRef" in source:
        return field_of(source["fieldRef"]["fieldPath"], pod, known)
    if "resourceFieldRef" in source:
        return resource_of(source["resourceFieldRef"], pod, container, known)
    kind = "configMapKeyRef" if "configMapKeyRef" in source else "secretKeyRef"
    reference = source[kind]
    data = await _data(kind, reference, pod, reader)
    if data is not None and reference["key"] in data:
        return data[reference["key"]]
    if reference.get("optional"):
        return None
    where = f"{pod['metadata']['namespace']}/{reference['name']}"
    raise ConfigError(f"couldn't find key {reference['key']} in {_KINDS[kind]} {where}")


_KINDS = {"configMapRef": "ConfigMap", "configMapKeyRef": "ConfigMap", "secretRef": "Secret", "secretKeyRef": "Secret"}


async def _data(kind: str, reference: Json, pod: Json, reader: Reader) -> dict[str, str] | None:
    namespace, name = pod["metadata"]["namespace"], reference.get("name", "")
    if _KINDS[kind] == "ConfigMap":
        found = await reader.config_map(namespace, name)
        data = dict((found or {}).get("data") or {})
    else:
        found = await reader.secret(namespace, name)
        encoded = (found or {}).get("data") or {}
        data = {key: base64.b64decode(value).decode(errors="replace") for key, value in encoded.items()}
    if found is None and not reference.get("optional"):
        raise ConfigError(f'{_KINDS[kind].lower()} "{name}" not found')
    return None if found is None else data


def resource_of(reference: Json, pod: Json, container: str, known: Known) -> str:
    """A container's request or limit in whole divisors, rounded up; a limit that is not set is what the node has."""
    name = reference.get("containerName") or container
    (resources,) = (each.get("resources", {}) for each in pod["spec"]["containers"] if each["name"] == name)
    section, _, resource = reference["resource"].partition(".")
    unset = known.capacity.get(resource, "0") if section == "limits" else "0"
    quantity = parse_quantity(resources.get(section, {}).get(resource, unset))  # type: ignore[no-untyped-call]  # half typed
    divisor = parse_quantity(reference.get("divisor") or "1") or 1  # type: ignore[no-untyped-call]  # half typed
    return str(math.ceil(quantity / divisor))


def field_of(path: str, pod: Json, known: Known) -> str:
    """The value of a field of the pod that a variable or a file may show."""
    if path in known.fields:
        return known.fields[path]
    # metadata.labels['name'] and metadata.annotations['name']: an absent one is empty, as in the real kubelet.
    if keyed := re.fullmatch(r"metadata\.(labels|annotations)\['(.*)'\]", path):
        return str(pod["metadata"].get(keyed[1], {}).get(keyed[2], ""))
    section, name = path.split(".")
    return str(pod[section].get(name, ""))
