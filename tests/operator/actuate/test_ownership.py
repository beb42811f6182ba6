"""The replicas get an owner again where they have none, and no more often than that may help."""

from dataclasses import replace
from typing import Any

import pytest

from controller.api.overrides import Overrides, Pause
from controller.cluster.client import Cluster
from controller.cluster.errors import ClusterError, ConflictError, ForbiddenError
from controller.cluster.objects import Deployment
from controller.operator.actuate import ownership
from controller.operator.actuate.journal import Journal
from controller.operator.passes import PassResult
from controller.scaling.decision import Situation
from controller.scaling.memory import Memory, ScaleAction
from tests.operator.builders import NOW, deployment
from tests.scaling.builders import observation, spec

UNOWNED = deployment(replicas=0, replicas_manager=None)


class Owned:
    """Takes the place of the API server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: ClusterError | None = None) -> None:
        self.requests, self.journal, self._error = 0, Journal(Memory()), error
        monkeypatch.setattr(ownership, "own_replicas", self._own)

    async def _own(self, _cluster: Cluster, _deployment: Deployment) -> None:
        self.requests += 1
        if self._error:
            raise self._error

    async def after(self, *passes: Deployment, mode: str = "Auto", paused: bool = False, **changes: Any) -> int:
        """Requests after passes that saw these."""
        for seen in passes:
            overrides = Overrides(pause=Pause(NOW + 60) if paused else None)
            situation = Situation(spec(mode=mode), observation(), Memory(), NOW, overrides=overrides)
            result = replace(PassResult.of(situation, seen), **changes)
            await ownership.keep_owned(None, self.journal, result)  # type: ignore[arg-type]
        return self.requests


async def test_replicas_without_an_owner_get_one_once_for_each_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where managedFields are removed it would help never, and be a write at each pass."""
    owned = Owned(monkeypatch)
    assert await owned.after(UNOWNED, UNOWNED, UNOWNED) == 1
    assert await owned.after(replace(UNOWNED, generation=2)) == 2


async def test_a_refusal_is_not_repeated_and_a_conflict_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What changed meanwhile is read by the next pass; what was refused would be again."""
    assert await Owned(monkeypatch, ForbiddenError("no")).after(UNOWNED, UNOWNED) == 1
    assert await Owned(monkeypatch, ConflictError("changed")).after(UNOWNED, UNOWNED) == 2


async def test_nothing_is_written_where_it_may_not_be_or_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner, a mode that only recommends, a pause, a scale in this very pass, or fields that can't be read."""
    owned = Owned(monkeypatch)
    await owned.after(replace(UNOWNED, replicas_manager="kubectl"), replace(UNOWNED, unread=("spec.replicas",)))
    await owned.after(UNOWNED, mode="Recommend")
    await owned.after(UNOWNED, paused=True)
    await owned.after(UNOWNED, action=ScaleAction(NOW, 1, 0, "Idle", ""))
    assert owned.requests == 0
