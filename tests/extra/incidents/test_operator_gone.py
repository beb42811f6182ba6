"""An operator that dies is seen where people look; the next one knows what it knew of queues that nothing uses."""

import json
import time
from typing import Final

import pytest

from localcluster.operator_process import OperatorProcess
from localcluster.prometheus import Prometheus
from tests.extra.incidents.alerts import firing
from tests.extra.incidents.incident import Incident, Symptoms
from tests.extra.incidents.watch import Staged, Watch, lacks, table, twp
from tests.support.waiting import wait_for
from tests.system.operators import operator_of
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

pytestmark = pytest.mark.long

UNUSED, IDLE = "misspelt-queue-at-zero", "idle-at-zero"
"""Pools at zero: the name of a queue is wrong, and there is just no work."""

NEVER_USED: Final = Symptoms(
    *("True", "NoTaskEverSeen", (f"No task was ever seen on {UNUSED}", "since the pool was made", "check the name"), 60)
)
"""What an operator says of a queue that was read for two hours."""

DOWN: Final = ("OperatorDown", "", "")


def at_zero(place: Place, name: str) -> list[Object]:
    """A pool at zero, whose queue nothing uses."""
    queues = [{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}]
    return [deployment(name), pool(place, name, taskQueues=queues)]


def test_an_operator_that_dies_is_seen_and_the_next_one_knows_what_it_knew(
    place: Place, operator: OperatorProcess, prometheus: Prometheus
) -> None:
    """The times that it wrote are made older: what is asserted would take minutes and hours."""
    place.apply(*at_zero(place, UNUSED), *at_zero(place, IDLE))
    for name in (UNUSED, IDLE):
        place.wait_for_reason(name, "WorkersPolling", "NobodyToPoll", f"No task was ever seen on {name}")
        assert place.conditions(name)["Ready"]["reason"] == "Autoscaling"
    wait_for(lambda: prometheus.query("temporal_worker_pool_build_info"), PATIENCE_SECONDS, "a scrape")
    wait_for(lambda: DOWN not in set(firing(prometheus)), PATIENCE_SECONDS, "the alert of the time before it to end")

    operator.child.process.kill()
    wait_for(lambda: DOWN in set(firing(prometheus)), PATIENCE_SECONDS, "the alert that no operator runs")
    make_older(place, UNUSED, reconciled=360, traces={"since": 2 * 3600})
    make_older(place, IDLE, reconciled=360, traces={"since": 2 * 3600, "taskAt": 300})
    assert_a_dead_operator_is_seen(place, UNUSED)

    with operator_of(place) as again:
        later = Watch(again, [Staged(place, Incident(UNUSED, at_zero, NEVER_USED))])
        assert later.until_all_is_seen(PATIENCE_SECONDS, "incidents-after-a-restart.txt") == {}, later.report()
        idle = place.wait_for_reason(
            IDLE, "WorkersPolling", "NobodyToPoll", f"Last task: {IDLE}/Activity over 5 min ago."
        )
        assert "check the name" not in idle["message"]
        assert place.conditions(IDLE)["Ready"]["reason"] == "Autoscaling"


def make_older(place: Place, name: str, reconciled: int, traces: dict[str, int]) -> None:
    """Let what an operator wrote be from so many seconds ago."""
    now, status = int(time.time()), place.status(name)
    then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - reconciled))
    moments = {key: now - seconds for key, seconds in traces.items()}
    memory = {**json.loads(status["memory"]["json"]), "traces": {f"{name}/Activity": moments}}
    change = json.dumps({"status": {"lastReconcileTime": then, "memory": {"json": json.dumps(memory)}}})
    place.kubectl("patch", "twp", name, "--subresource=status", "--type=merge", "--patch", change)


def assert_a_dead_operator_is_seen(place: Place, name: str) -> None:
    """By the one column that goes on by itself, and by every command; READY is what was so before."""
    (row,) = (row for row in table(place.kubectl("get", "twp")) if row["NAME"] == name)
    assert (row["READY"], row["RECONCILED"][:2]) == ("True", "6m")
    status, explained, checked = (twp(place, command, name) for command in ("status", "explain", "check"))
    assert status.exit_code == 3, status.output
    assert lacks(status.output, "OperatorNotReporting", "No operator has reconciled the pool for 6m") == []
    assert lacks(explained.output, "OperatorNotReporting", "check that it runs") == [], explained.output
    assert checked.exit_code == 1, checked.output
    assert lacks(checked.output, "last reconciled a pool 6m ago", "the operator is not alive") == [], checked.output
