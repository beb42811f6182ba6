"""A discrete-event simulator of scaling policies: the decision of this project and its baselines, side by side.

Temporal task queues, one Deployment of workers and a scaler, as far as scaling can see them:

    clock.py            events in the order of time
    tasks.py            what arrives: tasks with their service times, drawn from rates and distributions, or a trace
    scenario.py         one situation: tasks, pool, and how servers and workers behave, in a plain form or as measured
    scenarios.py        the list of them; real_scenarios.py has those of `make bench-real`
    pod.py              a worker pod: its slots and pollers for each kind of tasks, and its heartbeats
    task_queue.py       tasks that wait, and those that go to free slots; the statistics of the server
    deployment.py       pods that start, become ready, drain, and are killed at the end of their grace period
    pool.py             a user's pool in a scenario, and the pool of a scenario
    policy.py           what a policy sees and recommends; the policy of this project
    baselines.py        what it is compared to: the HPA, KEDA, WCI, work in system, a constant number
    simulation.py       all of it together: polls, observations, scaling
    oracle.py           the cost of a plan that knows every task beforehand
    outcome.py          the result: waits, pod-seconds, scale actions

Times are seconds since the start of the scenario. Everything is drawn from the seed: the same scenario, policy and seed
give the same run, and all policies get the same tasks.
"""
