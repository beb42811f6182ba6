"""Worker applications to scale.

`unified` polls one task queue for everything; `separated` has a task queue for workflows and another for activities.
"""
