"""Step 2: is something else than the number of replicas the bottleneck?

A queue with a standing backlog leaves no slot idle, unless something holds it back: a rate limit, tasks that no worker
can get, or too few pollers. Which it is, the server says, history tells, or an experiment finds out: one step up. If
the dispatch rate follows, replicas help, and what one replica dispatches is its capacity from then on; if it does not,
more replicas are useless, and fewer are enough. What got through then is remembered as a limit: the next burst is not
answered with replicas that would wait for it too, unless full slots show that it is there no more.

Each module is one question: what is seen at one pass (`look`), what is remembered of those before (`memory`), do
replicas help (`experiment`), what gets through if they do not (`known_limit`), which slots are planned with then
(`utilization`), what may be chance (`chance`), and what is told (`finding`). `answer` puts them together.
"""
