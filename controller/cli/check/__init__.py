"""`twp check`: what an installation and its pools need, in the order in which one thing depends on another."""
