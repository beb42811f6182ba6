"""The rules of the decision, one file a rule, in the order of the chain (`NOTES` and `RULES` of `decide`).

What happened since the last pass is noted first, then each rule gets the number of the one before it:

    contention           did somebody else set the replicas? (`moved`)
    rollout              was what is learned of starts learned from this template? (`rolled_out`)

    demand               what does the work ask for, by the objective?
      schedule_to_start    with `scheduleToStartSeconds`: by the deadline law (the room `deadline`)
      backlog_per_replica  with `backlogPerReplica`: by the tasks that wait, and no less than `running_work` fills
    freshness            what is not known must not lower
    unpolled             would more replicas take these tasks at all?
    not_coming           would more replicas come at all?
    demand               how fast may it change? (`pace`)
      behavior             with the meaning of autoscaling/v2
      keep_time            by the deadline law: up at once, down when it has paid
    running_work         what runs has to fit, whatever is planned (`running_work_stays`)
    without_in_flight    nobody ever said what the workers run?
    rollout              not fewer while pods are being replaced
    zero_gate            from zero at once, to zero only with evidence
    bounds               minReplicas, schedules and maxReplicas
    overrides            the number that an on-call engineer gave, or his pause
    contention           does somebody else scale this Deployment? (`contested`)

The last two have rooms of their own: `scale_down.disruption` (who may go, and how many of them now?) and `slots.tuning`
(how many tasks should each take at once?).
"""
