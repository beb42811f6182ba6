"""The deadline policy: the fewest replicas with which tasks start within `objective.scheduleToStartSeconds`.

They are for what runs, for what will arrive until a replica that is requested now is ready, and for what already waits.
One module holds one step; `queue_need` puts the steps of one (task queue, task type) in order, and `keep_time` lowers
the number.

Symbols in the modules: S slots per replica, D objective, P polling interval, L what a start costs, h = L + P + 5 s the
reaction time, B backlog, U slots in use, T service time, lambda arrival rate.
"""
