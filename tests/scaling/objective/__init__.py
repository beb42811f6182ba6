"""Tests of the deadline policy, a file for each step."""
