"""The manifests that come of another scaler's object, as YAML that `twp validate` admits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.api.connection import CONNECTION_KIND
from controller.api.spec import API_VERSION, KIND
from controller.cli.admission.objects import refusals
from controller.cli.migrate.source import Remark, Source
from controller.cli.output import as_yaml

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Converted:
    """A pool with what it needs, and what is to be known of it."""

    objects: tuple[Object, ...]
    """In the order in which they are applied."""
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def yaml(self) -> str:
        """All objects, one document each."""
        return "\n---\n".join(map(as_yaml, self.objects))

    @property
    def faults(self) -> list[Remark]:
        """What the API server would refuse."""
        return [
            Remark("", f"{each['kind']}/{each['metadata']['name']}", fault.field, str(fault).partition(": ")[2])
            for each in self.objects
            for fault in refusals(each)
        ]


def worker_pool(source: Source, spec: Mapping[str, Any]) -> Object:
    """A pool under the name of the object that it comes from; it recommends until it is adopted."""
    return _object(KIND, source, source.name, {**_set(spec), "mode": "Recommend"})


def temporal_connection(source: Source, name: str, spec: Mapping[str, Any]) -> Object:
    """A connection beside it."""
    return _object(CONNECTION_KIND, source, name, spec)


def task_queues(names: Iterable[tuple[str, tuple[str, ...]]]) -> list[Object]:
    """Task queues with the types of their tasks; of one that comes again, the types are joined."""
    queues: dict[str, list[str]] = {}
    for name, types in names:
        known = queues.setdefault(name, [])
        known += [each for each in types if each not in known]
    return [{"name": name, "tasks": [{"type": each} for each in types]} for name, types in queues.items()]


def _object(kind: str, source: Source, name: str, spec: Mapping[str, Any]) -> Object:
    namespace = {"namespace": source.namespace} if source.namespace else {}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name, **namespace}, "spec": dict(spec)}


def _set(spec: Mapping[str, Any]) -> Object:
    return {name: value for name, value in spec.items() if value not in (None, {}, [])}
