"""A discrete-event trial of scaling laws: the decision of this project, and those it has to beat, in the same worlds.

Temporal task queues, one Deployment of workers and a scaler, as far as scaling can see them:

    clock.py            events in the order of time
    tasks.py            what arrives: tasks with their service times, drawn from rates and distributions
    servers.py          how the servers and workers around a pool behave: plainly, or as measured on real ones
    world.py            one situation to be judged in; worlds.py has the list, real_worlds.py that of `make bench-real`
    slots.py            the slots of a worker for one kind of tasks, and its pollers
    pod.py              a worker and its heartbeats
    backlog.py          the tasks that wait, in the partitions of the queue
    task_queue.py       first in, first out; hands tasks to free slots; the statistics of the server
    rates.py            how the server counts the tasks that are added and handed out
    deployment.py       pods that start, become ready, drain, and are killed at the end of their grace period
    simulation.py       all of it together: polls, observations, orders
    laws.py, rivals.py  who decides: this project, or the HPA, KEDA, WCI, work in system, a constant number
    foresight.py        the yardstick: a plan by someone who knows every task beforehand
    outcome.py          what came of it: waits, pod-seconds, scale actions

Times are seconds since the start of the world. Everything is drawn from the seed: the same world, law and seed give the
same run, and all laws meet the same tasks.
"""
