"""Other scalers: the caches of HorizontalPodAutoscalers, KEDA's ScaledObjects and VerticalPodAutoscalers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from typing_extensions import override

from controller.cluster.client import Cluster
from controller.cluster.fields import Fields
from controller.cluster.informer import ObjectKey, WatchCache, scope
from controller.cluster.resources import HPAS, SCALED_OBJECTS, VPAS, ListRequest

HPA: Final = "HorizontalPodAutoscaler"
SCALED_OBJECT: Final = "ScaledObject"
VPA: Final = "VerticalPodAutoscaler"

KEDA_PAUSED: Final = "autoscaling.keda.sh/paused"
"""With the value `true` KEDA does not scale."""

HPA_PAUSED: Final[Mapping[str, Any]] = {
    "minReplicas": 1,
    "maxReplicas": 2**31 - 1,
    "behavior": {"scaleUp": {"selectPolicy": "Disabled"}, "scaleDown": {"selectPolicy": "Disabled"}},
}
"""With these fields an HPA changes no replicas: it enforces its bounds even where `behavior` disables both directions,
and at 0 replicas it does nothing."""

_FALSE: Final = frozenset({"0", "f", "F", "false", "False", "FALSE"})
"""Values that Go parses as false."""

_CHANGES_NO_RUNNING_POD: Final = frozenset({"Off", "Initial"})
"""Modes in which a VPA only recommends, or only sets the requests of new pods."""

_ANY_CONTAINER: Final = "*"


@dataclass(frozen=True, slots=True)
class Scaler:
    """An object by which another controller scales a workload."""

    namespace: str
    name: str
    kind: str
    """HorizontalPodAutoscaler, ScaledObject or VerticalPodAutoscaler."""
    target_kind: str
    target_name: str
    active: bool = True
    """Whether it scales: not while KEDA or the HPA is paused, nor a VPA that changes no running pod."""
    made_for: str | None = None
    """Name of the ScaledObject for which KEDA made an HPA."""
    excluded: frozenset[str] = frozenset()
    """Containers that a VPA does not change; `*` for all that `included` does not name."""
    included: frozenset[str] = frozenset()
    """Containers that a VPA changes although it excludes the others."""
    unread: tuple[str, ...] = ()
    """Paths of fields that could not be read: their values are unknown."""

    @property
    def target(self) -> ObjectKey:
        """Namespace and name of what it scales; the name is empty where it can't be read."""
        return self.namespace, self.target_name

    def scales(self, deployment: str, container: str) -> bool:
        """Whether it scales this Deployment, or for a VPA this container of it."""
        if not self.active or (self.target_kind, self.target_name) != ("Deployment", deployment):
            return False
        return container in self.included or not self.excluded & {container, _ANY_CONTAINER}


class ScalerCache(WatchCache[Scaler]):
    """Scalers of one kind, by their targets, too; `changed` is called with namespace and name of the target."""

    def __init__(
        self,
        kind: str,
        request: ListRequest,
        convert: Callable[[Mapping[str, Any]], Scaler],
        changed: Callable[[ObjectKey], None],
        *,
        optional: bool = False,
    ) -> None:
        super().__init__(kind, request, convert, changed, optional=optional)
        self._by_target: dict[ObjectKey, dict[str, Scaler]] = {}

    def of_target(self, namespace: str, *targets: str) -> list[Scaler]:
        """The scalers that name one of these targets, of whatever kind, in the order of their names; `""`: unknown."""
        named = (self._by_target.get((namespace, target), {}) for target in targets)
        return sorted((scaler for scalers in named for scaler in scalers.values()), key=lambda scaler: scaler.name)

    @override
    def _news(self, key: ObjectKey, before: Scaler | None, after: Scaler | None) -> None:
        if before is not None:
            scalers = self._by_target[before.target]
            del scalers[before.name]
            if not scalers:
                del self._by_target[before.target]
        if after is not None:
            self._by_target.setdefault(after.target, {})[after.name] = after
        for target in dict.fromkeys(scaler.target for scaler in (before, after) if scaler is not None):
            self._changed(target)


