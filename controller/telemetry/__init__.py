"""What operators of the operator look at: metrics, logs, and the HTTP endpoint that serves metrics and probes."""
