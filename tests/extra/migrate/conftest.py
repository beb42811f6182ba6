"""The fixtures of the system tests."""

from tests.system.conftest import operator, place, stand_in_crds

__all__ = ["operator", "place", "stand_in_crds"]
