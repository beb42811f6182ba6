"""Workers that don't poll: more of them would be of no use.

Pods that are ready and have never polled for the tasks that wait are of the wrong queue, type or Temporal namespace, or
can't reach Temporal. Replicas do not rise for such tasks; one replica is what it takes to see whether they poll. Tasks
that are polled get the replicas that they need.
"""

from dataclasses import replace

from controller.api.text import listed
from controller.scaling.decision import Proposal, Situation
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.rules.demand import demand
from controller.scaling.text import counted


def unpolled(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds the growth that is recommended only for tasks that no worker polls."""
    observation, current = situation.observation, situation.observation.replicas
    idle = tuple(queue for queue in observation.task_queues if queue.unpolled_since is not None)
    if not idle or proposal.replicas <= current:
        return proposal
    polled = tuple(queue for queue in observation.task_queues if queue not in idle)
    without = replace(situation, observation=replace(observation, task_queues=polled))
    needed = max(current, demand(without, Proposal(current, situation.memory)).replicas)
    if needed >= proposal.replicas:
        return proposal
    names = listed([queue.name for queue in idle])
    limited = f"Limited to {counted(needed, 'replica')} ({proposal.replicas} recommended)"
    message = f"{limited}: no ready pod has ever polled {names}."
    return proposal.step(Rule.WORKERS_POLLING, StepReason.NOT_POLLING, message, needed)
