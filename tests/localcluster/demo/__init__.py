"""Tests of the demo: its verdict, what it shows, and the whole of it on a cluster that exists."""
