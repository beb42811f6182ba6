"""Tests of the question whether something else than replicas is the bottleneck."""
