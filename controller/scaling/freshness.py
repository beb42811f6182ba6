"""Rule 3: what is not known never lowers the number.

The number may rise on what is known: one queue that cannot be read must not keep another one waiting.
"""

from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation, Unknown
from controller.scaling.reasons import Reason, Rule


def freshness(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds the number at the replicas that are there when anything is missing that could ask for more."""
    observation = situation.observation
    gaps = missing_readings(observation)
    if not gaps:
        return proposal.step(Rule.FRESHNESS, Reason.FRESH, f"All {len(observation.task_queues)} readings are there.")
    nothing_read = all(isinstance(queue.statistics, Unknown) for queue in observation.task_queues)
    reason = Reason.NOTHING_READ if nothing_read else Reason.READINGS_LOST
    message = f"Not below {observation.replicas} replicas, since not everything is known: {'; '.join(gaps)}."
    return proposal.step(Rule.FRESHNESS, reason, message, max(proposal.replicas, observation.replicas))


def missing_readings(observation: Observation) -> list[str]:
    """What is not known, in words, each once."""
    unknown = [
        reading
        for queue in observation.task_queues
        for reading in (queue.statistics, queue.slots_per_replica)
        if isinstance(reading, Unknown)
    ]
    if isinstance(observation.in_flight, Unknown) and observation.pods:
        unknown.append(observation.in_flight)
    return list(dict.fromkeys(reading.message.rstrip(".") for reading in unknown))
