"""Rollouts: while one runs, replicas may rise but not fall; afterwards start-up is learned anew.

While pods are being replaced, those of the old template end and those of the new one are not ready yet: fewer replicas
then are fewer than the number says. A rollout that is stuck must not pin them for days: after the Deployment's
`progressDeadlineSeconds` it holds nothing any more.
"""

from dataclasses import replace

from controller.scaling.deadline.start_up import StartUp
from controller.scaling.decision import Proposal, Situation
from controller.scaling.observation import Rollout
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.text import now_and_recommended


def rolled_out(situation: Situation, proposal: Proposal) -> Proposal:
    """Forgets the learned start-up once every pod is of a template that it was not learned from."""
    observation, learned_from = situation.observation, situation.memory.revision
    if observation.rollout != Rollout.NONE or observation.revision is None or observation.revision == learned_from:
        return proposal
    memory = replace(proposal.memory, revision=observation.revision)
    if learned_from is None or not memory.start_up.count:
        return replace(proposal, memory=memory)
    message = (
        f"Revision {observation.revision} of the Deployment has replaced {learned_from}: the time that its pods "
        "take to start is learned anew."
    )
    memory = replace(memory, start_up=StartUp(seen=memory.start_up.seen))
    return replace(proposal, memory=memory).step(Rule.START_UP, StepReason.START_UP_FORGOTTEN, message)


def rollout(situation: Situation, proposal: Proposal) -> Proposal:
    """Holds a falling number while a rollout runs."""
    current = situation.observation.replicas
    if situation.observation.rollout == Rollout.NONE or proposal.replicas >= current:
        return proposal
    figures = now_and_recommended(current, proposal.replicas)
    if situation.observation.rollout == Rollout.STUCK:
        message = (
            f"Scaling down although a rollout is stuck {figures}: it has made no progress for progressDeadlineSeconds. "
            "Fix the pod template, or go back to one that ran: `kubectl rollout undo --to-revision`."
        )
        return proposal.step(Rule.ROLLOUT, StepReason.ROLLOUT_STUCK, message)
    message = f"Not scaling down until the rollout has replaced the pods {figures}."
    return proposal.step(Rule.ROLLOUT, StepReason.ROLLING_OUT, message, current)
