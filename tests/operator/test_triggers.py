"""Which pools get their turn at once when something else than they changed."""

from dataclasses import replace
from typing import Any

from controller.api.condition_reasons import TargetFound
from controller.api.spec import ObjectMeta
from controller.api.status import TemporalWorkerPoolStatus
from controller.operator.findings import Finding, conditions
from controller.operator.pools import TrackedPool
from controller.operator.triggers import by_deployment, by_scaler
from tests.operator.builders import NOW, deployment
from tests.scaling.builders import observation, spec

MISSING = Finding(TargetFound.TARGET_NOT_FOUND, "It is not there.")
WAITING = TemporalWorkerPoolStatus(conditions=conditions((MISSING,), MISSING, (), 1, NOW))
HPA = "An HPA scales it, too."


def tracked(name: str, namespace: str = "prod", target: str = "worker", **fields: Any) -> TrackedPool:
    """A pool of that name on a Deployment."""
    metadata = ObjectMeta(name=name, namespace=namespace, uid=name)
    return TrackedPool(metadata, spec(scaleTargetRef={"name": target}), **fields)


def unreadable(name: str) -> TrackedPool:
    """A pool whose spec can't be read."""
    pool = tracked(name)
    pool.spec = "spec.maxReplicas: missing"
    return pool


def test_a_deployment_concerns_the_pools_that_wait_for_it() -> None:
    """Not those of another one or in another namespace, nor those that are content with it."""
    pools = (
        tracked("waits", status=WAITING),
        tracked("content"),
        tracked("elsewhere", "test", status=WAITING),
        tracked("of-another", target="other", status=WAITING),
        unreadable("unreadable"),
    )
    assert list(by_deployment(pools, ("prod", "worker"), deployment())) == [("prod", "waits")]
    assert list(by_deployment(pools, ("prod", "worker"), None)) == [("prod", "waits")]


def test_a_scaler_concerns_the_pools_of_its_namespace_to_which_it_is_news() -> None:
    """Its own changes of status come every few seconds; what a pool was told already is no news."""
    pools = (
        tracked("news", observation=observation()),
        tracked("known", observation=replace(observation(), contenders=(HPA,))),
        tracked("never-looked"),
        tracked("elsewhere", "test", observation=observation()),
        tracked("without-a-target", target="other", observation=observation()),
        unreadable("unreadable"),
    )
    found = by_scaler(pools, "prod", lambda _, name: deployment() if name == "worker" else None, lambda *_: (HPA,))
    assert list(found) == [("prod", "news")]
    gone = by_scaler(pools, "prod", lambda *_: deployment(), lambda *_: ())
    assert list(gone) == [("prod", "known")]
