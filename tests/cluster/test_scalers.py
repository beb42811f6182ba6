"""Other scalers, converted: what each kind changes, and what it leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cluster.scalers import (
    HPA,
    HPA_PAUSED,
    SCALED_OBJECT,
    VPA,
    Scaler,
    ScalerCache,
    to_hpa,
    to_scaled_object,
    to_vpa,
)

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"}


def manifest(name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """An object of a namespace, with these fields of its metadata."""
    return {"metadata": {"namespace": "prod", "name": name, **metadata}, "spec": spec}


def vpa(**spec: Any) -> Scaler:
    """A VerticalPodAutoscaler of the Deployment `worker`."""
    return to_vpa(manifest("by-usage", {"targetRef": TARGET, **spec}))


def policies(**modes: str) -> dict[str, Any]:
    """A resource policy: mode by container, `any` for all others."""
    names = [{"containerName": "*" if name == "any" else name, "mode": mode} for name, mode in modes.items()]
    return {"containerPolicies": names}


def resources(*names: str, container: str = "*") -> dict[str, Any]:
    """A resource policy by which only these resources of a container are managed."""
    return {"containerPolicies": [{"containerName": container, "controlledResources": list(names)}]}


def test_an_hpa_scales_its_target_and_nothing_else() -> None:
    """A Deployment of another name, or a StatefulSet of this one, is not its concern."""
    hpa = to_hpa(manifest("by-cpu", {"scaleTargetRef": TARGET}))
    assert (hpa.kind, hpa.made_for) == (HPA, None)
    assert hpa.scales("worker", "main")
    assert not hpa.scales("other", "main")
    stateful = to_hpa(manifest("by-cpu", {"scaleTargetRef": {**TARGET, "kind": "StatefulSet"}}))
    assert not stateful.scales("worker", "main")


@pytest.mark.parametrize(
    ("field", "value"),
    [("minReplicas", 2), ("maxReplicas", 10), ("behavior", {"scaleDown": {"selectPolicy": "Disabled"}})],
)
def test_an_hpa_is_paused_where_neither_behavior_nor_bounds_can_change_the_replicas(field: str, value: Any) -> None:
    """Bounds are enforced whatever `behavior` says."""
    paused = {"scaleTargetRef": TARGET, **HPA_PAUSED}
    assert not to_hpa(manifest("by-cpu", paused)).scales("worker", "main")
    assert to_hpa(manifest("by-cpu", paused | {field: value})).scales("worker", "main")


def test_an_hpa_of_keda_has_the_name_of_its_scaled_object() -> None:
    """Then the ScaledObject is named, which its owner knows."""
    owner = {"kind": SCALED_OBJECT, "name": "by-queue"}
    hpa = to_hpa(manifest("keda-hpa-by-queue", {"scaleTargetRef": TARGET}, ownerReferences=[owner]))
    assert hpa.made_for == "by-queue"


def test_the_target_of_a_scaled_object_is_a_deployment_by_default() -> None:
    """As KEDA does it."""
    assert to_scaled_object(manifest("by-queue", {"scaleTargetRef": {"name": "worker"}})).scales("worker", "main")
    other = {"kind": "StatefulSet", "name": "worker"}
    assert not to_scaled_object(manifest("by-queue", {"scaleTargetRef": other})).scales("worker", "main")
    assert not to_scaled_object({"metadata": {"namespace": "prod", "name": "by-queue"}}).scales("worker", "main")


def test_a_scaler_whose_target_can_not_be_read_scales_nothing_that_is_known() -> None:
    """A resource without a schema may hold anything; unreadable fields are named."""
    odd = to_scaled_object(manifest("by-queue", {"scaleTargetRef": "worker"}))
    assert not odd.scales("worker", "main")
    assert odd.unread == ("spec.scaleTargetRef",)


@pytest.mark.parametrize(("value", "scales"), [("true", False), ("false", True), ("0", True), ("until Monday", False)])
def test_a_paused_scaled_object_scales_nothing(value: str, scales: bool) -> None:  # noqa: FBT001 - a column of a table
    """By KEDA's own annotation."""
    annotations = {"autoscaling.keda.sh/paused": value}
    paused = to_scaled_object(manifest("by-queue", {"scaleTargetRef": {"name": "worker"}}, annotations=annotations))
    assert paused.scales("worker", "main") == scales


