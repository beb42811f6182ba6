"""Changes of replicas are noted when they happen, and those without an answer until it is known."""

from dataclasses import replace
from typing import Any

import pytest

from controller.cluster.convert import FIELD_MANAGER
from controller.operator.actuate.journal import Journal, ScaleRequest
from controller.scaling.memory import Memory, ScaleAction
from tests.operator.builders import deployment


def _action(at: float = 0.0) -> ScaleAction:
    return ScaleAction(at, 2, 4, "BacklogPerReplica", "20 wait.")


def test_requests_without_an_answer_are_remembered_to_a_bound() -> None:
    """An API server that never answers fills no memory; the latest ones count."""
    journal = Journal(Memory())
    for number in range(10):
        journal.note_unanswered(ScaleRequest("uid", _action(number)))
    assert [request.action.at for request in journal.applied.unanswered] == [7, 8, 9]


@pytest.mark.parametrize(
    ("changes", "happened"),
    [
        ({}, True),
        ({"uid": "another"}, False),
        ({"replicas": 3}, False),
        ({"replicas_manager": "kubectl"}, False),
        ({"replicas_manager": "temporal-worker-pools-replicas"}, True),
        ({"replicas_manager": None}, False),
    ],
)
def test_a_request_without_an_answer_happened_if_the_deployment_shows_it(
    changes: dict[str, Any], *, happened: bool
) -> None:
    """The same Deployment, the replicas that were asked for, set by the operator and no other manager."""
    journal = Journal(Memory())
    journal.note_unanswered(ScaleRequest("uid", _action()))
    seen = replace(deployment(replicas=4), replicas_manager=FIELD_MANAGER)
    assert journal.settle(replace(seen, **changes)) is happened
    assert len(journal.actions) == len(journal.memory.scale_actions) == happened
    assert (journal.applied.unanswered == ()) is happened


@pytest.mark.parametrize(
    ("request_", "replicas", "happened"),
    [
        (ScaleRequest("uid", ScaleAction(0.0, 2, 0, "Idle", "")), 0, True),
        (ScaleRequest("uid", ScaleAction(0.0, 2, 0, "Idle", "")), 2, False),
        (ScaleRequest("uid", ScaleAction(0.0, 0, 2, "Woken", ""), was_unowned=True), 2, True),
        (ScaleRequest("uid", ScaleAction(0.0, 1, 2, "Woken", "")), 2, False),
    ],
    ids=["to zero", "not yet", "from a field without an owner", "by another one"],
)
def test_a_write_that_leaves_no_owner_is_known_by_its_number(
    request_: ScaleRequest, replicas: int, *, happened: bool
) -> None:
    """The API server names none for a 0 by the scale subresource, nor for the next writes by it."""
    journal = Journal(Memory())
    journal.note_unanswered(request_)
    assert journal.settle(replace(deployment(replicas=replicas), replicas_manager=None)) is happened
