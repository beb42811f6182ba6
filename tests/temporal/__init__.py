"""Tests of the Temporal room, on real servers wherever possible."""