@pytest.mark.parametrize(
    ("scaler", "scales"),
    [
        (vpa(), True),
        (vpa(updatePolicy={"updateMode": "InPlaceOrRecreate"}), True),
        (vpa(updatePolicy={"updateMode": None}), True),
        (vpa(updatePolicy={"updateMode": "Initial"}), False),
        (vpa(updatePolicy={"updateMode": "Off"}), False),
        (vpa(resourcePolicy=policies(main="Off")), False),
        (vpa(resourcePolicy=policies(any="Off")), False),
        (vpa(resourcePolicy=policies(any="Off", main="Auto")), True),
        (vpa(resourcePolicy=policies(any="Auto", main="Off")), False),
        (vpa(resourcePolicy=policies(sidecar="Off")), True),
        (vpa(resourcePolicy=resources("memory")), False),
        (vpa(resourcePolicy=resources("memory", container="main")), False),
        (vpa(resourcePolicy=resources("memory", container="sidecar")), True),
        (vpa(resourcePolicy=resources("cpu", "memory")), True),
        (vpa(resourcePolicy=resources()), False),
    ],
    ids=[
        "default",
        "in-place",
        "mode-null",
        "initial",
        "off",
        "container-off",
        "all-off",
        "only-this",
        "all-but-this",
        "another-off",
        "memory-of-all",
        "memory-of-this",
        "memory-of-another",
        "cpu-and-memory",
        "no-resource",
    ],
)
def test_a_vpa_scales_the_containers_of_its_policies(scaler: Scaler, scales: bool) -> None:  # noqa: FBT001 - likewise
    """By its mode, and by its policies for containers, of which the one with the name counts."""
    assert scaler.kind == VPA
    assert scaler.scales("worker", "main") == scales


def scaler(name: str, target: str = "worker") -> Scaler:
    """An HPA of a Deployment; one without a target can't be read."""
    return to_hpa(manifest(name, {"scaleTargetRef": TARGET | {"name": target}}))


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["ADDED", "MODIFIED", "DELETED"]),
        st.builds(scaler, st.sampled_from(["a", "b", "c"]), st.sampled_from(["worker", "other", ""])),
    ),
    max_size=30,
)


@given(CHANGES, CHANGES)
def test_the_scalers_of_a_target_are_those_that_going_through_all_finds(
    changes: list[tuple[str, Scaler]], listed: list[tuple[str, Scaler]]
) -> None:
    """Whatever a watch says, and another list; and no target of a scaler that came, changed or went is left out."""
    affected: list[tuple[str, str]] = []
    nothing: Any = None
    cache = ScalerCache("scalers", nothing, to_hpa, affected.append)

    def check() -> None:
        there = sorted(cache.in_namespace("prod").items())
        for targets in (("worker",), ("other",), ("worker", "")):
            assert cache.of_target("prod", *targets) == [each for _, each in there if each.target_name in targets]

    for kind, each in changes:
        before = cache.get("prod", each.name)
        affected.clear()
        cache._take(kind, each)
        after = cache.get("prod", each.name)
        assert set(affected) == ({s.target for s in (before, after) if s} if before != after else set())
        check()
    cache._replace({"prod": {each.name: each for _, each in listed}} if listed else {})
    check()


def test_a_status_of_a_scaler_is_no_news() -> None:
    """An HPA reports its own every 15 s."""
    affected: list[tuple[str, str]] = []
    nothing: Any = None
    cache = ScalerCache("scalers", nothing, to_hpa, affected.append)
    for _ in range(3):
        cache._take("MODIFIED", scaler("by-cpu"))
    assert affected == [("prod", "worker")]
