"""Reads Temporal: clients, queue statistics, the slots that workers report, and what a failure means.

Nothing else in the project imports the Temporal client. A caller needs `reader.TemporalReader`, and the connections
which all pools share.
"""
