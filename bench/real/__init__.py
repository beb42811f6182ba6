"""The benchmark on real parts: `python -m bench.real --help`.

Real are the control plane, the Temporal server, the operator, and the workers, each a process with the host name of its
pod. What stands in for something else says so: pods are forked (`fork_server`), the time that their images take is a
pause, tasks sleep, and KEDA and the HPA are their published algorithms (`autoscalers`).

Modules: `profiles` and `plan` (what is played), `run` (one run), `load` (starts the tasks), `worker`, `fork_server` and
`fork_client` (the pods), `manifests`, `scalers` (who scales), `cluster_view`, `attempts`, `task_queue`,
`workflow_tasks`, `decisions` and `machine` (what is seen), `recording` (a run's files), `result`, `hindsight` and
`anchors` (what it came to, and beside what), `picture` and `table`.
"""
