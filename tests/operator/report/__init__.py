"""Tests of what a pass says."""
