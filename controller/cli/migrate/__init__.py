"""Moving in: another scaler's objects as a pool, both scores over the same hours, and the switch between the two."""
