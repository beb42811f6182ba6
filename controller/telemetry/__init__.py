"""Metrics, logs, and the HTTP endpoint that serves metrics and probes."""
