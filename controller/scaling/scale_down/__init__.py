"""Which pods stop when replicas fall, so that no task is cut short.

Does a pod run anything (`idleness`), which pods does the ReplicaSet remove first, and how do deletion costs change that
(`deletion_cost`), and do tasks end within the grace period (`grace`)? `disruption` is the rule.
"""
