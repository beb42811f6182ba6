"""Tests of the deadline law, a file for each step."""
