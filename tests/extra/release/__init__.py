"""A whole release, as it is published."""
