"""Incidents, staged on real parts: each is seen where people look, by its cause, and fires the alert that it should."""
