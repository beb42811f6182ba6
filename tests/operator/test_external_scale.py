"""Replicas that were set by others: which, and by what."""

from typing import Any

import pytest

from controller.operator.external_scale import external_scale, scaled_while_away
from controller.scaling.field_manager import ManagerKind
from controller.scaling.memory import Memory, ScaleAction
from controller.scaling.observation import ExternalScale
from tests.operator.builders import NOW, deployment

KUBECTL_SCALE: dict[str, Any] = {"replicas_manager": "kubectl", "replicas_subresource": "scale"}
BY_KUBECTL = ExternalScale(2, "kubectl-scale", ManagerKind.PERSON)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (KUBECTL_SCALE, BY_KUBECTL),
        ({"replicas_manager": "kubectl", "replicas_applied": True}, ExternalScale(2, "kubectl", ManagerKind.GITOPS)),
        ({"replicas_manager": None}, ExternalScale(2, "an unnamed field manager", ManagerKind.PERSON)),
        ({"replicas_manager": "temporal-worker-pools", "replicas_subresource": "scale"}, None),
        ({"replicas_manager": "temporal-worker-pools-replicas", "replicas_applied": True}, None),
    ],
)
def test_what_set_the_replicas_is_known_by_their_owner(fields: dict[str, Any], found: ExternalScale | None) -> None:
    """Its own writes are never another one's, whenever they arrive."""
    assert external_scale(2, deployment(replicas=5, **fields)) == found
    assert external_scale(5, deployment(replicas=5, **fields)) is None


def test_a_zero_without_an_owner_was_set_by_a_client_of_the_scale_subresource() -> None:
    """Any other write leaves an owner; the API server records no name for this one."""
    seen = external_scale(2, deployment(replicas=0, replicas_manager=None))
    assert seen == ExternalScale(2, "kubectl-scale or a console", ManagerKind.PERSON)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (KUBECTL_SCALE, BY_KUBECTL),
        ({"replicas_manager": "kubectl-client-side-apply"}, None),
        ({"replicas_manager": None}, None),
        ({"replicas_manager": "temporal-worker-pools"}, None),
    ],
)
def test_a_person_who_scaled_while_no_operator_ran_is_found_by_the_last_change(
    fields: dict[str, Any], found: ExternalScale | None
) -> None:
    """A manifest may have made the Deployment anew, and what has no name may be the operator's."""
    known = Memory(scale_actions=(ScaleAction(NOW - 600, 1, 2, "Woken", ""),))
    assert scaled_while_away(known, deployment(replicas=5, **fields)) == found
    assert scaled_while_away(known, deployment(replicas=2, **fields)) is None
    assert scaled_while_away(Memory(), deployment(replicas=5, **fields)) is None
