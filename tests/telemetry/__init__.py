"""Tests of metrics, logs and the HTTP endpoint."""
