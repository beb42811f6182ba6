"""A source of the slots in use that was never there is no ratchet to max."""

from controller.scaling.decide import decide
from controller.scaling.decision import Proposal, Situation
from controller.scaling.memory import Memory, Recommendation, ScaleAction
from controller.scaling.observation import Observation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.without_in_flight import without_in_flight
from tests.scaling.builders import LOST, NEVER_THERE, NOW, idle_for, observation, pod, pods, queue, spec, statistics


def lowered(recommended: int, memory: Memory, seen: Observation) -> Proposal:
    """What the rule makes of fewer replicas."""
    return without_in_flight(Situation(spec(), seen, memory, NOW), Proposal(recommended, memory))


BLIND = observation(replicas=5, pods=pods(5), in_flight=NEVER_THERE)


def test_fewer_replicas_have_to_be_wanted_for_five_minutes() -> None:
    """The first time the clock starts; until then all stay."""
    first = lowered(1, Memory(), BLIND)
    assert (first.replicas, first.memory.unneeded_since) == (5, NOW)
    later = lowered(1, Memory(unneeded_since=NOW - 299), BLIND)
    assert (later.replicas, later.steps[-1].reason) == (5, StepReason.IN_FLIGHT_UNKNOWN)
    assert later.steps[-1].rule == Rule.IN_FLIGHT


def test_then_one_goes_and_the_clock_starts_anew() -> None:
    """One step at a time."""
    step = lowered(1, Memory(unneeded_since=NOW - 300), BLIND)
    assert (step.replicas, step.steps[-1].reason, step.memory.unneeded_since) == (4, StepReason.ONE_AT_A_TIME, NOW)
    assert step.steps[-1].rule == Rule.IN_FLIGHT


def test_wanting_them_again_stops_the_clock() -> None:
    """The window is one in which fewer were recommended all the time."""
    assert lowered(5, Memory(unneeded_since=NOW - 200), BLIND).memory.unneeded_since is None


def test_with_reports_the_rule_has_no_say() -> None:
    """Reports that were lost are held by another rule."""
    for source in ("worker heartbeats", LOST):
        seen = observation(replicas=5, pods=pods(5), in_flight=source)
        assert lowered(1, Memory(), seen) == Proposal(1, Memory())


def test_a_pool_that_never_reported_comes_down_from_max() -> None:
    """20 replicas, 0.5 tasks/s of 2 s: within two hours it is at what the dispatch rate lets expect."""
    pool = spec(objective={"scheduleToStartSeconds": 10}, taskDurationSeconds={"typical": 2}, minReplicas=1)
    memory, replicas = Memory(), 20
    for i in range(2 * 3600 // 15):
        now = NOW + 15 * i
        read = statistics(add_rate=0.5, dispatch_rate=0.5, read_at=now)
        unreported = tuple(pod(name=f"worker-{n}") for n in range(replicas))
        seen = observation(queue(read), replicas=replicas, pods=unreported, in_flight=NEVER_THERE, observed_at=now)
        decision = decide(pool, seen, memory, now)
        assert replicas - 1 <= decision.desired_replicas <= replicas
        memory = decision.memory
        if decision.scales:
            memory = memory.record(ScaleAction(now, replicas, decision.desired_replicas, "", ""))
        replicas = decision.desired_replicas
    assert replicas == 1


def test_it_never_reaches_zero_without_the_owners_word() -> None:
    """Nothing waits and nothing is dispatched, but something may run."""
    memory = idle_for(4000, recommendations=(Recommendation(NOW - 400, 0),), unneeded_since=NOW - 300)
    one = observation(replicas=1, pods=pods(1), in_flight=NEVER_THERE)
    assert decide(spec(), one, memory, NOW).desired_replicas == 1
    accepted = spec(scaleToZero={"withoutInFlightEvidence": True})
    assert decide(accepted, one, memory, NOW).desired_replicas == 0
