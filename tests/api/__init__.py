"""Tests of the resources and of their CRD."""
