"""Tests of the page in a real Chromium without a window."""
