"""docs/migrate.md on the real control plane."""
