"""Alerts, dashboard and runbooks on a real Prometheus that scrapes the real operator."""
