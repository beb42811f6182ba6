"""Tests of what a pass changes."""
