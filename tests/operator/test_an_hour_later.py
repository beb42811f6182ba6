"""Why there were 14 replicas at 02:17 is known an hour later, by status alone, whatever restarted meanwhile."""

import json
from bisect import bisect_right
from typing import Any

import pytest

from controller.cli import past
from controller.cli.explain import of_then
from controller.cli.history import timeline
from controller.cli.kube import PoolRecord
from controller.cluster.workload import Scaled
from controller.operator import reconcile
from controller.operator.actuate import replicas
from controller.operator.pools import PoolTable
from controller.temporal.reader import TemporalReading
from tests.api.pools import SMALLEST, changed
from tests.operator.builders import NOW, deployment, pod, worker
from tests.operator.test_reconcile import STEP_SECONDS, made_world
from tests.scaling.builders import report, statistics

METADATA = {"name": "orders", "namespace": "prod", "uid": "u", "generation": 1, "resourceVersion": "1"}
SPEC: Any = changed(
    SMALLEST,
    minReplicas=1,
    maxReplicas=20,
    objective={"backlogPerReplica": 5},
    behavior={"scaleDown": {"stabilizationWindowSeconds": 0}},
)
PASSES, RESTART_AT = 180, 110
"""An hour and a half; the operator restarts amid it."""


class Night:
    """A pool with a burst every few minutes, and what really became of its replicas."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = made_world(monkeypatch)
        self.world.deployment, self.world.pods = deployment(replicas=1), (pod("0"),)
        self.changes: list[tuple[float, int]] = [(NOW, 1)]
        monkeypatch.setattr(replicas, "set_replicas", self._set_replicas)
        monkeypatch.setattr(reconcile, "write_deletion_costs", self._no_costs)
        monkeypatch.setattr(self.world, "read", self._read)
        self.restart({})

    async def _set_replicas(self, _: object, __: object, count: int) -> Scaled:
        self.world.deployment = deployment(replicas=count, resource_version=str(len(self.changes)))
        self.world.pods = tuple(pod(str(number)) for number in range(count))
        self.changes.append((self.world.now, count))
        return Scaled(self.world.deployment.resource_version)

    async def _read(self, _: object, __: object, queues: list[Any], *___: object, **____: object) -> TemporalReading:
        now, busy = self.world.now, int(self.world.backlog > 0)
        said = (report(busy, reported_at=now) for _ in self.world.pods)
        workers = tuple(worker(pod.name, each) for pod, each in zip(self.world.pods, said, strict=True))
        return TemporalReading(dict.fromkeys(queues, statistics(self.world.backlog, read_at=now)), workers, None)

    async def _no_costs(self, *_: object) -> None:
        """Which pods go first is not what this is about."""

    def restart(self, status: dict[str, Any]) -> None:
        """A new process reads what the API server kept."""
        self.world.table = PoolTable(lambda _: None, lambda _: None)
        self.world.table.store({"metadata": METADATA, "spec": SPEC, "status": json.loads(json.dumps(status))})

    async def pass_by(self) -> PoolRecord:
        """All of it; gives the pool as the API server has it at the end."""
        for number in range(PASSES):
            if number == RESTART_AT:
                self.restart(self.world.statuses[-1])
            self.world.backlog = 70 + number if number % 6 < 3 else 0
            await self.world.reconcile()
        return PoolRecord.of({"metadata": METADATA, "spec": SPEC, "status": self.world.statuses[-1]})

    def replicas_at(self, at: float) -> int:
        """What there really were."""
        return self.changes[bisect_right([time for time, _ in self.changes], at) - 1][1]


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Night:
    """One that is not over yet."""
    return Night(monkeypatch)


async def test_the_number_of_each_moment_of_the_last_hour_is_explained(night: Night) -> None:
    """With its reason; of changes that follow at once, what they began and ended with."""
    pool = await night.pass_by()
    now = night.world.now
    known_since = past.known_since(pool)
    assert known_since is not None
    assert known_since <= now - 3600
    assert len(night.changes) > 40, "more than status has entries"
    explained = 0
    for at in range(round(now - 3600), round(now), round(STEP_SECONDS / 2)):
        story = of_then(pool, timeline(pool, ()), at)
        amid = any("was amid" in note for note in story.notes)
        if not amid:
            assert story.decision.desired_replicas == night.replicas_at(at)
            assert story.decision.deciding_step.message
            explained += 1
    assert explained > 100


async def test_the_history_goes_from_number_to_number_over_the_restart(night: Night) -> None:
    """From the first entry that status has to the replicas of now; none is the doing of another one."""
    pool = await night.pass_by()
    actions = pool.status.scale_actions
    assert [action.from_ for action in actions[1:]] == [action.to for action in actions[:-1]]
    assert actions[-1].to == night.replicas_at(night.world.now)
    assert {action.by for action in actions} == {None}
    changes = [entry.what for entry in timeline(pool, ()) if entry.what.startswith("Scaled ")]
    assert len(changes) == len(actions)
