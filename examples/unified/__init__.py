"""Data processing: workflows and activities on one task queue, run by one kind of worker."""
