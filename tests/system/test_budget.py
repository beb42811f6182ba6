"""The budget of reads on the whole system: pools that want more than it are polled less often, and say so."""

import pytest

from localcluster.operator_process import OperatorProcess
from tests.support.cluster import wait_for
from tests.system.operators import metrics, operator_of, wait_for_passes
from tests.system.place import PATIENCE_SECONDS, Object, Place
from tests.system.workloads import deployment, pool

pytestmark = pytest.mark.long

POOLS = [f"orders-{number}" for number in range(4)]
READS_PER_SECOND = 1.0
SLOWDOWN = len(POOLS) * (2 / 5) / (0.9 * READS_PER_SECOND)
"""Each pool wants 2 reads (a queue and its workers) every 5 s; nine tenths of the budget are for them."""


def pools(place: Place, polling_interval_seconds: int) -> list[Object]:
    """Each with a queue and a Deployment of its own."""
    return [
        pool(
            place,
            name,
            taskQueues=[{"name": name, "tasks": [{"type": "Activity", "slots": 5}]}],
            pollingIntervalSeconds=polling_interval_seconds,
        )
        for name in POOLS
    ]


def budget(operator: OperatorProcess, place: Place) -> tuple[float, float, float]:
    """Reads so far, reads a second that are let through, and the factor, as the metrics have them."""
    labels = f'address="{place.cluster.temporal_address}",temporal_namespace="{place.temporal_namespace}"'
    found = metrics(operator)
    reads, limit, slowdown = (
        found.get(f"temporal_worker_pool_temporal_{name}{{{labels}}}", 0.0)
        for name in ("reads_total", "reads_limit_per_second", "slowdown_ratio")
    )
    return reads, limit, slowdown


def says_how_much(place: Place, name: str) -> bool:
    """Whether `Connected` has the numbers; those of the first passes, when not all pools were known, are renewed."""
    connected = place.conditions(name)["Connected"]
    words = (
        "Temporal API budget: pools of this namespace ask for 1.6 reads/s, 0.9 are allowed; polled every 9 s instead "
        "of 5 s. Raise --temporal-reads-per-second of the operator"
    )
    return (connected["status"], connected["reason"]) == ("True", "ReadsSlowed") and words in connected["message"]


def test_pools_that_want_more_than_the_budget_are_slowed_and_say_so_until_they_want_less(place: Place) -> None:
    """Four pools want 1.6 reads a second of 1: each is polled less often by the same factor, and stays Ready."""
    with operator_of(place, "--temporal-reads-per-second", f"{READS_PER_SECOND:g}") as operator:
        place.apply(*(deployment(name) for name in POOLS), *pools(place, 5))
        everybody = "every pool to say how much slower"
        for name in POOLS:
            place.wait_for_reason(name, "Connected", "ReadsSlowed")
        for name in POOLS:
            place.patch("twp", name, {"spec": {"maxReplicas": 9}})  # a new generation is reported at once
        wait_for(lambda: all(says_how_much(place, name) for name in POOLS), PATIENCE_SECONDS, everybody)
        reads, limit, slowdown = budget(operator, place)
        assert reads > len(POOLS)
        assert limit == READS_PER_SECOND
        assert slowdown == pytest.approx(SLOWDOWN)
        wait_for_passes(operator, len(POOLS))
        ready = [place.conditions(name)["Ready"] for name in POOLS]
        assert {(each["status"], each["reason"]) for each in ready} == {("True", "ReadsSlowed")}
        place.apply(*pools(place, 15))
        for name in POOLS:
            place.wait_for_reason(name, "Connected", "Connected")
        assert budget(operator, place)[2] == 1.0
