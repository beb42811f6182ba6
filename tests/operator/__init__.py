"""Tests of the loop that need no server; the system tests run it on the real parts."""