class Scalers:
    """The other scalers of one namespace or of the whole cluster."""

    def __init__(self, cluster: Cluster, namespace: str | None, changed: Callable[[ObjectKey], None]) -> None:
        """Watches `namespace`, or every namespace with `None`.

        Args:
            cluster: The connection.
            namespace: Name of the namespace.
            changed: Called with the target of each scaler that was added, changed or deleted.
        """
        where = scope(namespace)
        hpa, keda, vpa = (kind.list_request(cluster.client, namespace) for kind in (HPAS, SCALED_OBJECTS, VPAS))
        self.caches = (
            ScalerCache(f"{HPA}s of {where}", hpa, to_hpa, changed),
            ScalerCache(f"{SCALED_OBJECT}s of {where}", keda, to_scaled_object, changed, optional=True),
            ScalerCache(f"{VPA}s of {where}", vpa, to_vpa, changed, optional=True),
        )

    def of(self, namespace: str, deployment: str, container: str) -> Iterator[Scaler]:
        """The scalers of a Deployment; an HPA that KEDA made is left out where its ScaledObject exists."""
        found = [
            scaler
            for cache in self.caches
            for scaler in cache.of_target(namespace, deployment)
            if scaler.scales(deployment, container)
        ]
        made_by_keda = {scaler.name for scaler in found if scaler.kind == SCALED_OBJECT}
        return (scaler for scaler in found if scaler.made_for not in made_by_keda)

    def unread(self, namespace: str, deployment: str) -> Iterator[Scaler]:
        """The scalers with fields that can't be read, of this Deployment or of an unknown one."""
        for cache in self.caches:
            yield from (scaler for scaler in cache.of_target(namespace, deployment, "") if scaler.unread)


def to_hpa(manifest: Mapping[str, Any]) -> Scaler:
    """Converts a HorizontalPodAutoscaler."""
    fields = Fields(manifest)
    metadata, target = fields.part("metadata"), fields.part("spec", "scaleTargetRef")
    owners = (owner.text("name") for owner in metadata.items("ownerReferences") if owner.text("kind") == SCALED_OBJECT)
    made_for, active = next(owners, None), not _is_paused(fields.part("spec"))
    return _scaler(fields, HPA, target.text("kind"), target.text("name"), active=active, made_for=made_for)


def _is_paused(hpa: Fields) -> bool:
    """Whether neither its behavior nor its bounds can make an HPA change the replicas."""
    directions = (hpa.part("behavior", direction).text("selectPolicy") for direction in ("scaleUp", "scaleDown"))
    within = hpa.count("minReplicas", 1) <= 1 and hpa.count("maxReplicas") == HPA_PAUSED["maxReplicas"]
    return within and all(policy == "Disabled" for policy in directions)


def to_scaled_object(manifest: Mapping[str, Any]) -> Scaler:
    """Converts a ScaledObject; its target is a Deployment by default."""
    fields = Fields(manifest)
    target = fields.part("spec", "scaleTargetRef")
    paused = fields.part("metadata").labels("annotations").get(KEDA_PAUSED)
    # As KEDA reads it: a value that is not a boolean pauses.
    active = paused is None or paused in _FALSE
    return _scaler(fields, SCALED_OBJECT, target.text("kind") or "Deployment", target.text("name"), active=active)


def to_vpa(manifest: Mapping[str, Any]) -> Scaler:
    """Converts a VerticalPodAutoscaler; by default it changes every container.

    One that sets the requests of new pods only, or manages memory only, is no other scaler.
    """
    fields = Fields(manifest)
    spec = fields.part("spec")
    target = spec.part("targetRef")
    policies = list(spec.part("resourcePolicy").items("containerPolicies"))
    named = {policy.text("containerName") or _ANY_CONTAINER: _changes_cpu(policy) for policy in policies}
    return _scaler(
        fields,
        VPA,
        target.text("kind"),
        target.text("name"),
        active=spec.part("updatePolicy").text("updateMode") not in _CHANGES_NO_RUNNING_POD,
        excluded=frozenset(name for name, changed in named.items() if not changed),
        included=frozenset(name for name, changed in named.items() if changed),
    )


def _changes_cpu(policy: Fields) -> bool:
    """Whether a VPA changes the CPU of a container; without a list of resources it changes all."""
    resources = policy.texts("controlledResources") if policy.has("controlledResources") else ("cpu",)
    return policy.text("mode") != "Off" and "cpu" in resources


def _scaler(fields: Fields, kind: str, target_kind: str, target_name: str, **more: Any) -> Scaler:  # noqa: ANN401
    metadata = fields.part("metadata")
    scaler = Scaler(metadata.text("namespace"), metadata.text("name"), kind, target_kind, target_name, **more)
    return replace(scaler, unread=fields.unread)
