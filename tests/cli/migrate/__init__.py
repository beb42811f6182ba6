"""Moving in from another scaler."""
