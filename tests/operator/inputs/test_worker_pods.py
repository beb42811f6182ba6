"""In which pod a worker runs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cluster.objects import Pod
from controller.operator.inputs.worker_pods import Placed, PodNames, place
from controller.temporal.workers import WorkerReport
from tests.operator.builders import NOW, deployment, pod
from tests.scaling.builders import report

SHARED = tuple(
    pod(name, host_name="worker", created_at=NOW - age) for name, age in (("a", 300), ("b", 200), ("c", 100))
)


def worker(number: int, host: str = "worker", **fields: object) -> WorkerReport:
    """A worker of an instance of its own, the higher the number the later it was started."""
    slots = replace(report(number), worker=f"w{number}", worker_started_at=NOW - 300 + number)
    return replace(WorkerReport(host, f"1@{host}", (slots,)), **fields)  # type: ignore[arg-type]


def placed(*workers: WorkerReport, pods: tuple[Pod, ...] = SHARED) -> Placed:
    """Where they run."""
    return place(deployment(), pods, workers, "worker", NOW)


def instances(found: Placed) -> dict[str, list[str]]:
    """Instances by pod."""
    return {name: [each.instance for each in workers] for name, workers in found.by_pod.items()}


def test_workers_of_pods_that_share_a_host_name_are_spread_over_them() -> None:
    """Each counts once, the older ones with the older pods, and the doubt says why it is not known."""
    found = placed(worker(3), worker(1), worker(2))
    assert instances(found) == {"a": ["w1"], "b": ["w2"], "c": ["w3"]}
    assert found.shared == (frozenset("abc"),)
    assert "3 pods share the host name worker" in found.doubts[0]
    assert "Give each worker its pod's name as identity" in found.doubts[0]


def test_more_workers_than_pods_and_fewer_are_spread_evenly() -> None:
    """Two for each; or one of the pods has none, and reports nothing."""
    assert {name: len(own) for name, own in placed(*map(worker, range(6))).by_pod.items()} == {"a": 2, "b": 2, "c": 2}
    assert set(instances(placed(worker(1), worker(2)))) == {"a", "b"}


def test_a_worker_that_stops_is_one_of_a_pod_that_was_asked_to() -> None:
    """Its tasks are not those of pods that stay."""
    pods = (*SHARED[:2], replace(SHARED[2], deletion_at=NOW + 30))
    assert instances(placed(worker(1, is_stopping=True), worker(2), worker(3), pods=pods)) == {
        "c": ["w1"],
        "a": ["w2"],
        "b": ["w3"],
    }


def test_the_name_of_a_pod_as_identity_tells_its_worker_whatever_the_host_name() -> None:
    """Nothing is doubted then."""
    found = placed(*(worker(number, worker_identity=name) for number, name in enumerate("abc")))
    assert instances(found) == {"a": ["w0"], "b": ["w1"], "c": ["w2"]}
    assert (found.shared, found.doubts) == ((), ())


def test_dead_processes_of_a_shared_host_name_don_t_count() -> None:
    """Where they are from before every one of the containers."""
    pods = tuple(replace(each, container_started_at={"worker": NOW - 20}) for each in SHARED)
    dead = replace(worker(1), sent_at=NOW - 25)
    assert instances(placed(dead, worker(2), pods=pods)) == {"a": ["w2"]}


@pytest.mark.parametrize(
    ("host", "stopping", "is_other"),
    [
        ("laptop", False, True),
        ("laptop", True, False),
        ("worker-7d4f8c6b5-x2b4c", False, False),
        ("worker-b12-7d4f8c6b5-x2b4c", False, True),
        ("", False, True),
    ],
)
def test_a_worker_that_a_pod_left_behind_is_no_other_worker(host: str, *, stopping: bool, is_other: bool) -> None:
    """The server lists it for minutes after its pod is gone; so it does one that has been asked to stop."""
    found = placed(worker(1, host, is_stopping=stopping))
    assert bool(found.others) is is_other
    assert instances(found) == {}


def test_a_report_that_can_not_be_read_is_named_and_hides_what_is_left_of_its_pod() -> None:
    """The other worker of the pod is idle, and the pod may not be."""
    odd = replace(
        worker(1, "a"), slots=(), implausible="its slots in use (Activity) are -3", sdk="temporal-x 1.0", sent_at=NOW
    )
    found = placed(odd, worker(2, "a"), pods=(pod("a"), pod("b")))
    assert found.reports(pod("a")) == ()
    (doubt,) = found.doubts
    assert doubt == (
        "Reports of 1 pod can't be read, so they count as busy: of a (temporal-x 1.0) its slots in use (Activity) "
        "are -3."
    )


NAMES = st.sampled_from(["", "a", "b", "a.local", "c", "worker"])


@given(
    st.lists(st.builds(pod, NAMES, host_name=NAMES), max_size=6, unique_by=lambda each: each.name),
    st.builds(lambda host, at: WorkerReport(host, f"1@{at}", ()), NAMES, NAMES),
)
def test_the_pods_of_a_worker_are_those_that_comparing_it_with_each_finds(
    pods: list[Pod], reported: WorkerReport
) -> None:
    """In their order: the one of its name, else all of its host name."""
    host = reported.host_name
    names = {host, host.partition(".")[0], reported.worker_identity.removeprefix("1@")} - {""}
    named = [each for each in pods if each.name in names]
    plain = named if len(named) == 1 else [e for e in pods if e.host_name in names or e.name in names]
    assert PodNames(pods).candidates(reported) == tuple(plain)
