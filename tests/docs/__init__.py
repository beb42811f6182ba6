"""Tests of what is written for people: nothing in it may rot."""
