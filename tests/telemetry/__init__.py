"""Tests of what operators of the operator look at."""
