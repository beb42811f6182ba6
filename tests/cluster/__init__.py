"""Tests of the Kubernetes room, on a real API server wherever it has a say."""
