"""The whole system on the real parts: API server, Temporal server, workers, and the operator under its own account."""
