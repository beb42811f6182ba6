"""Measurements of the project: how well it decides, and how fast."""
