"""`twp report`: a bundle for a bug report, of what is safe to hand on."""
