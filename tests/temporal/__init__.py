"""Tests of the Temporal room, on real servers wherever a server has a say."""
