"""What must hold on the way down, whatever pods there are and however far their deletion costs have got."""

from hypothesis import assume, given
from hypothesis import strategies as st

from controller.scaling.observation import PodObservation
from tests.scaling.scale_down.builders import DISPATCHING, LONG, polled, worker
from tests.scaling.victims import arrivals, possible_victims


@st.composite
def few_pods(draw: st.DrawFn) -> list[PodObservation]:
    """Pods of one slot: with or without a deletion cost of any writer, ready or not, with reports of any age."""
    return [
        worker(
            name,
            draw(st.integers(0, 1)),
            cost=draw(st.integers(-3, 1)),
            age=draw(st.integers(0, 20)),
            ready=draw(st.booleans()),
        )
        for name in "abcde"[: draw(st.integers(2, 5))]
    ]


@given(pods=few_pods())
def test_no_busy_pod_goes_whichever_deletion_costs_the_replica_set_knows(pods: list[PodObservation]) -> None:
    """Those that are written together with the number may arrive before it, after it, or in part."""
    decision = polled(*pods, pool=LONG, task_queues=DISPATCHING)
    removed = len(pods) - decision.desired_replicas
    assume(removed > 0)
    for arrived in arrivals(decision.deletion_costs):
        assert not any(victim.slots[0].slots_used for victim in possible_victims(pods, removed, arrived))
