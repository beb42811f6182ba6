"""Tests of the example workers, on a real Temporal server."""
