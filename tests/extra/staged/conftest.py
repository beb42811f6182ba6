"""The fixtures of the system tests."""

from tests.operator.conftest import connections
from tests.system.conftest import operator, place

__all__ = ["connections", "operator", "place"]
