"""Tests of Temporal Worker Pools; the folders mirror the rooms."""
