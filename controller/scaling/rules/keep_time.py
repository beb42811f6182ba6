"""Up at once, down by keep time.

Whether to keep a replica that is not needed is the ski-rental problem: keeping it costs by the second, removing it
costs a start if it is needed again. To keep it for as long as a start takes costs at most twice the best plan in
hindsight; the randomised rule (Karlin et al., 1990), here its quantiles, at most e / (e - 1) times. While load goes on,
what it steadily asks for is kept for a window of the server's rates longer: these are restless, and each replica that
goes may take a task with it that the server was just handing over.
"""

from dataclasses import replace
from math import e, exp, floor
from statistics import median_low

from controller.scaling.decision import Need, Proposal, Situation
from controller.scaling.idle_times import IdleGap
from controller.scaling.memory import PastNeed
from controller.scaling.reasons import Rule, StepReason
from controller.scaling.server_times import RATE_SECONDS
from controller.scaling.text import counted, does, now_and_recommended


def keep_time(situation: Situation, proposal: Proposal) -> Proposal:
    """Raises at once; keeps replicas that were needed a short while ago, and all while tasks wait for slots."""
    need, current = proposal.need, situation.observation.replicas
    if need is None:
        return proposal
    if not situation.memory.past_needs:
        return _first_decision(situation, proposal, need)
    proposal = _remember(situation, proposal, need)
    figures = now_and_recommended(current, proposal.replicas)
    if proposal.replicas >= current:
        what = "Scaling up at once" if proposal.replicas > current else "No change"
        return proposal.step(Rule.KEEP_TIME, StepReason.UP_AT_ONCE, f"{what} {figures}.")
    if need.stands:
        message = f"Not scaling down while tasks wait for slots {figures}."
        return proposal.step(Rule.KEEP_TIME, StepReason.BACKLOG_STANDS, message, current)
    return _lower(situation, proposal, need)


def _lower(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """Removes the replicas whose keep time is over, but not those that the load will need again after an idle gap."""
    recommended, current, idle_gap = proposal.replicas, situation.observation.replicas, proposal.memory.idle_gap
    kept = kept_replicas(proposal.memory.past_needs, need, situation.now, current)
    warm = min(current, _kept_warm(idle_gap, need, situation.now))
    if warm > max(recommended, kept):
        message = (
            f"{does(warm, 'replica', 'stay')} warm ({recommended} recommended): after the last idle gap the load came "
            f"back within {idle_gap.seconds:.0f} s, and new replicas would be ready too late for it."
        )
        return proposal.step(Rule.KEEP_TIME, StepReason.KEPT_WARM, message, warm)
    if kept > recommended:
        message = _kept(current, kept, recommended, need.start_up_seconds)
        return proposal.step(Rule.KEEP_TIME, StepReason.KEPT, message, kept)
    message = f"{_unneeded(current - recommended, need.start_up_seconds)}."
    return proposal.step(Rule.KEEP_TIME, StepReason.KEEP_TIME_OVER, message)


def _kept(current: int, kept: int, recommended: int, keep_seconds: float) -> str:
    if kept == current:
        return f"{does(kept, 'replica', 'stay')} for the keep time ({keep_seconds:.0f} s), {recommended} recommended."
    remain = (
        f"{kept} remain until theirs ends"
        if not recommended
        else (f"{kept} remain: {recommended} needed and {kept - recommended} until theirs ends")
    )
    return f"{_unneeded(current - kept, keep_seconds)}; {remain}."


def _unneeded(replicas: int, keep_seconds: float) -> str:
    was = "was" if replicas == 1 else "were"
    return f"{counted(replicas, 'replica')} {was} unneeded for the keep time ({keep_seconds:.0f} s)"


def _kept_warm(gap: IdleGap, need: Need, now: float) -> int:
    """The replicas that stay for a load that is expected back sooner than a start could serve it."""
    return gap.kept_replicas(now) if need.starts_are_late else 0


def _first_decision(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """The replicas that are there count as just needed, and none is added unless tasks wait for slots."""
    current = situation.observation.replicas
    replicas = max(current, proposal.replicas) if need.stands else current
    message = f"First decision since the operator started: {does(current, 'current replica', 'count')} as just needed."
    proposal = proposal.step(Rule.KEEP_TIME, StepReason.JUST_STARTED, message, replicas)
    return _remember(situation, proposal, replace(need, steady_replicas=current))


def _remember(situation: Situation, proposal: Proposal, need: Need) -> Proposal:
    """Notes what is recommended, and the idle gaps of the load, unknown while the time that a task takes is."""
    gap, steady = situation.memory.idle_gap, need.steady_replicas
    # The rates of a load that is back rise over some windows: what waited for it counts as needed, or would go now.
    waited = min(gap.back(steady), situation.observation.replicas) if need.starts_are_late else 0
    entry = PastNeed(situation.now, max(proposal.replicas, waited), max(steady, waited), need.assumed)
    memory = proposal.memory.add_need(entry, need.start_up_seconds + RATE_SECONDS)
    if not need.assumed:
        typical = median_low(each.steady_replicas for each in memory.past_needs if not each.assumed)
        memory = replace(memory, idle_gap=gap.observe(steady, typical, situation.now))
    return replace(proposal, memory=memory)


def kept_replicas(history: tuple[PastNeed, ...], need: Need, now: float, current: int) -> int:
    """The number up to which replicas are still within their keep time.

    Args:
        history: What was recommended, oldest first, the number of now included.
        need: What is needed now.
        now: Seconds since the Unix epoch.
        current: Replicas that are there.
    """
    needed = kept = history[-1].replicas
    start, longer = need.start_up_seconds, need.start_up_seconds + (RATE_SECONDS if need.steady_replicas else 0.0)
    lately = [entry for entry in history if now - entry.at <= longer and (need.assumed or not entry.assumed)]
    bought = [(entry, entry.replicas, start) for entry in lately if now - entry.at <= start]
    held = [*bought, *((entry, entry.steady_replicas, longer) for entry in lately)]
    peak = max((replicas for _, replicas, _ in held), default=needed)
    for entry, replicas, seconds in held:
        kept = max(kept, min(replicas, peak + 1 - first_kept(now - entry.at, seconds, peak - needed)))
    return max(needed, min(kept, current))


def first_kept(age_seconds: float, keep_seconds: float, surplus: int) -> int:
    """The first position of a surplus that is still kept; those before it have gone, the first ones first.

    Position j of m goes after the (j - 0.5) / m quantile of the randomised rule's moment, whose density is
    e^x / (e - 1) on [0, 1]: after ln(1 + (e - 1)(j - 0.5) / m) of the keep time, here solved for j.
    """
    share = min(age_seconds / keep_seconds, 1.0) if keep_seconds > 0 else 1.0
    return floor(surplus * (exp(share) - 1) / (e - 1) + 0.5) + 1
