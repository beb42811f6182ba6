"""Whatever workers report: joining it with the pods never raises, and counts no report twice."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.api.model import TaskType
from controller.api.spec import InFlightSource
from controller.cluster.objects import Pod
from controller.operator.inputs.learned import Learned
from controller.operator.inputs.observe import asks_for_pod_metrics, observe
from controller.operator.report.workers import in_flight_known, with_doubts, workers_polling
from controller.scaling.decide import decide
from controller.scaling.memory import Memory
from controller.scaling.objective.started_tasks import NONE_STARTED, StartLatencies
from controller.scaling.observation import SlotReport, SlotType, used
from controller.temporal.reader import TemporalReading
from controller.temporal.workers import WorkerReport
from tests.operator.builders import NOW, deployment, inputs, pod
from tests.scaling.builders import spec, statistics

KEY = ("orders", TaskType.ACTIVITY)
TIMES = st.sampled_from([NOW - 700, NOW - 100, NOW - 61, NOW - 20, NOW - 2, NOW, NOW + 600, 0.0, -1e9, 2e11])
HOSTS = st.sampled_from(["a", "b", "shared", "shared.svc", "localhost", "", "worker-7d4f8c6b5-x2b4c"])
COUNTS = st.integers(0, 12) | st.just(1_000_000)
SLOTS = st.builds(
    SlotReport,
    task_queue=st.sampled_from(["orders", "bills"]),
    slot_type=st.sampled_from(SlotType),
    slots_used=COUNTS,
    slots_available=COUNTS | st.none(),
    reported_at=TIMES,
    tasks_ended=COUNTS | st.none(),
    worker=st.sampled_from(["", "w1", "w2"]),
    worker_started_at=TIMES | st.none(),
    pollers=COUNTS | st.none(),
    start_latencies=st.sampled_from([None, NONE_STARTED, StartLatencies((1.0,), (3.0,), 4.0)]),
)
WORKERS = st.builds(
    WorkerReport,
    host_name=HOSTS,
    worker_identity=st.sampled_from(["", "1@a", "1@shared", "b", "@", "1@localhost"]),
    slots=st.lists(SLOTS, max_size=2).map(tuple),
    sdk=st.sampled_from(["", "temporal-go 1.40.0", "temporal-python 1.29.0"]),
    is_stopping=st.booleans(),
    sent_at=TIMES | st.none(),
    interval_seconds=st.sampled_from([None, 0.1, 10.0, 1e9]),
    implausible=st.sampled_from([None, None, None, "odd"]),
)
PODS = st.builds(
    replace,
    st.sampled_from([pod("a"), pod("b"), pod("c", host_name="shared"), pod("d", host_name="shared")]),
    created_at=TIMES,
    ready_since=TIMES | st.none(),
    deletion_at=TIMES | st.none(),
    container_started_at=st.dictionaries(st.sampled_from(["worker", "sidecar"]), TIMES),
)
UNIQUE_PODS = st.lists(PODS, max_size=4, unique_by=lambda each: each.name).map(tuple)


@given(UNIQUE_PODS, st.lists(WORKERS, max_size=6).map(tuple), st.integers(1, 12))
def test_any_reports_of_any_pods_are_joined(
    pods: tuple[Pod, ...], workers: tuple[WorkerReport, ...], slots: int
) -> None:
    """Two passes, with what the first one learned; and the decision and the conditions take what comes of them."""
    reading = TemporalReading({KEY: statistics(3)}, workers, None)
    asks_for_pod_metrics(InFlightSource.AUTO, reading, pods)
    learned, memory = Learned(), Memory()
    for now in (NOW, NOW + 15):
        seen = inputs(pods, {KEY: slots}, reading, of=deployment(replicas=len(pods)))
        observation, learned = observe(seen, learned, now)
        reported = sum(used(worker.slots) for worker in workers)
        assert sum(used(each.slots) for each in observation.pods) <= reported, "counted twice"
        decision = decide(spec(), observation, memory, now)
        memory = decision.memory
        assert 0 <= decision.desired_replicas <= 20
        with_doubts(in_flight_known(InFlightSource.AUTO, observation, now), observation)
        workers_polling(observation, now)


@given(UNIQUE_PODS, st.lists(WORKERS, max_size=6).map(tuple))
def test_the_order_of_a_list_changes_nothing(pods: tuple[Pod, ...], workers: tuple[WorkerReport, ...]) -> None:
    """The server gives workers in any order: what runs and how many slots there are is the same."""

    def seen(listed: tuple[WorkerReport, ...]) -> tuple[object, ...]:
        reading = TemporalReading({KEY: statistics(3)}, listed, None)
        observation, _ = observe(inputs(pods, {KEY: 10}, reading), Learned(), NOW)
        total = observation.slots_used("orders", SlotType.ACTIVITY)
        return total, len(observation.other_workers), observation.unmatched_workers

    named = tuple(replace(w, slots=tuple(replace(r, worker=f"w{n}") for r in w.slots)) for n, w in enumerate(workers))
    assert seen(named) == seen(named[::-1])
