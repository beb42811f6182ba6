"""Incidents, staged on real parts: each is seen where people look, and told by its cause."""
