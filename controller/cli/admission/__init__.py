"""What the API server would say of a manifest, without asking it: its checks and words, by the CRDs of this version.

A test offers the same objects to a real API server and compares every line.
"""
