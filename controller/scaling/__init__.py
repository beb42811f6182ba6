"""The decision: a pure function from what was seen to how many replicas, which explains itself.

Nothing in this room does I/O, reads a clock or draws a random number. Times are seconds since the Unix epoch as
`float` (the rules are arithmetic on them, and a simulator starts at 0); durations are seconds.
"""
