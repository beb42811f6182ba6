"""Whether the objective is attained: which tasks started within it.

`started_tasks` judges by the latencies that workers measure, `waiting_tasks` by the backlog; `attainment` chooses the
source for each queue and keeps the share of an hour.
"""
