"""The other scalers of a pool's Deployment: what pauses each of them, and what lets it go on as it was."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from controller.cli.commands import CliError
from controller.cli.exit_status import ExitStatus
from controller.cli.kube import Kube
from controller.cluster.fields import Fields
from controller.cluster.resources import HPAS, JSON_PATCH, MERGE_PATCH, SCALED_OBJECTS, VPAS, Resource
from controller.cluster.scalers import HPA, HPA_PAUSED, KEDA_PAUSED, Scaler, to_hpa, to_scaled_object, to_vpa
from controller.scaling.field_manager import ManagerKind, kind_of

ADOPTED_BY: Final = "workerpools.dev/adopted-by"
"""Annotation of another scaler that was paused for a pool: the pool's name, and for an HPA the fields that it had."""

_KINDS: Final = ((HPAS, to_hpa), (SCALED_OBJECTS, to_scaled_object), (VPAS, to_vpa))
_RESOURCES: Final[Mapping[str, Resource]] = {HPA: HPAS, "ScaledObject": SCALED_OBJECTS}


@dataclass(frozen=True, slots=True)
class Change:
    """One patch."""

    content_type: str
    body: Mapping[str, Any] | list[dict[str, Any]]
    what: str
    """What it does, such as `paused by the annotation …`."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another scaler."""

    scaler: Scaler
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As kubectl writes it, such as `horizontalpodautoscaler/orders`."""
        return f"{self.scaler.kind.lower()}/{self.scaler.name}"

    @property
    def resource(self) -> Resource | None:
        """Where it is changed; `None` for what can't be paused without harm."""
        return _RESOURCES.get(self.scaler.kind)

    @property
    def adopted(self) -> Mapping[str, Any] | None:
        """What is noted of the pause that a pool made; `None` where none did."""
        text = Fields(self.manifest).part("metadata").labels("annotations").get(ADOPTED_BY)
        try:
            noted = json.loads(text) if text else None
        except ValueError:
            return None
        return noted if isinstance(noted, dict) else None

    @property
    def applied_by(self) -> str | None:
        """What applies its spec from a repository or a chart, and would set back a change; `None`: nothing known."""
        return applied_by(self.manifest, "f:scaleTargetRef")

    def pause(self, pool: str) -> Change:
        """Stops it, in a way that can be taken back."""
        if self.scaler.kind == HPA:
            note = json.dumps({"pool": pool, "spec": self._own_fields()})
            what = "paused: behavior disables both directions, and no bound holds; its own are in an annotation"
            return Change(JSON_PATCH, [*self._unchanged(), *self._noted(note), *_fields(HPA_PAUSED)], what)
        note = json.dumps({"pool": pool})
        body = self._annotated({KEDA_PAUSED: "true", ADOPTED_BY: note})
        return Change(MERGE_PATCH, body, f"paused by the annotation {KEDA_PAUSED}")

    def resume(self, noted: Mapping[str, Any]) -> Change:
        """Lets it go on as it was."""
        if self.scaler.kind == HPA:
            fields = _fields({key: noted.get("spec", {}).get(key) for key in HPA_PAUSED})
            gone = {"op": "remove", "path": f"/metadata/annotations/{_pointer(ADOPTED_BY)}"}
            return Change(JSON_PATCH, [*self._unchanged(), gone, *fields], "scales again, with its own bounds")
        return Change(MERGE_PATCH, self._annotated({KEDA_PAUSED: None, ADOPTED_BY: None}), "scales again")

    def _own_fields(self) -> dict[str, Any]:
        """The fields of an HPA without a pause, also where its manifest was applied since an earlier one."""
        spec, earlier = Fields(self.manifest).part("spec").raw, self.adopted
        own = {key: spec.get(key) for key in HPA_PAUSED}
        if earlier is not None:
            own |= {key: earlier.get("spec", {}).get(key) for key in own if _is_of_a_pause(key, own[key])}
        return {key: value for key, value in own.items() if value is not None}

    def _unchanged(self) -> list[dict[str, Any]]:
        return [{"op": "test", "path": "/metadata/resourceVersion", "value": self._version}]

    @property
    def _version(self) -> str:
        return Fields(self.manifest).part("metadata").text("resourceVersion")

    def _noted(self, note: str) -> list[dict[str, Any]]:
        path, has_any = "/metadata/annotations", Fields(self.manifest).part("metadata").has("annotations")
        whole = [] if has_any else [{"op": "add", "path": path, "value": {}}]
        return [*whole, {"op": "add", "path": f"{path}/{_pointer(ADOPTED_BY)}", "value": note}]

    def _annotated(self, annotations: Mapping[str, str | None]) -> dict[str, Any]:
        return {"metadata": {"resourceVersion": self._version, "annotations": dict(annotations)}}


async def others_of(kube: Kube, namespace: str, deployment: str, container: str) -> list[Other]:
    """The other scalers of a Deployment, those that are paused included; not the HPAs that KEDA makes by itself.

    Raises:
        CliError: They could not be listed.
    """
    found = [other async for other in _all(kube, namespace)]
    return [
        other
        for other in found
        if other.scaler.made_for is None
        and (other.scaler.target_kind, other.scaler.target_name) == ("Deployment", deployment)
        and (other.resource is not None or other.scaler.scales(deployment, container))
    ]


async def _all(kube: Kube, namespace: str) -> AsyncIterator[Other]:
    for resource, convert in _KINDS:
        try:
            manifests = await kube.list(resource, namespace)
        except CliError as error:
            if error.status != ExitStatus.NOT_FOUND:  # a cluster without KEDA or the VPA
                raise
            continue
        for manifest in manifests:
            yield Other(convert(manifest), manifest)


def applied_by(manifest: Mapping[str, Any], field: str) -> str | None:
    """What applies a field of the spec from a repository or a chart; not kubectl, which people run."""
    for entry in Fields(manifest).part("metadata").items("managedFields"):
        name, applied = entry.text("manager"), entry.text("operation") == "Apply"
        has_it = entry.part("fieldsV1", "f:spec").has(field)
        if has_it and kind_of(name, applied=applied) == ManagerKind.GITOPS and not name.startswith("kubectl"):
            return name
    return None


def _is_of_a_pause(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a field is as a pause left it; the API server adds defaults to `behavior`."""
    if key != "behavior":
        return bool(value == HPA_PAUSED[key])
    return all(Fields(value).part(direction).text("selectPolicy") == "Disabled" for direction in HPA_PAUSED[key])


def _fields(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sets fields of the spec; those without a value are set to null, which removes them."""
    return [{"op": "add", "path": f"/spec/{key}", "value": value} for key, value in values.items()]


def _pointer(key: str) -> str:
    """A key in a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
