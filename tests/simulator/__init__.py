"""Tests of the trial in which scaling policies are judged."""
