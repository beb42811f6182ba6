"""Tests of the decision: tables, properties and golden scenarios."""
