"""The rules of the decision, one file a rule, in the order of the chain (`NOTES` and `RULES` of `decide`).

What happened since the last decision is noted first, then each rule gets the number of the one before it:

    contention           was the Deployment scaled by another one? (`external_scale`)
    rollout              was what is learned of starts learned from this template? (`rolled_out`)

    demand               what does the work ask for, by the objective?
    freshness            what is unknown must not lower the number
    unpolled             would more replicas take these tasks at all?
    capacity             could more replicas start at all?
    behavior             how fast may the number change, by `behavior`, or
    keep_time              by default: up at once, down when a replica has been unneeded for as long as a start takes
    running_work         what runs has to fit, whatever is planned
    without_in_flight    what while no worker reports what it runs?
    rollout              not fewer while pods are being replaced
    zero_gate            from zero at once, to zero only with evidence
    bounds               minReplicas, schedules and maxReplicas
    grace                what a person set a short while ago stays
    overrides            the number of an annotation, or a pause
    contention           does anything else scale this Deployment?

The last two have rooms of their own: `scale_down.disruption` (which pods go, and how many of them now?) and
`slots.tuning` (how many tasks should each take at once?).
"""
