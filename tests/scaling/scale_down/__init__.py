"""Tests of whom to stop when replicas fall."""
