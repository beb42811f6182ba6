"""Fixtures of the system tests, for incidents too."""

from tests.extra.incidents.alerts import prometheus
from tests.system.conftest import operator, place

__all__ = ["operator", "place", "prometheus"]
