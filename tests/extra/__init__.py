"""Tests that need long builds or Debian packages: `make test-extra` installs those and runs these."""
