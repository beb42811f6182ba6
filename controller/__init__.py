"""Temporal Worker Pools: an autoscaler that sees the work of Temporal workers on Kubernetes."""
