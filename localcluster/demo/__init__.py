"""The demo: a real burst of work, scaled 0 → N → 0 on real parts, shown live, summed up and drawn."""
