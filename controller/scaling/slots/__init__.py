"""How many tasks one replica takes at once, where the pool lets the operator choose it (`tuning`).

Replicas come first: more slots are tried only where more replicas can't be had. Each module is one question: are the
hosts busy or idle, do tasks start too late for lack of slots, is a restart worth it; `tuning` is the rule that puts
them together.
"""
