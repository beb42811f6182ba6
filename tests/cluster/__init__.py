"""Tests of the Kubernetes room, on a real API server wherever possible."""
