"""What is decided, against what is the case: reports are only derived from that."""
