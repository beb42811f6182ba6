"""What a pass reads: the work in Temporal, the target and its pods, who else scales it; joined by `observe`."""
