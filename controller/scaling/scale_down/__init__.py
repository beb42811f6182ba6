"""Whom to stop when replicas fall, so that no task is cut short.

Each module is one question: does a pod run anything (`idleness`), whom would the ReplicaSet take (`kill_order`), how is
it told otherwise (`deletion_cost`), how long do tasks take (`longest_task`), and do they end in time (`grace`).
`disruption` is the rule.
"""
