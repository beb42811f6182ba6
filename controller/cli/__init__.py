"""The commands: `twp`, which is also `kubectl twp`."""
