"""Bursts of workflows: the load that makes the examples' workers scale, and its result."""
