"""Tests of the benchmark on real parts."""
