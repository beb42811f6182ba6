"""Tests of the trial in which scaling laws are judged."""
