"""Tests of what a pass reads."""
