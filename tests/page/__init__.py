"""Tests of the page: what is kept, what the endpoint answers, and the file."""
