"""Tests of how many tasks a replica takes at once."""
