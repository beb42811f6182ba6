"""The parts of a pool's spec, one idea a module."""
