"""Reads and changes Kubernetes: Deployments and their replicas, slot variables, pods, status and Events.

Nothing else in the project imports the Kubernetes client. Objects are converted to frozen dataclasses (`objects`), kept
in watch caches (`informer`), and changed by one function a kind of change (`workload`, `pods`, `status`, `events`).
What the client library raises becomes an exception of `errors` here.
"""
