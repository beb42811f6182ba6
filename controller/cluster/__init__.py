"""Asking and changing Kubernetes: Deployments and their scale, slot variables, pods, status and Events.

Nothing else in the project imports the Kubernetes client. Objects are trimmed to frozen dataclasses (`objects`), held
by watch caches (`caches`), and changed by one function for each kind of change (`scale`, `slots`, `status`, `events`).
What the client library raises becomes an exception of `errors` at this edge.
"""
