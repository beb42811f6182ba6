"""Tests of which pods stop when replicas fall."""
