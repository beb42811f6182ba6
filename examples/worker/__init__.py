"""The process around a Temporal worker that both applications share: settings, probes, metrics, logs, graceful stop."""
