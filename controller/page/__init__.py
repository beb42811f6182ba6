"""The page: what passes reported, kept for some hours in bounded memory, as JSON and as one HTML file. Read-only."""
