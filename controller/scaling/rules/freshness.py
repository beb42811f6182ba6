"""What is not known never lowers the number; not knowing anything for long may raise it.

The number may rise on what is known: one queue that cannot be read must not keep another one waiting.
"""

from dataclasses import replace

from controller.api.spec import FallbackBehavior
from controller.api.text import listed
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Observation, Unknown, UnknownCause
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import after_colon, counted


def freshness(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds the number at the replicas that are there when anything is missing that could ask for more."""
    judged = _judge(situation, proposal)
    return replace(judged, needed=judged.replicas)


def _judge(situation: Situation, proposal: Proposal) -> Proposal:
    observation, blind_since = situation.observation, situation.memory.blind_since
    if all(isinstance(queue.statistics, Unknown) for queue in observation.task_queues):
        return _blind(situation, proposal, situation.now if blind_since is None else blind_since)
    proposal = replace(proposal, memory=replace(proposal.memory, blind_since=None))
    if gaps := missing_readings(observation):
        message = f"Not below {counted(observation.replicas, 'replica')} while readings are missing: {_listed(gaps)}."
        replicas = max(proposal.replicas, observation.replicas)
        return proposal.step(Rule.FRESHNESS, StepReason.READINGS_LOST, message, replicas)
    if blind_since is not None:
        message = f"Task queues can be read again after {situation.now - blind_since:.0f} s."
        return proposal.step(Rule.FRESHNESS, StepReason.READINGS_BACK, message)
    return proposal.step(
        Rule.FRESHNESS,
        StepReason.FRESH,
        f"No reading is missing ({counted(len(observation.task_queues), 'task queue')}).",
    )


def _blind(situation: Situation, proposal: Proposal, blind_since: float) -> Proposal:
    """Nothing could be read: the number is held, and after `fallback.afterSeconds` the fallback applies."""
    current, fallback = situation.observation.replicas, situation.spec.fallback
    seconds = situation.now - blind_since
    proposal = replace(proposal, memory=replace(proposal.memory, blind_since=blind_since))
    causes = _listed(missing_readings(situation.observation))
    causes = causes[:1].upper() + causes[1:]
    figures = f"no task queue could be read for {seconds:.0f} s"
    if fallback.behavior == FallbackBehavior.HOLD or seconds < fallback.after_seconds:
        return proposal.step(
            Rule.FRESHNESS,
            StepReason.NOTHING_READ,
            f"Held at {counted(current, 'replica')}: {figures}. {causes}.",
            current,
        )
    replicas = max(current, fallback.replicas or 0)
    because = f"{figures} (fallback.afterSeconds {fallback.after_seconds}). {causes}."
    message = f"At least fallback.replicas {fallback.replicas or 0}, because {because}"
    return proposal.step(Rule.FRESHNESS, StepReason.FALLBACK, message, replicas)


def _listed(causes: list[str]) -> str:
    return listed([after_colon(cause) for cause in causes], separator="; ")


def missing_readings(observation: Observation) -> list[str]:
    """What is not known and might come back, in words, each once.

    A source of the slots in use that was never there does not come back by waiting; `without_in_flight` deals with it.
    """
    unknown = [
        reading
        for queue in observation.task_queues
        for reading in (queue.statistics, queue.slots_per_replica)
        if isinstance(reading, Unknown)
    ]
    source = observation.in_flight
    if isinstance(source, Unknown) and source.cause == UnknownCause.LOST and observation.pods:
        unknown.append(source)
    messages = [reading.message for reading in unknown]
    if observation.outdated:
        messages.append(observation.outdated)
    return list(dict.fromkeys(message.rstrip(".") for message in messages))
